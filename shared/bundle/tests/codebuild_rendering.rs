//! What CodeBuild parts become: golden folders, refusals with their place, and inputs that may hold anything.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use hcl_edit::expr::{Expression, ObjectKey, UnaryOperator};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::Structure;
use proptest::prelude::*;
use protium_bundle::render::codebuild::{HCL_INPUTS_FILE, JSON_INPUTS_FILE, PROJECT_FILE, VARIABLES_FILE};
use protium_bundle::render::namespace::Outputs;
use protium_bundle::render::{EnvironmentValues, PreviewOptions, RenderContext, previews};
use protium_bundle::{Bundle, BundleKind, ExamineOptions, Files, OpenOptions, Part, examine, render_part};
use serde_json::{Map, Value, json};
use support::{assert_golden_files, fixture, messages, open_fixture, properties, read_directory};

const SPEC: &str = "proton: ServiceSpec\npipeline: {service_dir: web}\ninstances:\n  - {name: dev, environment: beta}\n  - name: prod\n    environment: beta\n    spec: {port: 80, public: true, 'odd \"key\" ${x}': \"100% ${HOME}\\n%{if}\"}\n";

fn options() -> PreviewOptions {
    let outputs = [("VpcId", "vpc-1"), ("Subnets", "subnet-1,subnet-2"), ("Group", "sg-1")];
    let all: Outputs = outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    PreviewOptions {
        name: Some("shop".into()),
        environment_outputs: EnvironmentValues { all, ..EnvironmentValues::default() },
        ..PreviewOptions::default()
    }
}

/// The fixture with one text replaced in the instance's manifest.
fn edited(from: &str, to: &str) -> Bundle {
    let manifest = "instance_infrastructure/manifest.yaml";
    let entries = read_directory(&fixture("codebuild-service")).into_iter().map(|(path, bytes)| {
        if path != manifest {
            return (path, bytes);
        }
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.contains(from), "{manifest} has no {from:?}");
        (path, text.replacen(from, to, 1).into_bytes())
    });
    let files = Files::from_entries(entries).expect("files");
    Bundle::open(BundleKind::Service, files, OpenOptions::default()).expect("a valid bundle")
}

#[test]
fn folders_hold_inputs_buildspecs_project_and_the_authors_files() {
    let bundle = open_fixture("codebuild-service");
    for preview in previews(&bundle, SPEC, &options()).expect("a valid spec") {
        let part = render_part(&bundle, preview.part, &preview.context).expect("rendered");
        assert_golden_files(&format!("codebuild-{}", preview.name), &part.files);
        assert!(!part.files.contains_key("manifest.yaml"));
    }
}

#[test]
fn a_component_joins_the_inputs_when_it_is_attached() {
    let bundle = open_fixture("codebuild-service");
    let render = |components: Value| {
        let namespace = json!({
            "environment": {"name": "beta", "account_id": "1", "outputs": {"VpcId": "v", "Subnets": "s", "Group": "g"}},
            "service": {"name": "shop"},
            "service_instance": {"name": "dev", "inputs": {"port": 1}, "components": components},
        });
        let context = RenderContext { namespace, ..RenderContext::default() };
        let part = render_part(&bundle, Part::InstanceInfrastructure, &context).expect("rendered");
        assert_eq!(part.text(VARIABLES_FILE), Some("[ ]"), "nothing is known of the deployment");
        serde_json::from_str::<Value>(part.text(JSON_INPUTS_FILE).expect("text")).expect("JSON")
    };
    assert_eq!(render(json!({}))["service_instance"], json!({"name": "dev", "inputs": {"port": 1}}));
    let attached = json!({"default": {"name": "queue", "outputs": {"Arn": "a"}}});
    assert_eq!(render(attached.clone())["service_instance"]["components"], attached);
}

