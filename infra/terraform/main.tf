# The stock checker on AWS: what watches the products of checkers.json.
#
#   main.tf      the file, and what is known of the account
#   lambda.tf    the function, its log and role, and the permission of the rules
#   schedule.tf  a rule and an alarm for each product
#   alarms.tf    two alarms on the function
#   alerts.tf    the topic and who is subscribed
#   storage.tf   the bucket of the states
#   dashboard.tf what CloudWatch shows of it all

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

module "checkers" {
  source = "./modules/checkers"
  file   = var.checkers_file
}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id # the attribute that AWS providers 5 and 6 share
  namespace = "StockChecker/${var.name}"
  tags      = merge({ application = "stockchecker", deployment = var.name }, var.tags)

  checkers = module.checkers.checkers
  enabled  = [for c in local.checkers : c if c.enabled]
  quick    = [for name, c in local.checkers : name if c.enabled && c.seconds < 60]
}

# Advice, which stops nothing.

check "cost" {
  assert {
    condition = length(local.quick) == 0
    error_message = join("", [
      "every below a minute keeps the function waiting inside each minute, ",
      format("which costs about $4 a month for each product, $%d here: ", 4 * length(local.quick)),
      join(", ", slice(local.quick, 0, min(5, length(local.quick)))),
      length(local.quick) > 5 ? " and ${length(local.quick) - 5} more" : "",
    ])
  }
}

check "rules" {
  assert {
    condition = length(local.checkers) <= 300
    error_message = join("", [
      "${length(local.checkers)} products are ${length(local.checkers)} rules, and EventBridge takes 300 in a region of an account until you ask for more: ",
      "Service Quotas, Amazon EventBridge, Rules",
    ])
  }
}

check "concurrency" {
  assert {
    condition = module.checkers.concurrency <= 10
    error_message = join("", [
      "checks may need ${module.checkers.concurrency} concurrent executions of Lambda, and a new account has 10: ",
      "look in Service Quotas, AWS Lambda, Concurrent executions",
    ])
  }
}

check "alerts" {
  assert {
    condition     = length(module.checkers.alerts) > 0 || module.checkers.alert_urls != ""
    error_message = "nobody is told: ${basename(var.checkers_file)} has no alerts.email, alerts.sms or alerts.https; write \"alerts\": {\"email\": [\"you@example.com\"]}, or subscribe to the topic yourself"
  }

  assert {
    condition     = length(module.checkers.alerts) > 0 || module.checkers.alert_urls == ""
    error_message = "nobody is told when the function fails or does not run: CloudWatch tells alerts.email, alerts.sms and alerts.https alone; ${basename(var.checkers_file)} has none of them"
  }

  assert {
    condition     = length(module.checkers.untold) == 0
    error_message = join("\n", module.checkers.untold)
  }

  assert {
    condition     = !module.checkers.has_messages
    error_message = "alerts.messages is for the command on one machine; on AWS the built-in texts are used"
  }
}
