variable "checkers_file" {
  description = "Path of checkers.json."
  type        = string
  default     = "../../../../checkers.json"
}

variable "lambda_zip" {
  description = "Path of the function's zip file, which make dist builds."
  type        = string
  default     = "../../../../dist/lambda-arm64.zip"
}

variable "bucket" {
  description = "Name of an existing bucket to keep the states in. Default: a new one."
  type        = string
  default     = null
}