#[test]
fn what_cannot_be_rendered_is_found_in_the_manifest() {
    let deploy = "npx cdk deploy --require-approval never -c port={{ service_instance.inputs.port }}";
    for (from, to, expected) in [
        (
            deploy,
            "echo {{ service_instance.inputs.prot }}",
            "instance_infrastructure/manifest.yaml:17:13: `settings.provision[1]`: ",
        ),
        (
            "VpcId: \"{{ environment.outputs.VpcId }}\"",
            "VpcId: \"{{ environment.outputs.VpcIdd }}\"",
            "instance_infrastructure/manifest.yaml:28:20: `settings.project_properties.VpcConfig.VpcId`: ",
        ),
        (
            "INSTANCE: \"{{ service_instance.name }}\"",
            "INSTANCE: \"{{ service_instance.name \"",
            "instance_infrastructure/manifest.yaml:12:23: `settings.env.variables.INSTANCE`: ",
        ),
        (
            "TimeoutInMinutes: 30",
            "ServiceRole: arn:aws:iam::1:role/admin",
            "instance_infrastructure/manifest.yaml:24:24: `settings.project_properties.ServiceRole`: the project property `ServiceRole` is set by Protium. Remove it.",
        ),
    ] {
        let bundle = edited(from, to);
        let preview = previews(&bundle, SPEC, &options()).expect("a valid spec").remove(0);
        let error = render_part(&bundle, preview.part, &preview.context).expect_err("refused").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_good_bundle_registers_without_a_complaint() {
    assert_eq!(judged(&open_fixture("codebuild-service")), "");
}

fn judged(bundle: &Bundle) -> String {
    messages(&examine(BundleKind::Service, bundle.files().clone(), &ExamineOptions::default()).problems)
}

#[test]
fn an_arm_image_runs_on_arm() {
    let bundle = edited("aws/codebuild/standard:7.0", "aws/codebuild/amazonlinux-aarch64-standard:3.0");
    let preview = previews(&bundle, SPEC, &options()).expect("a valid spec").remove(0);
    let part = render_part(&bundle, preview.part, &preview.context).expect("rendered");
    let project: Value = serde_json::from_str(part.text(PROJECT_FILE).expect("text")).expect("JSON");
    assert_eq!(project["Environment"]["Type"], "ARM_CONTAINER");
}

/// Terraform itself, where it is installed, must find nothing to format in the inputs, and read the values in them.
#[test]
fn terraform_agrees() {
    let terraform = |directory: &std::path::Path, arguments: &[&str], input: &str| {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .env("CHECKPOINT_DISABLE", "1")
            .current_dir(directory)
            .env_remove("TF_CLI_CONFIG_FILE");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("ended");
        Some((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    let inputs = json!({"node": "18", "$${": "%%{ $${ ${a}", "é": "é\u{2028}\u{1}", "for": {"if": null, "n": -1.5e-7}, "list": [[1], {"a": []}]});
    let namespace =
        json!({"service": {"name": "shop"}, "pipeline": {"inputs": inputs.clone()}, "service_instances": []});
    let context = RenderContext { namespace, ..RenderContext::default() };
    let part = render_part(&open_fixture("codebuild-service"), Part::PipelineInfrastructure, &context)
        .expect("rendered");
    let directory = std::env::temp_dir().join(format!("protium-inputs-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join(HCL_INPUTS_FILE), part.text(HCL_INPUTS_FILE).expect("text"))
        .expect("written");
    std::fs::write(directory.join("expected.json"), inputs.to_string()).expect("written");
    let variables = ["pipeline", "service", "service_instances"];
    let variables = variables.map(|name| format!("variable \"{name}\" {{ type = any }}\n")).concat();
    std::fs::write(directory.join("main.tf"), variables).expect("written");
    if let Some((is_formatted, difference)) =
        terraform(&directory, &["fmt", "-check", "-diff", HCL_INPUTS_FILE], "")
    {
        assert!(is_formatted, "{difference}");
        let question = "jsonencode(jsondecode(file(\"expected.json\"))) == jsonencode(var.pipeline.inputs)\n";
        let answer = terraform(&directory, &["console", "-var-file", HCL_INPUTS_FILE], question);
        assert_eq!(answer.expect("started").1.trim(), "true");
    }
    std::fs::remove_dir_all(&directory).expect("removed");
}

/// Any JSON that inputs may hold, with texts that mean something to HCL, shells and YAML.
fn inputs() -> impl Strategy<Value = Map<String, Value>> {
    let text = prop_oneof![
        "\\PC{0,12}",
        "[$%{}\"\\\\\\n\\r\\t \\x00-\\x08a]{0,12}",
        Just("${aws_vpc.id}".to_owned()),
        Just("%{ for x in y }".to_owned()),
        Just("for".to_owned()),
        Just("true".to_owned()),
        Just("\u{feff}\u{2028}".to_owned()),
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9_f64..1e9).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    let key = text;
    let value = scalar.prop_recursive(3, 24, 5, {
        let key = key.clone();
        move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key.clone(), inner), 0..5)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        }
    });
    prop::collection::vec((key, value), 0..6).prop_map(|pairs| pairs.into_iter().collect())
}

fn json_of(expression: &Expression) -> Value {
    match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(value) => Value::Bool(**value),
        Expression::Number(number) => number
            .as_i64()
            .map(Value::from)
            .or_else(|| number.as_u64().map(Value::from))
            .or_else(|| number.as_f64().map(Value::from))
            .expect("a number"),
        Expression::String(text) => Value::String(text.to_string()),
        Expression::Array(items) => items.iter().map(json_of).collect(),
        Expression::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key_of(key), json_of(value.expr()))).collect())
        }
        Expression::UnaryOp(operation) if *operation.operator.value() == UnaryOperator::Neg => {
            match json_of(&operation.expr) {
                Value::Number(number) => {
                    format!("-{number}").parse::<serde_json::Number>().map(Value::Number).expect("a number")
                }
                other => panic!("the negative of {other}"),
            }
        }
        other => panic!("not a constant: {other:?}"),
    }
}

fn key_of(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Ident(name) => name.to_string(),
        ObjectKey::Expression(Expression::String(text)) => text.to_string(),
        ObjectKey::Expression(other) => panic!("not a constant: {other:?}"),
    }
}

proptest! {
    #![proptest_config(properties(256))]

    /// Both forms of the input file give back exactly the values that went in, whatever they hold.
    #[test]
    fn inputs_come_back_as_they_went_in(inputs in inputs()) {
        let bundle = open_fixture("codebuild-service");
        let mut own = inputs.clone();
        own.insert("node".into(), "18".into());
        let namespace = json!({
            "service": {"name": "shop"},
            "pipeline": {"inputs": own.clone()},
            "service_instances": [{"name": "dev", "inputs": inputs, "outputs": {}, "environment": {"name": "beta"}}],
        });
        let context = RenderContext { namespace, ..RenderContext::default() };
        let part = render_part(&bundle, Part::PipelineInfrastructure, &context).expect("rendered");
        let text = part.text(HCL_INPUTS_FILE).expect("text");
        let body = parse_body(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut read = Map::new();
        for structure in &body {
            let Structure::Attribute(attribute) = structure else { panic!("a block in {text}") };
            read.insert(attribute.key.to_string(), json_of(&attribute.value));
        }
        prop_assert_eq!(&read["pipeline"]["inputs"], &Value::Object(own));
        prop_assert_eq!(&read["service_instances"][0]["inputs"], &Value::Object(inputs));
    }
}
