output "checkers" {
  description = "The checkers without fault, by name: the entry over the defaults as JSON, and what AWS needs to know of it."
  value       = local.checkers
}

output "alerts" {
  description = "Who is subscribed, by an id that depends on the endpoint alone: protocol and endpoint."
  value       = local.subscriptions
}

output "has_urls" {
  description = "Whether the file names notification services, which are not for AWS."
  value       = try(length(local.alerts.urls) > 0, false)
}

output "faults" {
  description = "What is wrong in the file, a line each, in the words of stockcheck validate; empty: nothing that Terraform can see."
  value       = local.faults
}

output "concurrency" {
  description = "How many checks may run at once in the busiest minute of the day."
  value       = local.concurrency
}
