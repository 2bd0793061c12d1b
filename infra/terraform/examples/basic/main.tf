# The products of this project's checkers.json, in the region and account of the
# environment (AWS_PROFILE, AWS_REGION). Copy it, and keep its state where you keep
# your others.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {}

module "stockchecker" {
  source = "../.."

  checkers_file = var.checkers_file
  lambda_zip    = var.lambda_zip
  bucket        = var.bucket
}
