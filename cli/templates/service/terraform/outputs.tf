output "QueueUrl" {
  description = "Where messages are sent to"
  value       = aws_sqs_queue.work.url
}

output "QueueArn" {
  description = "ARN of the queue, for policies"
  value       = aws_sqs_queue.work.arn
}
