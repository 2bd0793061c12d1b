# The alarms on the function itself. No checker has a capital letter in its name, so that
# these names are not taken.

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name = "${var.name}-Errors"
  alarm_description = join("", [
    "A check crashed, ran out of time, was refused by AWS, or was dropped unrun. ",
    "The function's log says which, and why; if checks are dropped, ask for more concurrent executions in Service Quotas (Lambda).",
  ])
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  tags                = local.tags

  metric_query {
    id = "errors"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      dimensions  = { FunctionName = aws_lambda_function.check.function_name }
      period      = 60
      stat        = "Sum"
    }
  }

  metric_query {
    id = "dropped"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "AsyncEventsDropped"
      dimensions  = { FunctionName = aws_lambda_function.check.function_name }
      period      = 60
      stat        = "Sum"
    }
  }

  metric_query {
    id          = "failed"
    label       = "Errors + AsyncEventsDropped"
    expression  = "SUM([FILL(errors, 0), FILL(dropped, 0)])" # a plain sum has no data where one of them has none
    return_data = true
  }
}

locals {
  dead_man_period = try(min([for c in local.enabled : c.period]...), 60)
}

# Left out when nothing is enabled.
resource "aws_cloudwatch_metric_alarm" "dead_man" {
  for_each = toset(length(local.enabled) > 0 ? ["enabled"] : [])

  alarm_name = "${var.name}-DeadMan"
  alarm_description = join("", [
    "No check has run for ${join("", [
      local.dead_man_period >= 1200 ? "${floor(3 * local.dead_man_period / 3600)}h" : "",
      3 * local.dead_man_period % 3600 > 0 ? "${3 * local.dead_man_period % 3600 / 60}m" : "",
    ])}, so nothing is watched. ",
    "Look whether the rules are enabled (EventBridge), whether the function may still be run, and whether the account is in order.",
  ])
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = aws_lambda_function.check.function_name }
  statistic           = "Sum"
  period              = local.dead_man_period
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  tags                = local.tags
}
