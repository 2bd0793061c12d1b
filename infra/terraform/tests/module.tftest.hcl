# The module with a provider that is none: what would be made of a valid file, and that
# nothing is made of a faulty one.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-central-1", name = "eu-central-1" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:stockchecker-alerts" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/stockchecker-check", name = "stockchecker-check" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:stockchecker-check" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/stockchecker-check" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { bucket = "stockchecker-1" }
  }
}

variables {
  checkers_file = "tests/data/faultless.json"
  lambda_zip    = "tests/data/faultless.json" # any file
}

run "dashboard_without_links" {
  assert {
    condition = alltrue([for name, c in module.checkers.checkers :
      !strcontains(aws_cloudwatch_dashboard.overview.dashboard_body, "/${name}.json")
    ]) && strcontains(aws_cloudwatch_dashboard.overview.dashboard_body, "Alarms of all checkers")
    error_message = "The dashboard changes with the products: ${aws_cloudwatch_dashboard.overview.dashboard_body}"
  }
}

run "dashboard_with_links" {
  variables {
    dashboard_links = true
  }

  assert {
    condition = alltrue([for name, to in output.checkers : strcontains(
      jsondecode(aws_cloudwatch_dashboard.overview.dashboard_body).widgets[3].properties.markdown,
      "| ${name} | [rule](${to.rule}) | [alarm](${to.alarm}) | [state](${to.state}) |",
    )]) && length(output.checkers) > 0
    error_message = "The dashboard lacks a link to a checker: ${aws_cloudwatch_dashboard.overview.dashboard_body}"
  }
}

run "valid" {
  variables {
    checkers_file = "tests/data/valid.json"
  }

  expect_failures = [check.cost, check.alerts] # one of the file is checked every 30s, and it has alerts.urls

  assert {
    condition = alltrue([for name, c in module.checkers.checkers : alltrue([
      output.checkers[name].rule == "https://console.aws.amazon.com/events/home?region=eu-central-1#/eventbus/default/rules/stockchecker-${name}",
      output.checkers[name].alarm == "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/stockchecker-${name}",
      output.checkers[name].state == "https://console.aws.amazon.com/s3/object/stockchecker-1?region=eu-central-1&prefix=state/${name}.json",
    ])]) && keys(output.checkers) == keys(module.checkers.checkers)
    error_message = "A checker is not to be found in the console: ${jsonencode(output.checkers)}"
  }

  assert {
    condition = (
      aws_lambda_permission.rules.source_arn == "arn:aws:events:eu-central-1:123456789012:rule/stockchecker-*" &&
      aws_lambda_permission.rules.principal == "events.amazonaws.com" && aws_lambda_permission.rules.action == "lambda:InvokeFunction"
    )
    error_message = "The permission is not the one of all rules: ${aws_lambda_permission.rules.source_arn}"
  }

  assert {
    condition = (
      aws_lambda_function.check.runtime == "provided.al2023" && tolist(aws_lambda_function.check.architectures) == tolist(["arm64"]) &&
      aws_lambda_function.check.memory_size == 128 && aws_lambda_function.check.timeout == 60 &&
      aws_lambda_function.check.environment[0].variables == tomap({ GOMEMLIMIT = "100MiB", METRIC_NAMESPACE = "StockChecker/stockchecker" })
    )
    error_message = "The function is not set up as it must be."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.check.policy).Statement == [
      {
        Effect   = "Allow", Action = ["s3:GetObject", "s3:PutObject"],
        Resource = ["arn:aws:s3:::stockchecker-1/state/*", "arn:aws:s3:::stockchecker-1/evidence/*"]
      },
      { Effect = "Allow", Action = "s3:ListBucket", Resource = "arn:aws:s3:::stockchecker-1" },
      { Effect = "Allow", Action = "sns:Publish", Resource = "arn:aws:sns:eu-central-1:123456789012:stockchecker-alerts" },
      {
        Effect   = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/stockchecker-check:*"
      },
    ]
    error_message = "The role may do something else: ${aws_iam_role_policy.check.policy}"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_man["enabled"].period == 60 && aws_cloudwatch_metric_alarm.dead_man["enabled"].treat_missing_data == "breaching"
    error_message = "The dead man's alarm does not look at the shortest interval."
  }

  assert {
    condition     = output.bucket == "stockchecker-1" && keys(aws_s3_bucket.state) == ["new"] && !aws_s3_bucket.state["new"].force_destroy
    error_message = "There is no bucket of its own."
  }
}

run "channels" {
  variables {
    checkers_file = "tests/data/channels.json"
  }

  expect_failures = [check.alerts] # some are for the command, and nobody is subscribed

  assert {
    condition     = nonsensitive(aws_lambda_function.check.environment[0].variables.ALERT_URLS) == module.checkers.alert_urls && startswith(module.checkers.alert_urls, "[{")
    error_message = "The function is not told what it posts to."
  }

  assert {
    condition = [for s in jsondecode(aws_iam_role_policy.check.policy).Statement : s if s.Action == "ssm:GetParameters"] == [{
      Effect = "Allow", Action = "ssm:GetParameters", Resource = [
        for name in ["/slack", "/stock/a.b-c_d", "/stock/id", "/stock/telegram", "/stock/topic", "/whole"] : "arn:aws:ssm:eu-central-1:123456789012:parameter${name}"
      ]
    }]
    error_message = "The role may read other parameters: ${aws_iam_role_policy.check.policy}"
  }
}

