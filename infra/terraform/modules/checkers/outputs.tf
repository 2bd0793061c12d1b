output "checkers" {
  description = "The checkers without fault, by name: the entry over the defaults as JSON, and what AWS needs to know of it."
  value       = local.checkers
}

output "alerts" {
  description = "Who is subscribed, by an id that depends on the endpoint alone: protocol, endpoint, and the names of the checkers that it is told of only, or null."
  value       = local.subscriptions
}

output "groups" {
  description = "The names of the checkers that somebody is told of only, by an id that depends on them alone."
  value       = { for id, lists in local.alarm_groups : id => lists[0] }
}

output "alert_urls" {
  description = "The variable ALERT_URLS of the function: the notification services that it posts to; empty: none."
  value       = local.alert_urls
}

output "parameters" {
  description = "The names of the parameters in SSM Parameter Store that the function needs for them."
  value       = local.parameters
}

output "untold" {
  description = "The notification services that the function does not post to, a line each, with why."
  value       = local.untold
}

output "has_messages" {
  description = "Whether the file has texts of its own, which are not for AWS."
  value       = try(length(local.alerts.messages) > 0, false)
}

output "faults" {
  description = "What is wrong in the file, a line each, in the words of stockcheck validate; empty: nothing that Terraform can see."
  value       = local.faults
}

output "concurrency" {
  description = "How many checks may run at once in the busiest minute of the day."
  value       = local.concurrency
}
