variable "file" {
  description = "Path of checkers.json."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.file)
    error_message = "Read ${var.file}: there is no such file."
  }
}
