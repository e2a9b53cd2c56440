//! What the model calls sensitive doesn't come out of `Debug`, and so not into logs.

use protium_wire::{
    common::Output,
    component::CreateComponentInput,
    decode,
    deployment::{ComponentState, DeploymentState, EnvironmentState},
    notify::NotifyResourceDeploymentStatusChangeInput,
};
use serde_json::json;

#[test]
fn sensitive_members_are_starred_and_others_shown() {
    let input: CreateComponentInput = decode(&json!({
        "name": "queue", "manifest": "secret", "templateFile": "secret", "description": "secret",
        "serviceSpec": "secret", "environmentName": "staging",
    }))
    .unwrap();
    let shown = format!("{input:?} {input:#?}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains(r#"name: "queue""#) && shown.contains("manifest: ***"), "{shown}");
    assert!(shown.contains("service_name: None"), "what is absent may be seen to be: {shown}");
}

#[test]
fn sensitive_structures_are_starred_whole() {
    let output = Output { key: Some("secret".into()), value_string: Some("secret".into()) };
    assert_eq!(format!("{output:?}"), "Output(***)");
    let input: NotifyResourceDeploymentStatusChangeInput = decode(&json!({
        "resourceArn": "arn:aws:proton:eu-west-1:111122223333:environment/a",
        "outputs": [{"key": "secret", "valueString": "secret"}], "statusMessage": "secret",
    }))
    .unwrap();
    assert!(!format!("{input:?}").contains("secret"));
}

#[test]
fn unions_keep_what_they_hold_to_themselves() {
    let environment = DeploymentState::Environment(EnvironmentState {
        spec: Some("secret".into()),
        template_major_version: "1".into(),
        template_minor_version: "0".into(),
        template_name: "vpc".into(),
    });
    let component = DeploymentState::Component(ComponentState {
        service_instance_name: None,
        service_name: None,
        service_spec: None,
        template_file: Some("secret".into()),
    });
    let shown = format!("{environment:?} {component:?}");
    assert!(!shown.contains("secret") && shown.contains("vpc"), "{shown}");
}
