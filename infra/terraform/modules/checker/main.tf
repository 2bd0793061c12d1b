# One product: the rule that runs its check, and the alarm that tells when it has gone
# blind.

resource "aws_cloudwatch_event_rule" "check" {
  name                = "${var.deployment}-${var.name}"
  description         = "Checks ${var.name} every ${var.checker.every}"
  schedule_expression = var.checker.schedule
  state               = var.checker.enabled ? "ENABLED" : "DISABLED"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "check" {
  rule      = aws_cloudwatch_event_rule.check.name
  target_id = "Check"
  arn       = var.function_arn

  input = jsonencode(merge(jsondecode(var.checker.definition), {
    topicArn = var.topic_arn
    s3Bucket = var.bucket
    s3Object = "state/${var.name}.json"
  }))

  # The next firing is the retry.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

# No OK action: it would mail at every change of the alarm. Recovery is told by the
# function, which saw the page.
resource "aws_cloudwatch_metric_alarm" "blind" {
  alarm_name = "${var.deployment}-${var.name}"
  alarm_description = join("", [
    "${var.name} is blind: its page could not be read in ${var.checker.failures} of the last ${var.checker.failures + 2} periods, so nothing of it is told. ",
    "Open the page in a browser; the command stockcheck explain, with its address, shows what is read of it and why not; ",
    "the function's log has each failure under this name. When the checker sees again, a message says so.",
  ])
  alarm_actions       = concat([var.topic_arn], var.alarm_topics)
  namespace           = var.namespace
  metric_name         = "CheckFailed"
  dimensions          = { Checker = var.name }
  statistic           = "Sum"
  period              = var.checker.period
  datapoints_to_alarm = var.checker.failures
  evaluation_periods  = var.checker.failures + 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching" # the metric is written only by failed checks
  tags                = var.tags
}
