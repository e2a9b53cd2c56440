output "PipelineName" {
  description = "Name of the pipeline"
  value       = aws_codepipeline.pipeline.name
}
