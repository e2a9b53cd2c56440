//! What goes wrong at CloudFormation and in roles, and the way on from there: behaviour 7.2.

use aws_sdk_cloudformation::types::Capability;
use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType, Environment};

use crate::support::bundle::{Bundle, environment_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;
use crate::support::wait::eventually;

impl Protium {
    /// A role below `/protium/` that trusts nobody who could use it.
    async fn role_without_trust(&self) -> String {
        let name = unique("no-trust");
        let template = format!(
            "Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: {name}
      Path: /protium/
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: 'sts:AssumeRole'}}]
"
        );
        let create = self.cloudformation.create_stack().stack_name(&name).template_body(template);
        create.capabilities(Capability::CapabilityNamedIam).send().await.expect("role asked for");
        eventually("the role", async || match self.stack_status(&name).await.as_deref() {
            Some("CREATE_COMPLETE") => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
        format!("arn:aws:iam::{}:role/protium/{name}", self.outputs.account_id)
    }

    async fn redeploy(&self, name: &str, inputs: &str) -> Environment {
        let update = self.proton.update_environment().name(name);
        let update =
            update.deployment_type(DeploymentUpdateType::CurrentVersion).spec(environment_spec(inputs));
        update.send().await.expect("update accepted");
        self.environment_settled(name).await
    }
}

fn message(environment: &Environment) -> &str {
    environment.deployment_status_message.as_deref().unwrap_or_default()
}

#[test]
fn a_role_that_does_not_trust_protium_fails_with_the_statement_to_paste() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let role = protium.role_without_trust().await;
        let name = unique("untrusted");
        let create = protium.proton.create_environment().name(&name).template_name(&template);
        let create = create.template_major_version("1").spec(environment_spec(""));
        create.proton_service_role_arn(&role).send().await.expect("the role is on the allow-list");
        let failed = protium.environment_settled(&name).await;
        assert_eq!(failed.deployment_status, DeploymentStatus::Failed);
        let text = message(&failed);
        for word in [
            role.as_str(),
            "trust policy",
            "\"sts:AssumeRole\"",
            "\"sts:ExternalId\"",
            &protium.outputs.external_id,
        ] {
            assert!(text.contains(word), "'{word}' is missing in: {text}");
        }

        // The way on: another role.
        let update = protium.proton.update_environment().name(&name);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        let update = update.proton_service_role_arn(&protium.outputs.provisioning_role_arn);
        update.send().await.expect("update accepted");
        protium.environment_deployed(&name).await;
    });
}

#[test]
fn a_failed_first_deployment_tells_cloudformations_reasons_and_is_replaced_by_the_next() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = unique("fails-first");
        let arn = protium.environment_begin(&name, &template, "fail: true").await.arn;
        let failed = protium.environment_settled(&name).await;
        assert_eq!(failed.deployment_status, DeploymentStatus::Failed);
        assert!(message(&failed).contains("ROLLBACK_COMPLETE"), "{}", message(&failed));
        assert!(message(&failed).contains("Never"), "the resource is named: {}", message(&failed));
        let before = protium.stack_of(&arn).await;
        assert_eq!(before.stack_status().unwrap().as_str(), "ROLLBACK_COMPLETE");

        let fixed = protium.redeploy(&name, "fail: false").await;
        assert_eq!(fixed.deployment_status, DeploymentStatus::Succeeded, "{}", message(&fixed));
        let after = protium.stack_of(&arn).await;
        assert_ne!(after.stack_id(), before.stack_id(), "a stack that never was one is made again");
    });
}

#[test]
fn a_failed_update_is_rolled_back_and_the_next_one_is_accepted() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "label: good").await;
        let failed = protium.redeploy(&name, "label: bad, fail: true").await;
        assert_eq!(failed.deployment_status, DeploymentStatus::Failed);
        assert!(message(&failed).contains("UPDATE_ROLLBACK_COMPLETE"), "{}", message(&failed));
        assert!(failed.spec.as_ref().unwrap().contains("good"), "the old state goes on to be described");
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("good"));
        let fixed = protium.redeploy(&name, "label: better").await;
        assert_eq!(fixed.deployment_status, DeploymentStatus::Succeeded, "{}", message(&fixed));
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("better"));
    });
}

