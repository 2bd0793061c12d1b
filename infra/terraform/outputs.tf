output "bucket" {
  description = "Name of the bucket that keeps the states; it stays when the rest is destroyed as README.md says."
  value       = local.bucket
}

output "topic" {
  description = "ARN of the topic that alerts are published to."
  value       = aws_sns_topic.alerts.arn
}

output "function" {
  description = "Name of the function that does the checks."
  value       = aws_lambda_function.check.function_name
}

output "dashboard" {
  description = "Address of the dashboard that shows how they go."
  value       = "${local.cloudwatch}dashboards/dashboard/${aws_cloudwatch_dashboard.overview.dashboard_name}"
}

output "checkers" {
  description = "Where each checker is in the console, by name: its rule, its alarm and its state."
  value       = local.links
}
