# What services read as var.environment.outputs.AlarmTopicArn.
output "AlarmTopicArn" {
  description = "Topic that alarms are sent to"
  value       = aws_sns_topic.alarms.arn
}
