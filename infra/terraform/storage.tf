# The bucket keeps what the checkers know. It holds objects that are none of Terraform's,
# so that destroying it fails; README.md says how to keep it and destroy the rest.

data "aws_s3_bucket" "adopted" {
  for_each = toset(var.bucket == null ? [] : [var.bucket])
  bucket   = each.key
}

locals {
  # Of one element or none, by a name and not by a number.
  new        = toset(var.bucket == null ? ["new"] : [])
  bucket     = var.bucket == null ? one(values(aws_s3_bucket.state)[*].bucket) : var.bucket
  bucket_arn = "arn:${local.partition}:s3:::${local.bucket}"
}

resource "aws_s3_bucket" "state" {
  for_each = local.new

  bucket_prefix = "${lower(var.name)}-"
  force_destroy = false
  tags          = local.tags
}

resource "aws_s3_bucket_public_access_block" "state" {
  for_each = local.new

  bucket                  = aws_s3_bucket.state[each.key].bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  for_each = local.new
  bucket   = aws_s3_bucket.state[each.key].bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  for_each = local.new
  bucket   = aws_s3_bucket.state[each.key].bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "state" {
  for_each = local.new
  bucket   = aws_s3_bucket.state[each.key].bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  for_each = local.new
  bucket   = aws_s3_bucket.state[each.key].bucket

  rule {
    id     = "evidence"
    status = "Enabled"

    filter {
      prefix = "evidence/"
    }

    expiration {
      days = 14
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "state"
    status = "Enabled"

    filter {
      prefix = "state/"
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  rule {
    id     = "leftovers"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # Rules for noncurrent versions want a bucket that has them.
  depends_on = [aws_s3_bucket_versioning.state]
}

resource "aws_s3_bucket_policy" "state" {
  for_each = local.new
  bucket   = aws_s3_bucket.state[each.key].bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  # S3 refuses two changes of a bucket's access at once.
  depends_on = [aws_s3_bucket_public_access_block.state]
}
