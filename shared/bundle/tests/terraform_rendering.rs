//! What Terraform parts become: golden folders, refusals, and values that may hold anything.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::process::Command;

use hcl_edit::parser::parse_body;
use proptest::prelude::*;
use protium_bundle::render::namespace::{ComponentView, Target};
use protium_bundle::render::terraform::{METADATA_FILE, VALUES_FILE, render_files, retire, variables_file};
use protium_bundle::render::{
    DeploymentMetadata, EnvironmentValues, PreviewOptions, RenderContext, previews,
};
use protium_bundle::{Part, RenderedPart, render_part};
use serde_json::{Value, json};
use support::{assert_golden_files, open_fixture, properties};

const SERVICE_SPEC: &str = "proton: ServiceSpec\npipeline: {service_dir: web}\ninstances:\n  - {name: dev, environment: beta, spec: {tags: [c]}}\n  - {name: prod, environment: live, spec: {port: 80.5, public: true, tags: [a, \"${b}\"]}}\n";

fn rendered(fixture: &str, spec: &str, options: &PreviewOptions) -> Vec<(String, RenderedPart)> {
    let bundle = open_fixture(fixture);
    let previews = previews(&bundle, spec, options).expect("a valid spec");
    let rendered = previews.into_iter().map(|preview| {
        let name = format!(
            "{fixture}-{}",
            if preview.part == Part::PipelineInfrastructure { "pipeline" } else { &preview.name }
        );
        (name, render_part(&bundle, preview.part, &preview.context).expect("rendered"))
    });
    rendered.collect()
}

fn options() -> PreviewOptions {
    let outputs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    PreviewOptions {
        name: Some("shop".into()),
        template: Some("web".into()),
        environment_outputs: EnvironmentValues {
            all: outputs(&[("domain", "beta.example.com")]),
            ..Default::default()
        },
        component: Some(ComponentView {
            name: "queue".into(),
            outputs: outputs(&[("QueueArn", "arn:aws:sqs:q")]),
        }),
        instance_outputs: [("dev".to_owned(), outputs(&[("url", "http://dev")]))].into(),
        ..PreviewOptions::default()
    }
}

#[test]
fn folders_are_as_behaviour_6_4_to_6_6_have_them() {
    let environment = rendered(
        "terraform-environment",
        "proton: EnvironmentSpec\nspec: {note: \"a \\\"b\\\"\"}\n",
        &PreviewOptions { name: Some("beta".into()), ..PreviewOptions::default() },
    );
    let service = rendered("terraform-service", SERVICE_SPEC, &options());
    for (name, part) in environment.iter().chain(&service) {
        assert_golden_files(name, &part.files);
    }
}

#[test]
fn without_component_repository_tags_and_deployment_the_forms_of_nothing_stand_there() {
    let bundle = open_fixture("terraform-service");
    let namespace = json!({
        "service": {"name": "shop"},
        "service_instance": {"name": "dev", "inputs": {}, "components": {"default": {}}},
        "environment": {"name": "beta", "account_id": "1", "outputs": {"count": 7, "zones": ["a"]}, "inputs": {"no": 1}},
        "region": "left out",
    });
    let context = RenderContext { namespace, ..RenderContext::default() };
    let part = render_part(&bundle, Part::InstanceInfrastructure, &context).expect("rendered");
    assert_eq!(part.files.len(), 3, "{:?}", part.files.keys());
    let values: Value = serde_json::from_str(part.text(VALUES_FILE).expect("text")).expect("JSON");
    let expected = json!({
        "environment": {"account_id": "1", "name": "beta", "outputs": {"count": "7", "zones": "[\"a\"]"}},
        "service": {"name": "shop", "branch_name": "", "repository_connection_arn": "", "repository_id": ""},
        "service_instance": {"name": "dev", "inputs": {}, "components": {}},
    });
    assert_eq!(values, expected);
}

#[test]
fn what_is_missing_from_a_namespace_is_named() {
    let bundle = open_fixture("terraform-service");
    let context = RenderContext { namespace: json!({"service_instance": {}}), ..RenderContext::default() };
    let error = render_part(&bundle, Part::InstanceInfrastructure, &context).expect_err("no service");
    assert_eq!(
        error.to_string(),
        "proton.auto.tfvars.json: the namespace lacks `service`. A service instance is rendered with `environment`, `service`, `service_instance`."
    );
}

