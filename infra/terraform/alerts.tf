# No display name, which SNS would put before each text message, and no KMS key, with
# which CloudWatch could not publish.
resource "aws_sns_topic" "alerts" {
  name = "${var.name}-alerts"
  tags = local.tags
}

# It replaces the default policy, so the owner and CloudWatch have to be named.
resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowPublishThroughSSLOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
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
        Resource = aws_sns_topic.alerts.arn
      },
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
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
  endpoint = each.value.protocol == "https" ? sensitive(each.value.endpoint) : each.value.endpoint
}