#[test]
fn a_stack_that_somebody_deleted_is_made_again() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "label: here").await;
        let arn = protium.arn(&format!("environment/{name}"));
        let stack = protium.stack_of(&arn).await.stack_id.unwrap();
        protium.cloudformation.delete_stack().stack_name(&stack).send().await.expect("deleted by hand");
        eventually("the stack is gone", async || match protium.stack_status(&stack).await.as_deref() {
            None | Some("DELETE_COMPLETE") => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
        let again = protium.redeploy(&name, "label: again").await;
        assert_eq!(again.deployment_status, DeploymentStatus::Succeeded, "{}", message(&again));
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("again"));
        assert_ne!(protium.stack_of(&arn).await.stack_id, Some(stack));
    });
}

#[test]
fn an_environment_whose_stack_somebody_deleted_can_be_deleted() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "").await;
        let stack = protium.stack_of(&protium.arn(&format!("environment/{name}"))).await.stack_id.unwrap();
        protium.cloudformation.delete_stack().stack_name(&stack).send().await.expect("deleted by hand");
        eventually("the stack is gone", async || match protium.stack_status(&stack).await.as_deref() {
            None | Some("DELETE_COMPLETE") => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
        protium.proton.delete_environment().name(&name).send().await.expect("deletion accepted");
        protium.environment_gone(&name).await;
    });
}

#[test]
fn a_failed_environment_can_be_deleted() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = unique("doomed");
        let arn = protium.environment_begin(&name, &template, "fail: true").await.arn;
        assert_eq!(protium.environment_settled(&name).await.deployment_status, DeploymentStatus::Failed);
        protium.proton.delete_environment().name(&name).send().await.expect("deletion accepted");
        protium.environment_gone(&name).await;
        assert!(protium.stacks_of(&arn).await.is_empty());
    });
}

#[test]
fn a_template_over_51200_bytes_is_deployed() {
    with_protium(async |protium| {
        let mut padding = String::new();
        for number in 0..150 {
            padding += &format!("  Padding{number}: {{Value: '{}'}}\n", "x".repeat(400));
        }
        assert!(padding.len() > 51_200);
        let bundle = Bundle::environment().template_extended(&padding);
        let template = protium.environment_template(&bundle).await;
        let name = protium.environment(&template, "").await;
        assert_eq!(protium.environment_output(&name, "Padding149").await.map(|value| value.len()), Some(400));
    });
}

#[test]
fn what_cannot_be_rendered_fails_the_deployment_with_file_and_line() {
    with_protium(async |protium| {
        // Registration refuses what no spec could render; here one spec can.
        let broken = "{% if environment.inputs.fail %}
  Broken: {Value: '{{ environment.inputs.absent }}'}
{% endif %}
";
        let template = protium.environment_template(&Bundle::environment().template_extended(broken)).await;
        let name = unique("unrendered");
        protium.environment_begin(&name, &template, "fail: true").await;
        let failed = protium.environment_settled(&name).await;
        assert_eq!(failed.deployment_status, DeploymentStatus::Failed);
        let text = message(&failed);
        assert!(text.contains("cloudformation.yaml") && text.contains("absent"), "{text}");
    });
}

#[test]
fn termination_protection_fails_the_deletion_and_says_so() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "").await;
        let stack = protium.stack_of(&protium.arn(&format!("environment/{name}"))).await.stack_id.unwrap();
        let protect = |on: bool| {
            let update = protium.cloudformation.update_termination_protection().stack_name(&stack);
            update.enable_termination_protection(on).send()
        };
        protect(true).await.expect("protected");
        protium.proton.delete_environment().name(&name).send().await.expect("deletion accepted");
        let failed = protium.environment_settled(&name).await;
        assert_eq!(failed.deployment_status, DeploymentStatus::DeleteFailed, "{}", message(&failed));
        assert!(message(&failed).to_lowercase().contains("termination"), "{}", message(&failed));
        protect(false).await.expect("unprotected");
        protium.proton.delete_environment().name(&name).send().await.expect("deletion accepted again");
        protium.environment_gone(&name).await;
    });
}
