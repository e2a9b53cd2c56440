//! Installations come and go; what users deployed stays.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::Capability;

use crate::support::bundle::{Bundle, environment_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;
use crate::support::wait::eventually;

/// A provisioning role for an installation, as its owner adds one.
async fn role_for(protium: &Protium, stack: &str, outputs: &BTreeMap<String, String>) -> String {
    let template = format!(
        "Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {stack}-role
      Path: /protium/
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {{AWS: '{}'}}
            Action: sts:AssumeRole
            Condition: {{StringEquals: {{'sts:ExternalId': '{}'}}}}
      Policies:
        - PolicyName: all
          PolicyDocument:
            Version: '2012-10-17'
            Statement: [{{Effect: Allow, Action: '*', Resource: '*'}}]
",
        outputs["ProvisioningPrincipalArn"], outputs["ExternalId"]
    );
    let name = format!("{stack}-role");
    let create = protium.cloudformation.create_stack().stack_name(&name).template_body(template);
    create.capabilities(Capability::CapabilityNamedIam).send().await.expect("role asked for");
    eventually("the role", async || match protium.stack_status(&name).await.as_deref() {
        Some("CREATE_COMPLETE") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    format!("arn:aws:iam::{}:role/protium/{name}", protium.outputs.account_id)
}

/// A handle on another installation of the same account.
pub(super) async fn installation(protium: &Protium, stack: &str) -> Protium {
    installation_with(protium, stack, BTreeMap::new()).await
}

/// The same, with parameters of its own.
pub(super) async fn installation_with(
    protium: &Protium,
    stack: &str,
    parameters: BTreeMap<String, String>,
) -> Protium {
    let stack_outputs = protium.install_beside(stack, parameters).await;
    let mut outputs = protium.outputs.clone();
    outputs.stack_name = stack.to_owned();
    outputs.provisioning_role_arn = role_for(protium, stack, &stack_outputs).await;
    outputs.external_id = stack_outputs["ExternalId"].clone();
    outputs.bundle_bucket = stack_outputs["UploadBucketName"].clone();
    outputs.table = stack_outputs["TableName"].clone();
    outputs.event_bus = stack_outputs["EventBusName"].clone();
    outputs.proton_endpoint =
        format!("{}/_aws/execute-api/{}/$default", outputs.aws_endpoint, stack_outputs["ApiId"]);
    outputs.api_endpoint = outputs.proton_endpoint.clone();
    Protium {
        workspace: protium.workspace.clone(),
        directory: protium.directory.clone(),
        cloud: protium.cloud.clone(),
        proton: protium.cloud.proton(&outputs.proton_endpoint),
        cloudformation: protium.cloudformation.clone(),
        dynamodb: protium.dynamodb.clone(),
        lambda: protium.lambda.clone(),
        s3: protium.s3.clone(),
        // Nobody listens to the second bus, and two listeners would share the messages of the first.
        events: protium.events.clone(),
        outputs,
    }
}

#[test]
fn two_installations_share_an_account_and_uninstalling_one_leaves_users_stacks() {
    with_protium(async |protium| {
        let second = installation(protium, &unique("second")).await;
        // The same names in both.
        let template = unique("shared-name");
        let name = unique("shared-name");
        let mut stacks = Vec::new();
        for one in [protium, &second] {
            one.proton.create_environment_template().name(&template).send().await.expect("template");
            one.environment_version(&template, None, &Bundle::environment()).await;
            one.environment_version_publish(&template, "1", "0").await;
            let create = one.proton.create_environment().name(&name).template_name(&template);
            let create = create.template_major_version("1").spec(environment_spec(""));
            create.proton_service_role_arn(&one.outputs.provisioning_role_arn).send().await.expect("created");
            one.environment_deployed(&name).await;
            let topic = one.environment_output(&name, "TopicArn").await.expect("an output");
            stacks.push(topic);
        }
        assert_ne!(stacks[0], stacks[1], "each installation has its own stack");
        let arn = protium.arn(&format!("environment/{name}"));
        assert_eq!(protium.stacks_of(&arn).await.len(), 2);

        let stack = second.outputs.stack_name.clone();
        protium.cloudformation.delete_stack().stack_name(&stack).send().await.expect("uninstallation begins");
        eventually("uninstalled", async || match protium.stack_status(&stack).await.as_deref() {
            None | Some("DELETE_COMPLETE") => Ok(()),
            Some("DELETE_FAILED") => panic!("the control plane's stack can't be deleted"),
            other => Err(format!("{other:?}")),
        })
        .await;
        assert_eq!(protium.stacks_of(&arn).await.len(), 2, "users' stacks stay");
        let kept = protium.dynamodb.describe_table().table_name(&second.outputs.table).send().await;
        kept.expect("the table with all records stays");
        protium.environment_deployed(&name).await;
        let fresh = protium.environment(&template, "label: unharmed").await;
        assert_eq!(protium.environment_output(&fresh, "Label").await.as_deref(), Some("unharmed"));
    });
}
