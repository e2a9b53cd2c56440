//! An existing CloudFormation template as a bundle: its parameters are given the inputs of their names.

use aws_sdk_cloudformation::types::Stack;
use aws_sdk_proton::types::{DeploymentUpdateType, TemplateVersionStatus};

use crate::support::bundle::{Bundle, environment_spec};
use crate::support::protium::with_protium;
use crate::support::unique;

const SCHEMA: &str = "
schema:
  format: {openapi: '3.0.0'}
  environment_input_type: Input
  types:
    Input:
      type: object
      properties:
        Label: {type: string, default: one}
        Zones: {type: array, items: {type: string}, default: [a, b]}
        Count: {type: integer, default: 2}
        Note: {type: string}
";

const MANIFEST: &str = "
infrastructure:
  templates:
    - file: cloudformation.yaml
      rendering_engine: jinja
      template_language: cloudformation
      native_parameters: true
";

const TEMPLATE: &str = "
Parameters:
  Label: {Type: String}
  Zones: {Type: CommaDelimitedList}
  Count: {Type: Number}
  Note: {Type: String, Default: its own}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Label}
Outputs:
  Text: {Value: !Sub '${Label} ${Count} ${Note}'}
  Zones: {Value: !Join ['|', !Ref Zones]}
";

fn bundle(template: &str) -> Bundle {
    Bundle::environment()
        .file("schema/schema.yaml", SCHEMA)
        .file("infrastructure/manifest.yaml", MANIFEST)
        .template(template)
}

fn parameter<'a>(stack: &'a Stack, name: &str) -> Option<&'a str> {
    let found = stack.parameters().iter().find(|parameter| parameter.parameter_key() == Some(name));
    found.and_then(|parameter| parameter.parameter_value())
}

#[test]
fn native_parameters_follow_the_spec() {
    with_protium(async |protium| {
        let template = protium.environment_template(&bundle(TEMPLATE)).await;
        let name = unique("native");
        let created = protium.environment_begin(&name, &template, "Label: first").await;
        protium.environment_deployed(&name).await;
        let output = async |key: &str| protium.environment_output(&name, key).await;
        assert_eq!(output("Text").await.as_deref(), Some("first 2 its own"));
        assert_eq!(output("Zones").await.as_deref(), Some("a|b"));
        let stack = protium.stack_of(&created.arn).await;
        assert_eq!((parameter(&stack, "Label"), parameter(&stack, "Zones")), (Some("first"), Some("a,b")));

        // The template's text stays the same: what changes, changes by its parameters alone.
        let update = protium.proton.update_environment().name(&name);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        let spec = environment_spec("Label: second, Zones: [c], Count: 3, Note: 'a: \"note\"'");
        update.spec(spec).send().await.expect("update accepted");
        protium.environment_deployed(&name).await;
        assert_eq!(output("Text").await.as_deref(), Some("second 3 a: \"note\""));
        assert_eq!(output("Zones").await.as_deref(), Some("c"));

        // An input that is no longer given leaves the parameter to its own default again.
        let update = protium.proton.update_environment().name(&name);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        update.spec(environment_spec("Label: third")).send().await.expect("update accepted");
        protium.environment_deployed(&name).await;
        assert_eq!(output("Text").await.as_deref(), Some("third 2 its own"));
    });
}

#[test]
fn native_parameters_that_nobody_gives_are_refused_at_registration() {
    with_protium(async |protium| {
        let template = unique("native");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let open =
            bundle(&TEMPLATE.replace("Note: {Type: String, Default: its own}", "Nobody: {Type: String}"));
        let begun = protium.environment_version_begin(&template, None, &open).await;
        let version = protium
            .environment_version_registered(&template, &begun.major_version, &begun.minor_version)
            .await;
        assert_eq!(version.status, TemplateVersionStatus::RegistrationFailed);
        let message = version.status_message.unwrap_or_default();
        assert!(
            message.contains("infrastructure/cloudformation.yaml:6:3: nobody gives the parameter `Nobody`"),
            "{message}"
        );
    });
}
