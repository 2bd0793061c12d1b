variable "checkers_file" {
  description = "Path of checkers.json, the file that says what is watched and who is told."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.checkers_file)
    error_message = "Read ${var.checkers_file}: there is no such file."
  }
}

variable "lambda_zip" {
  description = "Path of the function's zip file, which make dist builds: dist/lambda-arm64.zip, or dist/lambda-x86_64.zip."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.lambda_zip)
    error_message = "Find the function's program ${var.lambda_zip}: it is not built; run make dist."
  }
}

variable "name" {
  description = "Name of this deployment, with which the names of its resources begin. Several may live in one account."
  type        = string
  default     = "stockchecker"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,17}$", var.name))
    error_message = "\"${var.name}\" is no name here; write 1 to 18 of A-Z, a-z, 0-9 and -, beginning with a letter."
  }
}

variable "bucket" {
  description = "Name of an existing bucket to keep the states in, such as that of an earlier deployment. Its settings are left alone. Default: a new one."
  type        = string
  default     = null

  validation {
    condition     = var.bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "\"${var.bucket == null ? "" : var.bucket}\" is no bucket name; write the name alone, such as my-bucket."
  }
}

variable "architecture" {
  description = "What the program in lambda_zip is built for: arm64 or x86_64."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "\"${var.architecture}\" is none; write arm64 or x86_64."
  }
}

variable "dashboard_links" {
  description = "Whether the dashboard has links to each checker, as that of CDK has. It then changes with the products, and holds 240 at most."
  type        = bool
  default     = false
  nullable    = false
}

variable "log_retention_days" {
  description = "How many days the function's log is kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "${var.log_retention_days} days are none that CloudWatch Logs keeps; write one such as 7, 14, 30, 90 or 365."
  }
}

variable "tags" {
  description = "Further tags of all resources, besides application and deployment."
  type        = map(string)
  default     = {}
  nullable    = false
}
