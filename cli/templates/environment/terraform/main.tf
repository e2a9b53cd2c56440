# The variables are declared by Protium: var.environment (name, inputs) and var.proton_tags.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name_prefix  = "${var.environment.name}-alarms-"
  display_name = var.environment.inputs.display_name
  tags         = var.proton_tags
}

# An optional input without default is absent when a spec doesn't give it.
resource "aws_sns_topic_subscription" "mail" {
  count = try(var.environment.inputs.alarm_email, "") == "" ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.environment.inputs.alarm_email
}
