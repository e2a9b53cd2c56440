//! Protium's own operations: previews, moving in, and ways on for what is stuck.

use aws_sdk_proton::types::DeploymentUpdateType;
use serde_json::{Value, json};

use crate::support::bundle::{Bundle, environment_spec};
use crate::support::http::Request;
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;
use crate::support::wait::eventually;

impl Protium {
    /// Calls one of Protium's own operations, which succeeds.
    pub(crate) async fn own(&self, operation: &str, input: &Value) -> Value {
        let answer = Request::operation(&self.outputs.proton_endpoint, operation, input).send().await;
        assert_eq!(answer.status, 200, "{operation}: {answer:?}");
        answer.body
    }

    /// A preview or an adoption, once it has ended.
    async fn preview_ended(&self, begun: &Value) -> Value {
        let id = json!({"previewId": begun["preview"]["id"]});
        eventually("a preview ended", async || {
            let preview = self.own("GetPreview", &id).await["preview"].take();
            if preview["status"] == "IN_PROGRESS" { Err("it is in progress".to_owned()) } else { Ok(preview) }
        })
        .await
    }

    fn environment_input(&self, name: &str, template: &str, label: &str) -> Value {
        json!({
            "name": name, "templateName": template, "templateMajorVersion": "1",
            "spec": environment_spec(&format!("label: {label}")),
            "protonServiceRoleArn": self.outputs.provisioning_role_arn,
        })
    }
}

#[test]
fn a_preview_shows_what_would_be_deployed_and_leaves_nothing() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = unique("env");
        let input = protium.environment_input(&name, &template, "first");
        let begun = protium.own("PreviewDeployment", &json!({"request": {"createEnvironment": input}})).await;
        let preview = protium.preview_ended(&begun).await;
        assert_eq!(preview["status"], "SUCCEEDED", "{preview}");
        assert!(preview["files"][0]["content"].as_str().is_some_and(|text| text.contains("first")));
        assert_eq!(preview["changes"][0]["action"], "Add", "{preview}");
        let arn = protium.arn(&format!("environment/{name}"));
        assert!(protium.stacks_of(&arn).await.is_empty());

        protium.environment_begin(&name, &template, "label: first").await;
        protium.environment_deployed(&name).await;
        let update = json!({"name": name, "deploymentType": "CURRENT_VERSION", "spec": environment_spec("label: second")});
        let begun =
            protium.own("PreviewDeployment", &json!({"request": {"updateEnvironment": update}})).await;
        let preview = protium.preview_ended(&begun).await;
        assert_eq!(preview["changes"][0]["logicalResourceId"], "Topic", "{preview}");
        let stack = protium.stack_of(&arn).await;
        let sets =
            protium.cloudformation.list_change_sets().stack_name(stack.stack_name().unwrap_or_default());
        assert_eq!(sets.send().await.expect("ListChangeSets answers").summaries().len(), 0);
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("first"));
    });
}

#[test]
fn stacks_made_elsewhere_are_adopted_then_updated_and_deleted() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        for number in 0..3 {
            let name = unique("env");
            let input = protium.environment_input(&name, &template, &format!("label{number}"));
            let request = json!({"request": {"createEnvironment": input}});
            let preview = protium.preview_ended(&protium.own("PreviewDeployment", &request).await).await;
            let text = preview["files"][0]["content"].as_str().expect("a small template").to_owned();
            let stack_name = format!("AWSProton-{name}-cloudformation--ABCDEFGHIJKLMNO");
            let made = protium.cloudformation.create_stack().stack_name(&stack_name).template_body(text);
            let made = made.send().await.expect("the stack is made");
            let stack = made.stack_id().expect("it has an ARN").to_owned();
            eventually("the stack made", async || match protium.stack_status(&stack).await.as_deref() {
                Some("CREATE_COMPLETE") => Ok(()),
                other => Err(format!("{other:?}")),
            })
            .await;

            let other = protium.environment_input(&name, &template, "other");
            let adopt = json!({"stackArn": stack, "resource": {"environment": other}});
            let differs = protium.preview_ended(&protium.own("AdoptResource", &adopt).await).await;
            assert_eq!(differs["status"], "FAILED", "{differs}");
            assert_eq!(differs["changes"][0]["logicalResourceId"], "Topic", "{differs}");

            let adopt = json!({"stackArn": stack, "resource": {"environment": input}});
            let adopted = protium.preview_ended(&protium.own("AdoptResource", &adopt).await).await;
            assert_eq!(adopted["status"], "SUCCEEDED", "{adopted}");
            protium.environment_deployed(&name).await;
            let label = protium.environment_output(&name, "Label").await;
            assert_eq!(label, Some(format!("label{number}")));

            let update = protium.proton.update_environment().name(&name).spec(environment_spec("label: new"));
            let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
            update.send().await.expect("update accepted");
            protium.environment_deployed(&name).await;
            assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("new"));
            protium.proton.delete_environment().name(&name).send().await.expect("deletion accepted");
            protium.environment_gone(&name).await;
            let gone = protium.stack_status(&stack).await;
            assert!(gone.as_deref().is_none_or(|status| status == "DELETE_COMPLETE"), "{gone:?}");
        }
    });
}

#[test]
fn what_was_rendered_is_shown_and_a_stack_outlives_its_record() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "label: kept").await;
        let deployed = protium.environment_deployed(&name).await;
        let id = deployed.last_succeeded_deployment_id().expect("it was deployed");
        let rendered = protium.own("GetRenderedTemplate", &json!({"deploymentId": id})).await;
        assert!(rendered["files"][0]["content"].as_str().is_some_and(|text| text.contains("kept")));
        let stack = protium.stack_of(deployed.arn()).await;
        let force = json!({"resourceArn": deployed.arn(), "retain": "STACK"});
        protium.own("ForceDelete", &force).await;
        protium.environment_gone(&name).await;
        let status = protium.stack_status(stack.stack_id().expect("it has an ARN")).await;
        assert_eq!(status.as_deref(), Some("CREATE_COMPLETE"));
    });
}
