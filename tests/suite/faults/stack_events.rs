//! Events of stacks are hints: a wrong one changes nothing.

use aws_sdk_proton::types::DeploymentStatus;
use serde_json::{Value, json};

use crate::support::bundle::Bundle;
use crate::support::protium::with_protium;
use crate::support::records::sample;
use crate::support::unique;

/// The event that a stack has come to rest.
fn stack_event(stack_id: &str, status: &str) -> Value {
    let mut event = sample(include_str!("../../../events-samples/stack-events/stack-create-complete.json"));
    event["resources"] = json!([stack_id]);
    event["detail"]["stack-id"] = stack_id.into();
    event["detail"]["status-details"]["status"] = status.into();
    event
}

#[test]
fn an_event_of_an_unknown_stack_is_ignored() {
    with_protium(async |protium| {
        let stack = format!(
            "arn:aws:cloudformation:us-east-1:{}:stack/AWSProton-{}/5a1b",
            protium.outputs.account_id,
            unique("nobodys")
        );
        protium.invoke("stack-events", &stack_event(&stack, "CREATE_COMPLETE")).await;
        protium.invoke("stack-events", &stack_event("no arn at all", "CREATE_COMPLETE")).await;
    });
}

#[test]
fn a_forged_event_makes_protium_look_and_nothing_else() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = unique("forged");
        let arn = protium.environment_begin(&name, &template, "gate: Forged").await.arn;
        protium.gate_reached(&arn, "Forged").await;
        let stack = protium.stack_of(&arn).await;
        let (stack_id, stack_name) = (stack.stack_id.unwrap(), stack.stack_name.unwrap());
        for status in ["CREATE_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"] {
            let before = protium.task_token(&stack_name).await;
            protium.invoke("stack-events", &stack_event(&stack_id, status)).await;
            // The look has been taken when somebody waits anew.
            crate::support::wait::eventually("a new wait", async || {
                let now = protium.task_token(&stack_name).await;
                if now == before { Err("the old one".to_owned()) } else { Ok(()) }
            })
            .await;
            // The same event again, of a wait that is over.
            protium.invoke("stack-events", &stack_event(&stack_id, status)).await;
            let got = protium.proton.get_environment().name(&name).send().await.expect("environment");
            let environment = got.environment.unwrap();
            assert_eq!(
                environment.deployment_status,
                DeploymentStatus::InProgress,
                "{status} isn't believed"
            );
        }
        protium.gate_open(&arn, "Forged").await;
        protium.environment_deployed(&name).await;
        protium.stack_of(&arn).await;
    });
}
