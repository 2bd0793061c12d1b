output "rule" {
  description = "Name of the rule."
  value       = aws_cloudwatch_event_rule.check.name
}

output "alarm" {
  description = "Name of the alarm."
  value       = aws_cloudwatch_metric_alarm.blind.alarm_name
}
