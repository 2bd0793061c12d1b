locals {
  cloudwatch = "https://console.aws.amazon.com/cloudwatch/home?region=${local.region}#"
  events     = "https://console.aws.amazon.com/events/home?region=${local.region}#"
  s3         = "https://console.aws.amazon.com/s3"

  links = { for name, c in local.checkers : name => {
    rule  = "${local.events}/eventbus/default/rules/${module.checker[name].rule}"
    alarm = "${local.cloudwatch}alarmsV2:alarm/${module.checker[name].alarm}"
    state = "${local.s3}/object/${local.bucket}?region=${local.region}&prefix=state/${name}.json"
  } }

  rows = [for name, to in local.links : "| ${name} | [rule](${to.rule}) | [alarm](${to.alarm}) | [state](${to.state}) |"]

  lines = concat(
    ["[Log](${local.cloudwatch}logsV2:log-groups/log-group/${replace(aws_cloudwatch_log_group.check.name, "/", "$252F")})", ""],
    var.dashboard_links ? concat(["| checker | | | |", "| --- | --- | --- | --- |"], local.rows) : [
      "[Alarms of all checkers](${local.cloudwatch}alarmsV2:?search=${var.name})",
      "",
      "[States of all checkers](${local.s3}/buckets/${local.bucket}?region=${local.region}&prefix=state/)",
    ],
  )
}

# Without dashboard_links it names no product, so that it does not change with them.
resource "aws_cloudwatch_dashboard" "overview" {
  # Names of dashboards are those of the whole account, not of a region.
  dashboard_name = "${var.name}-${local.region}"

  dashboard_body = jsonencode({
    widgets = [
      {
        type = "metric", x = 0, y = 0, width = 8, height = 6
        properties = {
          title  = "Checks a minute"
          region = local.region
          period = 60
          metrics = [for metric in ["Invocations", "Errors", "Throttles", "AsyncEventsDropped"] :
            ["AWS/Lambda", metric, "FunctionName", aws_lambda_function.check.function_name, { stat = "Sum" }]
          ]
        }
      },
      {
        type = "metric", x = 8, y = 0, width = 8, height = 6
        properties = {
          title  = "Duration"
          region = local.region
          period = 300
          metrics = [for stat in ["p50", "p95", "Maximum"] :
            ["AWS/Lambda", "Duration", "FunctionName", aws_lambda_function.check.function_name, { stat = stat }]
          ]
        }
      },
      {
        type = "metric", x = 16, y = 0, width = 8, height = 6
        properties = {
          title   = "Failing checkers"
          region  = local.region
          period  = 300
          stat    = "Sum"
          metrics = [[{ expression = "SEARCH('{\"${local.namespace}\",Checker} MetricName=\"CheckFailed\"', 'Sum', 300)", id = "failed" }]]
        }
      },
      {
        type = "text", x = 0, y = 6, width = 24, height = min(4 + length(local.lines), 40)
        properties = {
          markdown = join("\n", local.lines)
        }
      },
    ]
  })

  lifecycle {
    precondition {
      condition     = !var.dashboard_links || length(local.checkers) <= 240
      error_message = "dashboard_links: a dashboard holds links to 240 checkers, and there are ${length(local.checkers)}; leave it out, the output checkers has the links."
    }
  }
}
