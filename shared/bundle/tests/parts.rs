//! Parts rendered as a whole, and the contexts that people try them with.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use protium_bundle::render::namespace::Outputs;
use protium_bundle::render::{EnvironmentValues, PreviewOptions, preview_context, previews};
use protium_bundle::{Part, RenderContext, render_cloudformation, render_part};
use serde_json::json;
use support::{open_fixture, template};

const SPEC: &str = "proton: ServiceSpec\ninstances:\n  - {name: dev, environment: beta, spec: {size: small}}\n  - {name: prod, environment: live, spec: {size: large}}\n";

fn outputs(pairs: &[(&str, &str)]) -> Outputs {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_cloudformation_part_is_its_template_under_its_own_name() {
    let bundle = open_fixture("environment");
    let namespace = json!({"environment": {"name": "beta", "inputs": {
        "vpc_cidr": "10.0.0.0/16", "flow_logs": false, "zones": ["a"]}}});
    let context = RenderContext { namespace: namespace.clone(), ..RenderContext::default() };
    let rendered = render_part(&bundle, Part::Infrastructure, &context);
    let (path, text) = template(&bundle, Part::Infrastructure);
    match render_cloudformation(&path, &text, &namespace) {
        Ok(expected) => {
            let rendered = rendered.expect("rendered");
            let name = path.rsplit('/').next().expect("a name");
            assert_eq!(rendered.text(name), Some(expected.as_str()));
            assert_eq!(rendered.files.len(), 1);
            assert!(!format!("{rendered:?}").contains("10.0.0.0"), "values belong in no log");
        }
        Err(expected) => assert_eq!(rendered.expect_err("refused too"), expected),
    }
}

#[test]
fn what_cannot_be_rendered_says_why() {
    let bundle = open_fixture("environment");
    let error = render_part(&bundle, Part::PipelineInfrastructure, &RenderContext::default());
    assert_eq!(
        error.expect_err("no such part").to_string(),
        "pipeline_infrastructure: the bundle has no such part. It has infrastructure."
    );
    let error = render_part(&bundle, Part::Infrastructure, &RenderContext::default());
    let error = error.expect_err("no namespace").to_string();
    assert!(error.starts_with("infrastructure: the namespace must be a JSON object"), "{error}");
}

#[test]
fn a_service_spec_gives_each_instance_and_the_pipeline() {
    let bundle = open_fixture("service");
    let options = PreviewOptions {
        name: Some("shop".into()),
        environment_outputs: EnvironmentValues {
            all: outputs(&[("SubnetId", "subnet-1")]),
            by_name: [("live".to_owned(), outputs(&[("SubnetId", "subnet-9")]))].into(),
        },
        instance_outputs: [("dev".to_owned(), outputs(&[("Url", "https://dev")]))].into(),
        ..PreviewOptions::default()
    };
    let previews = previews(&bundle, SPEC, &options).expect("a valid spec");
    let named: Vec<_> = previews.iter().map(|preview| (preview.part, preview.name.as_str())).collect();
    assert_eq!(named[..2], [(Part::InstanceInfrastructure, "dev"), (Part::InstanceInfrastructure, "prod")]);
    assert_eq!(named[2..], [(Part::PipelineInfrastructure, "shop")]);
    let prod = &previews[1].context;
    assert_eq!(prod.namespace["environment"]["outputs"]["SubnetId"], "subnet-9");
    assert_eq!(prod.namespace["service"]["repository_id"], "example/shop");
    let arn = "arn:aws:proton:us-east-1:123456789012:service/shop/service-instance/prod";
    assert_eq!(prod.resource_arn.as_deref(), Some(arn));
    assert_eq!(prod.tags["proton:service-instance"], arn);
    let pipeline = &previews[2].context;
    assert_eq!(pipeline.namespace["service_instances"][0]["outputs"], json!({"Url": "https://dev"}));
    assert_eq!(pipeline.namespace["service_instances"][0]["environment"]["outputs"]["SubnetId"], "subnet-1");
    assert!(pipeline.namespace.get("environment").is_none());
}

#[test]
fn a_wrong_spec_is_refused_as_a_whole() {
    let bundle = open_fixture("service");
    let spec = "proton: ServiceSpec\ninstances:\n  - {name: a, environment: e, spec: {size: huge}}\n  - {name: b, environment: e, spec: {sice: small}}\n";
    let problems = previews(&bundle, spec, &PreviewOptions::default()).expect_err("wrong");
    assert!(problems.iter().any(|problem| problem.path == "spec.instances[0].spec.size"), "{problems:?}");
    assert!(
        problems.iter().any(|problem| problem.path.starts_with("spec.instances[1].spec")),
        "{problems:?}"
    );
}

/// Nothing is stored on an author's desk, and the words for the current value aren't a value.
#[test]
fn current_values_are_refused_where_nothing_is_stored() {
    let bundle = open_fixture("service");
    let spec = "proton: ServiceSpec\ninstances:\n  - {name: a, environment: e, spec: {size: '${Proton::CURRENT_VAL}'}}\n";
    let problems = previews(&bundle, spec, &PreviewOptions::default()).expect_err("nothing is stored");
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("asks for the current value"), "{said:?}");
}

#[test]
fn a_whole_tree_keeps_the_tags_and_the_arn_that_stand_beside_it() {
    let bundle = open_fixture("service");
    let tree = json!({
        "environment": {"name": "beta", "account_id": "999900001111", "outputs": {}},
        "service": {"name": "shop"},
        "service_instance": {"name": "dev", "inputs": {}},
    });
    let context = preview_context(&bundle, Part::InstanceInfrastructure, tree.clone());
    assert_eq!(context.tags["proton:account"], "999900001111");
    assert_eq!(context.namespace, tree);
    let mut with_facts = tree.clone();
    with_facts["proton_tags"] = json!({"proton:account": "1"});
    with_facts["//"] = json!("arn:mine");
    let context = preview_context(&bundle, Part::InstanceInfrastructure, with_facts);
    assert_eq!(context.tags.len(), 1);
    assert_eq!(context.resource_arn.as_deref(), Some("arn:mine"));
    assert_eq!(context.namespace, tree);
}

#[test]
fn outputs_are_read_in_the_forms_that_people_have() {
    let all = EnvironmentValues { all: outputs(&[("A", "1"), ("B", "[\"x\"]")]), ..Default::default() };
    for value in [
        json!({"A": 1, "B": ["x"]}),
        json!({"outputs": [{"key": "A", "valueString": "1"}, {"key": "B", "valueString": "[\"x\"]"}]}),
        json!({"Stacks": [{"Outputs": [
            {"OutputKey": "A", "OutputValue": "1"}, {"OutputKey": "B", "OutputValue": "[\"x\"]"}]}]}),
    ] {
        assert_eq!(EnvironmentValues::from_json(&value).as_ref(), Ok(&all), "{value}");
    }
    let named = EnvironmentValues::from_json(&json!({"beta": {"A": "1"}, "Z": "all"})).expect("both forms");
    assert_eq!(named.by_name["beta"], outputs(&[("A", "1")]));
    assert_eq!(named.all, outputs(&[("Z", "all")]));
    for value in [json!("text"), json!([1]), json!([{"key": "A"}])] {
        assert!(EnvironmentValues::from_json(&value).is_err(), "{value}");
    }
}