#[test]
fn a_component_has_its_own_variables_and_metadata() {
    let context = RenderContext {
        namespace: json!({
            "component": {"name": "queue"},
            "environment": {"name": "beta", "account_id": "1", "outputs": {}},
            "service": {"name": "shop", "repository_id": "not for components"},
            "service_instance": {"name": "dev", "inputs": {"port": 1}},
        }),
        resource_arn: Some("arn:aws:proton:eu-west-1:1:component/queue".into()),
        deployment: Some(DeploymentMetadata {
            deployment_id: "d-1".into(),
            environment_arn: Some("arn:environment".into()),
            service_arn: Some("arn:service".into()),
            service_instance_arn: Some("arn:instance".into()),
            ..DeploymentMetadata::default()
        }),
        ..RenderContext::default()
    };
    let files = render_files(Target::Component, &[("main.tf", "locals {}\n")], &context).expect("rendered");
    assert_golden_files("terraform-component", &files);
    let file = variables_file(Target::Component);
    let error = render_files(Target::Component, &[(&file, "")], &context).expect_err("a collision");
    assert_eq!(
        error.to_string(),
        "proton.component.variables.tf: a file of this name is generated. Rename it."
    );
}

#[test]
fn a_byte_order_mark_does_not_end_up_behind_the_header() {
    let context =
        RenderContext { namespace: json!({"environment": {"name": "e"}}), ..RenderContext::default() };
    let files =
        render_files(Target::Environment, &[("a.tf", "\u{feff}locals {}\r\n")], &context).expect("rendered");
    assert!(!files["a.tf"].windows(3).any(|bytes| bytes == "\u{feff}".as_bytes()));
    assert!(files["a.tf"].ends_with(b"*/\n\nlocals {}\r\n"));
}

#[test]
fn what_remains_of_a_deleted_resource_says_so() {
    let (_, part) =
        rendered("terraform-environment", "proton: EnvironmentSpec\n", &PreviewOptions::default()).remove(0);
    let before = part.files.clone();
    let after = retire(part.files);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let text = |name: &str| std::str::from_utf8(&after[name]).expect("text");
    assert_eq!(
        after[VALUES_FILE], before[VALUES_FILE],
        "values stay: the resources are still to be destroyed"
    );
    let metadata: Value = serde_json::from_str(text(METADATA_FILE)).expect("JSON");
    assert_eq!(metadata["deploymentId"], "<proton-resource-deleted>");
    assert_eq!(metadata["isResourceDeleted"], true);
    assert_eq!(metadata["resourceMetadata"]["templateMajorVersion"], "1");
    for name in ["main.tf", "outputs.tf"] {
        let (header, body) = text(name).split_once("*/\n\n").expect("a header");
        assert!(header.contains("no longer manages"), "{header}");
        assert!(String::from_utf8_lossy(&before[name]).ends_with(body));
    }
    let twice = retire(after.clone());
    assert_eq!(text("outputs.tf").matches("no longer").count(), 1);
    assert!(twice["outputs.tf"].ends_with(b"}\n"));
}

/// Terraform itself, where it is installed, must find nothing to format in what is generated, and must read the values.
#[test]
fn terraform_agrees() {
    if Command::new("terraform").arg("version").env("CHECKPOINT_DISABLE", "1").output().is_err() {
        return;
    }
    let terraform = |directory: &std::path::Path, arguments: &[&str]| {
        let output = Command::new("terraform")
            .args(arguments)
            .current_dir(directory)
            .env_remove("TF_CLI_CONFIG_FILE")
            .env("CHECKPOINT_DISABLE", "1")
            .output();
        let output = output.expect("started");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for (name, part) in rendered("terraform-service", SERVICE_SPEC, &options()) {
        let directory = std::env::temp_dir().join(format!("protium-{}-{name}", std::process::id()));
        for (file, bytes) in &part.files {
            let path = directory.join(file);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            std::fs::write(path, bytes).expect("written");
        }
        terraform(&directory, &["fmt", "-check", "-diff"]);
        terraform(&directory, &["init", "-backend=false", "-input=false"]);
        terraform(&directory, &["plan", "-input=false", "-lock=false"]);
        std::fs::remove_dir_all(&directory).expect("removed");
    }
}

proptest! {
    #![proptest_config(properties(256))]

    /// Whatever an ARN or the author's code holds: the header stays a comment and the code stays what it was.
    #[test]
    fn headers_never_leak_into_code(arn in "[\\PC\\n*/]{0,60}", tag in "\\PC{0,20}") {
        let context = RenderContext {
            namespace: json!({"environment": {"name": tag, "inputs": {"x": tag}}}),
            resource_arn: Some(arn.clone()),
            tags: BTreeMap::from([(tag.clone(), arn)]),
            ..RenderContext::default()
        };
        let code = "locals {\n  a = 1\n}\n";
        let files = render_files(Target::Environment, &[("main.tf", code)], &context).expect("rendered");
        let text = std::str::from_utf8(&files["main.tf"]).expect("text");
        prop_assert!(text.ends_with(code));
        prop_assert_eq!(parse_body(text).expect("HCL").into_iter().count(), 1);
        let values: Value = serde_json::from_slice(&files[VALUES_FILE]).expect("JSON");
        prop_assert_eq!(values["environment"]["inputs"]["x"].as_str(), Some(tag.as_str()));
        prop_assert_eq!(values["//"].as_str(), context.resource_arn.as_deref());
    }
}