run "one_product" {
  module {
    source = "./modules/checker"
  }

  variables {
    deployment   = "stockchecker"
    name         = "ps5"
    function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:stockchecker-check"
    topic_arn    = "arn:aws:sns:eu-central-1:123456789012:stockchecker-alerts"
    bucket       = "stockchecker-1"
    namespace    = "StockChecker/stockchecker"
    tags         = {}
    checker = {
      definition = "{\"name\": \"ps5\", \"url\": \"https://shop.example/ps5?a=1&b=2\", \"maxPrice\": 10.50}"
      every      = "5m"
      period     = 300
      schedule   = "cron(2/5 * * * ? *)"
      enabled    = false
      failures   = 4
    }
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_target.check.input) == jsondecode(jsonencode({
      name     = "ps5", url = "https://shop.example/ps5?a=1&b=2", maxPrice = 10.5
      topicArn = "arn:aws:sns:eu-central-1:123456789012:stockchecker-alerts", s3Bucket = "stockchecker-1", s3Object = "state/ps5.json"
    }))
    error_message = "The input is ${aws_cloudwatch_event_target.check.input}"
  }

  assert {
    condition = (
      aws_cloudwatch_event_rule.check.name == "stockchecker-ps5" && aws_cloudwatch_event_rule.check.state == "DISABLED" &&
      aws_cloudwatch_event_rule.check.schedule_expression == "cron(2/5 * * * ? *)" && aws_cloudwatch_event_rule.check.description == "Checks ps5 every 5m"
    )
    error_message = "The rule is not the checker's."
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.check.retry_policy[0].maximum_retry_attempts == 0 &&
      aws_cloudwatch_event_target.check.retry_policy[0].maximum_event_age_in_seconds == 60
    )
    error_message = "A check that is late is tried again."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.blind.period == 300 && aws_cloudwatch_metric_alarm.blind.datapoints_to_alarm == 4 &&
      aws_cloudwatch_metric_alarm.blind.evaluation_periods == 6 && aws_cloudwatch_metric_alarm.blind.treat_missing_data == "notBreaching" &&
      aws_cloudwatch_metric_alarm.blind.ok_actions == null && aws_cloudwatch_metric_alarm.blind.dimensions == tomap({ Checker = "ps5" })
    )
    error_message = "The alarm is not the checker's."
  }
}

run "adopted_bucket" {
  command = plan

  variables {
    bucket = "of-another-deployment"
  }

  assert {
    condition     = output.bucket == "of-another-deployment" && length(aws_s3_bucket.state) + length(aws_s3_bucket_policy.state) + length(aws_s3_bucket_lifecycle_configuration.state) == 0
    error_message = "An existing bucket is not left alone."
  }
}

run "nothing_enabled" {
  command = plan

  variables {
    checkers_file = "tests/data/off.json"
  }

  expect_failures = [check.alerts] # it has none

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.dead_man) == 0
    error_message = "An alarm waits for checks that nobody does."
  }
}

run "faulty_file" {
  command = plan

  variables {
    checkers_file = "tests/data/faulty.json"
  }

  expect_failures = [aws_lambda_function.check]
}

run "faulty_defaults" {
  command = plan

  variables {
    checkers_file = "tests/data/faulty-defaults.json"
  }

  expect_failures = [aws_lambda_function.check, check.alerts]
}

run "no_json" {
  command = plan

  variables {
    checkers_file = "tests/checkers.tftest.hcl"
  }

  expect_failures = [aws_lambda_function.check, check.alerts]
}

run "unkept_interval" {
  command = plan

  variables {
    checkers_file = "tests/data/unkept.json"
  }

  expect_failures = [aws_lambda_function.check, check.alerts]
}

run "no_file" {
  command = plan

  variables {
    checkers_file = "tests/data/none.json"
  }

  expect_failures = [var.checkers_file]
}

run "no_zip" {
  command = plan

  variables {
    lambda_zip = "none.zip"
  }

  expect_failures = [var.lambda_zip]
}

run "name_too_long" {
  command = plan

  variables {
    name = "corner-shop-stocks-1"
  }

  expect_failures = [var.name]
}

run "name_like_a_number" {
  command = plan

  variables {
    name = "1stock"
  }

  expect_failures = [var.name]
}

run "bucket_as_arn" {
  command = plan

  variables {
    bucket = "arn:aws:s3:::my-bucket"
  }

  expect_failures = [var.bucket]
}

run "architecture" {
  command = plan

  variables {
    architecture = "amd64"
  }

  expect_failures = [var.architecture]
}

run "log_retention" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}
