variable "deployment" {
  description = "Name of the deployment, with which the names of its rules and alarms begin."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the checker."
  type        = string
  nullable    = false
}

variable "checker" {
  description = "What the module checkers says of it."
  nullable    = false

  type = object({
    definition = string # the checker as it travels, in JSON
    every      = string # as in checkers.json
    period     = number # of the alarm, in seconds
    schedule   = string # expression of EventBridge
    enabled    = bool
    failures   = number # failed checks before people are told
  })
}

variable "function_arn" {
  description = "ARN of the function that does the checks."
  type        = string
  nullable    = false
}

variable "topic_arn" {
  description = "ARN of the topic that alerts are published to."
  type        = string
  nullable    = false
}

variable "alarm_topics" {
  description = "ARNs of further topics that are told when the checker has gone blind."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "bucket" {
  description = "Name of the bucket that keeps the states."
  type        = string
  nullable    = false
}

variable "namespace" {
  description = "Namespace of the function's metrics."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the rule and the alarm."
  type        = map(string)
  nullable    = false
}
