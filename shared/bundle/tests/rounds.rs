//! An author hears everything in one round: what is wrong in one place doesn't hide what is wrong in another.

#![allow(clippy::expect_used)]

mod support;

use protium_bundle::{BundleKind, ExamineOptions, Files, examine};
use rstest::rstest;
use support::messages;

const SIZE: &str = "size: {type: string, default: small}";
const COUNT: &str = "count: {type: integer, default: 2}";

/// All that is said about an environment bundle with these inputs and this template.
fn said(properties: &str, template: &str) -> String {
    let schema = format!(
        "schema:\n  format: {{openapi: 3.0.0}}\n  environment_input_type: In\n  types:\n    In:\n      type: object\n      properties: {{{properties}}}\n"
    );
    said_of(&schema, template)
}

fn said_of(schema: &str, template: &str) -> String {
    let manifest = "infrastructure:\n  templates:\n    - {file: t.yaml, rendering_engine: jinja, template_language: cloudformation}\n";
    said_of_all(schema, manifest, template)
}

fn said_of_all(schema: &str, manifest: &str, template: &str) -> String {
    let files = [
        ("schema/schema.yaml", schema),
        ("infrastructure/manifest.yaml", manifest),
        ("infrastructure/t.yaml", template),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let files = Files::from_entries(files.to_vec()).expect("within the limits");
    messages(&examine(BundleKind::Environment, files, &ExamineOptions::default()).problems)
}

/// A template whose topic has this name, with these lines behind it.
fn template(name: &str, rest: &str) -> String {
    format!(
        "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: {name}\n{rest}"
    )
}

const NO_INPUT: &str = "infrastructure/t.yaml:5:21: `environment.inputs.sise`: the schema has no input `sise`. Did you mean `size`?";
const NO_TOPIC: &str = "`Ref` names `Nope`, which is neither a resource nor a parameter of the template. The template has `Topic`.";

#[test]
fn a_missing_input_hides_nothing_of_the_structure() {
    let rest = "Mapping: {}\nOutputs:\n  A: {Value: !Ref Nope}\n";
    let said = said(SIZE, &template("{{ environment.inputs.sise }}", rest));
    let section = "infrastructure/t.yaml:6:1: a template has no section `Mapping`. Did you mean `Mappings`?";
    assert_eq!(said, format!("{NO_INPUT}\n{section}\ninfrastructure/t.yaml:8:14: {NO_TOPIC}"));
}

/// What stands in isn't judged, nor what may be named like it.
#[rstest]
#[case("!Ref {{ environment.inputs.sise }}", "")]
#[case("!GetAtt {{ environment.inputs.sise }}.Arn", "")]
#[case(
    "x",
    "  {{ environment.inputs.sise }}Queue:\n    Type: AWS::SQS::Queue\nOutputs:\n  A: {Value: !Ref BigQueue}\n"
)]
#[case(
    "x",
    "{% for n in environment.inputs.sise %}\n  Q{{ n }}:\n    Type: AWS::SQS::Queue\n{% endfor %}\nOutputs:\n  A: {Value: !Ref Q1}\n"
)]
fn nothing_is_made_up_about_what_stands_in(#[case] name: &str, #[case] rest: &str) {
    let said = said(SIZE, &template(name, rest));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("the schema has no input `sise`. Did you mean `size`?"), "{said}");
}

/// A condition that isn't there leaves open which way the template takes, so what else is found is a warning.
#[test]
fn a_condition_on_a_missing_input_makes_the_rest_milder() {
    let rest = "{% if environment.inputs.sise %}\n  A: {}\n{% endif %}\nOutputs:\n  A: {Value: !Ref Nope}\n";
    let said = said(SIZE, &template("x", rest));
    assert!(said.contains(&format!("warning: {NO_TOPIC}")), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

/// Whatever is wrong with the schema, what could be read of it is known.
#[rstest]
#[case::default("count: {type: integer, default: two}")]
#[case::kind("count: {type: int}")]
#[case::pattern("count: {type: string, pattern: '(['}")]
#[case::keyword("count: {type: string, oneOf: []}")]
fn a_wrong_schema_hides_no_reference(#[case] wrong: &str) {
    let name =
        "{{ environment.inputs.sise }}{{ environment.inputs.count }}{{ environment.inputs.count.any }}";
    let said = said(&format!("{SIZE}, {wrong}"), &template(name, "Outputs:\n  A: {Value: !Ref Nope}\n"));
    assert!(said.starts_with(&format!("{NO_INPUT}\ninfrastructure/t.yaml:7:14: {NO_TOPIC}\n")), "{said}");
    assert_eq!(said.lines().count(), 3, "{said}");
}

/// Of a schema that says nothing, no input is missed; names at the top are.
#[rstest]
#[case::unreadable("schema: [")]
#[case::empty("")]
#[case::without_type(
    "schema:\n  format: {openapi: 3.0.0}\n  environment_input_type: Inn\n  types: {In: {type: object}}\n"
)]
fn a_schema_that_says_nothing_hides_no_structure(#[case] schema: &str) {
    let name = "{{ environment.inputs.size }}{{ enviroment.name }}";
    let said = said_of(schema, &template(name, "Outputs:\n  A: {Value: !Ref Nope}\n"));
    let root = "infrastructure/t.yaml:5:50: `enviroment` doesn't exist in infrastructure. Did you mean `environment`?";
    assert!(said.starts_with(&format!("{root}\ninfrastructure/t.yaml:7:14: {NO_TOPIC}\n")), "{said}");
    assert!(!said.contains("environment.inputs"), "{said}");
}

/// Neither does a manifest, as long as it says what is rendered.
#[test]
fn a_wrong_manifest_hides_no_reference() {
    let schema =
        "schema:\n  format: {openapi: 3.0.0}\n  environment_input_type: In\n  types: {In: {type: object}}\n";
    let manifest =
        "infrastructure:\n  templates:\n    - {file: t.yaml, rendering_engine: jinja, colour: red}\n";
    let said = said_of_all(schema, manifest, &template("{{ environment.nam }}", ""));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines[0].starts_with("infrastructure/manifest.yaml:3:7: the key `template_language` is missing"),
        "{said}"
    );
    assert!(lines[1].starts_with("infrastructure/manifest.yaml:3:47: the key `colour` is unknown"), "{said}");
    assert!(lines[2].starts_with("infrastructure/t.yaml:5:21: `environment.nam` doesn't exist"), "{said}");
}

#[test]
fn a_sound_bundle_is_given_no_stand_ins() {
    let name = "{{ environment.inputs.size }}{{ environment.inputs.count }}";
    assert_eq!(said(&format!("{SIZE}, {COUNT}"), &template(name, "")), "");
}
