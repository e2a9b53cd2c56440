#!/bin/sh
# Makes the infrastructure, or changes it, and hands its outputs over. Put Terraform, CDK or Pulumi in place of
# CloudFormation as you like.
set -eu

# What stands at a path of the inputs; nothing when there is no such thing.
value() {
  jq --raw-output "$1 // empty" proton-inputs.json
}

aws cloudformation deploy \
  --stack-name "$STACK_NAME" \
  --template-file template.yaml \
  --no-fail-on-empty-changeset \
  --parameter-overrides \
    "Owner=$(value .service.name)/$(value .service_instance.name)" \
    "VisibilityTimeout=$(value .service_instance.inputs.visibility_timeout_seconds)" \
    "AlarmSeconds=$(value '.service_instance.inputs.alarm_after_minutes * 60')" \
    "Encryption=$(value .service_instance.inputs.encryption)" \
    "AlarmTopicArn=$(value .environment.outputs.AlarmTopicArn)"

aws cloudformation describe-stacks --stack-name "$STACK_NAME" \
  --query 'Stacks[0].Outputs[].{key: OutputKey, valueString: OutputValue}' > proton-outputs.json
