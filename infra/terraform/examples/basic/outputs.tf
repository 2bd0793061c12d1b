output "bucket" {
  description = "Name of the bucket that keeps the states."
  value       = module.stockchecker.bucket
}

output "topic" {
  description = "ARN of the topic that alerts are published to."
  value       = module.stockchecker.topic
}

output "function" {
  description = "Name of the function that does the checks."
  value       = module.stockchecker.function
}

output "dashboard" {
  description = "Address of the dashboard."
  value       = module.stockchecker.dashboard
}

output "checkers" {
  description = "Where each checker is in the console, by name."
  value       = module.stockchecker.checkers
}
