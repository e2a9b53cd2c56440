#!/bin/sh
# Makes the pipeline, or changes it, and hands its outputs over.
set -eu

# What stands at a path of the inputs; nothing when there is no such thing.
value() {
  jq --raw-output "$1 // empty" proton-inputs.json
}

aws cloudformation deploy \
  --stack-name "$STACK_NAME" \
  --template-file template.yaml \
  --no-fail-on-empty-changeset \
  --capabilities CAPABILITY_IAM \
  --parameter-overrides \
    "ConnectionArn=$(value .service.repository_connection_arn)" \
    "RepositoryId=$(value .service.repository_id)" \
    "BranchName=$(value .service.branch_name)" \
    "ServiceDir=$(value .pipeline.inputs.service_dir)" \
    "BuildCommand=$(value .pipeline.inputs.build_command)"

aws cloudformation describe-stacks --stack-name "$STACK_NAME" \
  --query 'Stacks[0].Outputs[].{key: OutputKey, valueString: OutputValue}' > proton-outputs.json
