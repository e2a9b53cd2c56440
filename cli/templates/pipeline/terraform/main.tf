# The variables are declared by Protium: var.pipeline (inputs), var.service, var.service_instances (name, inputs, outputs,
# environment of each) and var.proton_tags.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

resource "aws_s3_bucket" "artifacts" {
  bucket_prefix = "${substr(lower(replace(var.service.name, "_", "-")), 0, 30)}-"
  tags          = var.proton_tags
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  bucket                  = aws_s3_bucket.artifacts.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_codepipeline" "pipeline" {
  name          = var.service.name
  pipeline_type = "V2"
  role_arn      = aws_iam_role.pipeline.arn
  tags          = var.proton_tags

  artifact_store {
    type     = "S3"
    location = aws_s3_bucket.artifacts.bucket
  }

  stage {
    name = "Source"

    action {
      name             = "Checkout"
      category         = "Source"
      owner            = "AWS"
      provider         = "CodeStarSourceConnection"
      version          = "1"
      output_artifacts = ["Checkout"]

      configuration = {
        ConnectionArn    = var.service.repository_connection_arn
        FullRepositoryId = var.service.repository_id
        BranchName       = var.service.branch_name
      }
    }
  }

  stage {
    name = "Build"

    action {
      name            = "Build"
      category        = "Build"
      owner           = "AWS"
      provider        = "CodeBuild"
      version         = "1"
      input_artifacts = ["Checkout"]

      configuration = {
        ProjectName = aws_codebuild_project.build.name
      }
    }
  }
}

resource "aws_codebuild_project" "build" {
  name         = var.service.name
  service_role = aws_iam_role.build.arn
  tags         = var.proton_tags

  artifacts {
    type = "CODEPIPELINE"
  }

  environment {
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "aws/codebuild/standard:7.0"
    type         = "LINUX_CONTAINER"

    environment_variable {
      name  = "SERVICE_DIR"
      value = var.pipeline.inputs.service_dir
    }

    environment_variable {
      name  = "BUILD_COMMAND"
      value = var.pipeline.inputs.build_command
    }
  }

  source {
    type = "CODEPIPELINE"
    buildspec = yamlencode({
      version = 0.2
      phases = {
        build = {
          commands = ["cd \"$SERVICE_DIR\"", "sh -c \"$BUILD_COMMAND\""]
        }
      }
    })
  }
}
