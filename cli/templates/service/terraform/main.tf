# The variables are declared by Protium: var.service_instance (name, inputs, components), var.service, var.environment
# (name, account_id, outputs) and var.proton_tags.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

locals {
  name   = "${var.service.name}-${var.service_instance.name}"
  inputs = var.service_instance.inputs
}

resource "aws_sqs_queue" "work" {
  name_prefix                = "${local.name}-"
  visibility_timeout_seconds = local.inputs.visibility_timeout_seconds
  kms_master_key_id          = local.inputs.encryption == "kms" ? "alias/aws/sqs" : null
  sqs_managed_sse_enabled    = local.inputs.encryption == "kms" ? null : true
  tags                       = var.proton_tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name_prefix               = "${local.name}-dead-"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = var.proton_tags
}

resource "aws_cloudwatch_metric_alarm" "stalled" {
  alarm_name          = "${aws_sqs_queue.work.name}-stalled"
  alarm_description   = "Nobody works off the queue of ${var.service.name}/${var.service_instance.name}"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.work.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  threshold           = local.inputs.alarm_after_minutes * 60
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  # An output of the environment that the instance runs in.
  alarm_actions = [var.environment.outputs.AlarmTopicArn]
  tags          = var.proton_tags
}
