resource "aws_cloudwatch_log_group" "check" {
  name              = "/aws/lambda/${var.name}-check"
  retention_in_days = var.log_retention_days
  tags              = local.tags
}

resource "aws_iam_role" "check" {
  # Names of roles are those of the whole account, not of a region.
  name_prefix = "${var.name}-check-"
  description = "Checks of ${var.name}"
  tags        = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "check" {
  name = "Check"
  role = aws_iam_role.check.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = ["${local.bucket_arn}/state/*", "${local.bucket_arn}/evidence/*"]
      },
      # Without it S3 answers 403, not 404, for a state that does not exist yet.
      { Effect = "Allow", Action = "s3:ListBucket", Resource = local.bucket_arn },
      { Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.alerts.arn },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.check.arn}:*"
      },
      ], length(module.checkers.parameters) == 0 ? [] : [{
        Effect   = "Allow"
        Action   = "ssm:GetParameters"
        Resource = [for name in module.checkers.parameters : "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter${name}"]
    }])
  })
}

resource "aws_lambda_function" "check" {
  function_name    = "${var.name}-check"
  description      = "Reads a product's page and tells what came in stock"
  filename         = var.lambda_zip
  source_code_hash = filebase64sha256(var.lambda_zip)
  runtime          = "provided.al2023"
  architectures    = [var.architecture]
  handler          = "bootstrap"
  memory_size      = 128
  timeout          = 60
  role             = aws_iam_role.check.arn
  tags             = local.tags

  environment {
    variables = merge(
      { GOMEMLIMIT = "100MiB", METRIC_NAMESPACE = local.namespace },
      # The address of a webhook is a secret: no plan shows it.
      module.checkers.alert_urls == "" ? {} : { ALERT_URLS = sensitive(module.checkers.alert_urls) },
    )
  }

  # A function that runs before them makes a log of its own, which is kept forever.
  depends_on = [aws_cloudwatch_log_group.check, aws_iam_role_policy.check]

  lifecycle {
    # Nothing is deployed from a faulty file.
    precondition {
      condition     = length(module.checkers.faults) == 0
      error_message = join("\n", module.checkers.faults)
    }
  }
}

resource "aws_lambda_function_event_invoke_config" "check" {
  function_name = aws_lambda_function.check.function_name

  # The next firing of the rule is the retry; an old check tells nothing new.
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

# One permission for all rules: one for each fills the function's policy at about 50.
resource "aws_lambda_permission" "rules" {
  statement_id  = "AllowRules"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.check.function_name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.name}-*"
}
