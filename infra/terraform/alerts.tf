locals {
  # CloudWatch's messages have no attributes, so that no filter lets them through: those who
  # are told of some checkers only have a topic for the alarms of these.
  topics = merge(
    { alerts = aws_sns_topic.alerts.arn },
    { for id, topic in aws_sns_topic.alarms : id => topic.arn },
  )
}

# No display name, which SNS would put before each text message, and no KMS key, with
# which CloudWatch could not publish.
resource "aws_sns_topic" "alerts" {
  name = "${var.name}-alerts"
  tags = local.tags
}

resource "aws_sns_topic" "alarms" {
  for_each = module.checkers.groups

  name = "${var.name}-alarms-${each.key}"
  tags = local.tags
}

# It replaces the default policy, so the owner and CloudWatch have to be named.
resource "aws_sns_topic_policy" "alerts" {
  for_each = toset(concat(["alerts"], keys(module.checkers.groups)))

  arn = local.topics[each.key]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowPublishThroughSSLOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.topics[each.key]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "Owner"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action = [
          "sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
          "sns:Publish", "sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
        ]
        Resource = local.topics[each.key]
      },
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = local.topics[each.key]
        Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "alerts" {
  for_each = module.checkers.alerts

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = each.value.protocol
  # The address of a webhook is a secret: no plan shows it.
  endpoint      = each.value.protocol == "https" ? sensitive(each.value.endpoint) : each.value.endpoint
  filter_policy = each.value.only == null ? null : jsonencode({ checker = each.value.only })
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = { for id, alert in module.checkers.alerts : id => alert if alert.only != null }

  topic_arn = local.topics[substr(sha256(join(",", each.value.only)), 0, 8)]
  protocol  = each.value.protocol
  endpoint  = each.value.protocol == "https" ? sensitive(each.value.endpoint) : each.value.endpoint
}
