module "checker" {
  source   = "./modules/checker"
  for_each = module.checkers.checkers

  deployment   = var.name
  name         = each.key
  checker      = each.value
  function_arn = aws_lambda_function.check.arn
  topic_arn    = aws_sns_topic.alerts.arn
  alarm_topics = [for id, names in module.checkers.groups : local.topics[id] if contains(names, each.key)]
  bucket       = local.bucket
  namespace    = local.namespace
  tags         = local.tags

  # Nothing fires before it may, and before a failed check is left to the next firing.
  depends_on = [aws_lambda_permission.rules, aws_lambda_function_event_invoke_config.check]
}
