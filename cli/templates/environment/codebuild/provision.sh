#!/bin/sh
# Makes the infrastructure, or changes it, and hands its outputs over. Put Terraform, CDK or Pulumi in place of
# CloudFormation as you like.
set -eu

# The value of an input; nothing when it isn't given.
input() {
  jq --raw-output --arg name "$1" '.environment.inputs[$name] // empty' proton-inputs.json
}

aws cloudformation deploy \
  --stack-name "$STACK_NAME" \
  --template-file template.yaml \
  --no-fail-on-empty-changeset \
  --parameter-overrides \
    "DisplayName=$(input display_name)" \
    "AlarmEmail=$(input alarm_email)"

# Services read the outputs as environment.outputs.*.
aws cloudformation describe-stacks --stack-name "$STACK_NAME" \
  --query 'Stacks[0].Outputs[].{key: OutputKey, valueString: OutputValue}' > proton-outputs.json
