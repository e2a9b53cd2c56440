//! Inputs as a stack's own parameters.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use protium_bundle::render::parameters::FILE;
use protium_bundle::render::{EnvironmentValues, PreviewOptions, previews};
use protium_bundle::{
    Bundle, BundleKind, ExamineOptions, Files, Part, RenderContext, RenderError, RenderedPart, examine,
    render_part,
};
use rstest::rstest;
use serde_json::{Value, json};
use support::{assert_golden_files, fixture, messages, read_directory};

const SPEC: &str =
    "proton: ServiceSpec\ninstances:\n  - {name: dev, environment: beta, spec: {Password: hunter2hunter2}}\n";
const TEMPLATE: &str = "instance_infrastructure/database.yaml";

/// The fixture with one text replaced in a file.
fn edited(path: &str, from: &str, to: &str) -> Files {
    let entries = read_directory(&fixture("native-service")).into_iter().map(|(name, bytes)| {
        if name != path {
            return (name, bytes);
        }
        let text = String::from_utf8(bytes).expect("text");
        assert!(text.contains(from), "{path} has no {from:?}");
        (name, text.replacen(from, to, 1).into_bytes())
    });
    Files::from_entries(entries).expect("files")
}

fn judged(files: Files) -> (String, Option<Bundle>) {
    let options = ExamineOptions { customer_managed: true, ..ExamineOptions::default() };
    let examination = examine(BundleKind::Service, files, &options);
    (messages(&examination.problems), examination.bundle)
}

fn bundle() -> Bundle {
    judged(edited(TEMPLATE, "", "")).1.expect("a good bundle")
}

fn rendered(bundle: &Bundle, spec: &str) -> Result<RenderedPart, RenderError> {
    let all = [("VpcId".to_owned(), "vpc-1".to_owned())].into();
    let options = PreviewOptions {
        environment_outputs: EnvironmentValues { all, ..EnvironmentValues::default() },
        ..PreviewOptions::default()
    };
    let preview = previews(bundle, spec, &options).expect("a valid spec").remove(0);
    render_part(bundle, preview.part, &preview.context)
}

#[test]
fn inputs_of_the_names_of_parameters_are_passed() {
    let (problems, bundle) = judged(edited(TEMPLATE, "", ""));
    assert_eq!(problems, "");
    let part = rendered(&bundle.expect("a bundle"), SPEC).expect("rendered");
    assert_golden_files("native-service", &part.files);
    let passed: Vec<_> =
        part.parameters.iter().map(|parameter| (parameter.name.as_str(), parameter.value.as_str())).collect();
    let expected = [
        ("Password", "hunter2hunter2"),
        ("Name", "orders: main"),
        ("Storage", "20"),
        ("Ratio", "0.5"),
        ("MultiZone", "true"),
        ("Subnets", "subnet-1,subnet-2"),
        ("Ports", "5432,5433"),
    ];
    assert_eq!(passed, expected, "in the template's order; `Zone` and `Vpc` keep their defaults");
    let secrets: Vec<_> = part.parameters.iter().filter(|parameter| parameter.no_echo).collect();
    assert!(matches!(secrets[..], [secret] if secret.name == "Password"));
    assert!(!format!("{part:?}").contains("hunter2"), "{part:?}");
}

#[test]
fn a_given_input_replaces_the_default_of_its_parameter() {
    let spec = SPEC.replace("hunter2hunter2}", "hunter2hunter2, Zone: b, Subnets: []}");
    let part = rendered(&bundle(), &spec).expect("rendered");
    let value = |name: &str| {
        part.parameters.iter().find(|parameter| parameter.name == name).expect("passed").value.clone()
    };
    assert_eq!((value("Zone").as_str(), value("Subnets").as_str()), ("b", ""));
}

#[test]
fn without_the_manifests_word_nothing_is_passed() {
    let files = edited(
        "instance_infrastructure/manifest.yaml",
        "native_parameters: true",
        "native_parameters: false",
    );
    let (problems, _) = judged(files.clone());
    assert!(problems.contains("nobody gives the parameter `Password` a value"), "{problems}");
    let options = protium_bundle::OpenOptions { customer_managed: true };
    let bundle = Bundle::open(BundleKind::Service, files, options).expect("older rules");
    let part = rendered(&bundle, SPEC).expect("rendered");
    assert_eq!((part.parameters.len(), part.files.contains_key(FILE)), (0, false));
}

#[rstest]
#[case::nobody_gives_it("    Default: a\n", "", "nobody gives the parameter `Zone` a value")]
#[case::list_for_text(
    "Type: CommaDelimitedList",
    "Type: String",
    "`Ports` is a list, but the parameter of this name has the type String"
)]
#[case::no_such_input(
    "  Zone:\n    Type: String\n    Default: a",
    "  Zome:\n    Type: String",
    "nobody gives the parameter `Zome` a value"
)]
fn what_cannot_be_passed_is_refused(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    let options = protium_bundle::OpenOptions { customer_managed: true };
    let bundle = Bundle::open(BundleKind::Service, edited(TEMPLATE, from, to), options).expect("older rules");
    let error = rendered(&bundle, SPEC).expect_err("refused").to_string();
    assert!(
        error.starts_with("instance_infrastructure/database.yaml: ") && error.contains(expected),
        "{error}"
    );
}

#[rstest]
#[case::comma(json!(["a,b"]), "a text with a comma")]
#[case::nested(json!([["a"]]), "more than texts and numbers")]
#[case::mapping(json!({"a": 1}), "a mapping")]
fn values_that_no_parameter_can_take_are_refused(#[case] value: Value, #[case] expected: &str) {
    let bundle = bundle();
    let preview = previews(&bundle, SPEC, &PreviewOptions::default()).expect("a valid spec").remove(0);
    let mut context: RenderContext = preview.context;
    context.namespace["environment"]["outputs"] = json!({"VpcId": "v"});
    context.namespace["service_instance"]["inputs"]["Ports"] = value;
    let error =
        render_part(&bundle, Part::InstanceInfrastructure, &context).expect_err("refused").to_string();
    assert!(error.contains("`Ports`") && error.contains(expected), "{error}");
}

#[rstest]
#[case::nobody_gives_it(
    "  Zone:\n    Type: String\n    Default: a",
    "  Zome:\n    Type: String",
    "database.yaml:19:3: nobody gives the parameter `Zome` a value"
)]
#[case::may_be_missing(
    "    Default: a\n",
    "",
    "database.yaml:19:3: specs needn't give the input `Zone`, and the parameter has no `Default`"
)]
#[case::list_for_text(
    "Type: CommaDelimitedList",
    "Type: String",
    "database.yaml:17:3: the input `Ports` is a list"
)]
#[case::flag_for_number(
    "MultiZone:\n    Type: String",
    "MultiZone:\n    Type: Number",
    "database.yaml:12:3: the input `MultiZone` is true or false"
)]
fn registration_refuses_what_no_spec_could_pass(
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: &str,
) {
    let (problems, bundle) = judged(edited(TEMPLATE, from, to));
    assert!(problems.contains(expected), "{problems}");
    assert!(bundle.is_none());
}

#[test]
fn a_manifest_says_only_yes_or_no() {
    let manifest = "instance_infrastructure/manifest.yaml";
    for (to, expected) in [
        ("native_parameters: some", "manifest.yaml:6:26: `native_parameters` must be true or false"),
        ("native_parameter: true", "manifest.yaml:6:7: the key `native_parameter` is unknown"),
    ] {
        let (problems, _) = judged(edited(manifest, "native_parameters: true", to));
        assert!(problems.contains(expected), "{problems}");
    }
}

/// A template may be JSON, and a section may be missing.
#[rstest]
#[case::json("{\n\t\"Parameters\": {\"Zone\": {\"Type\": \"String\"}},\n\t\"Resources\": {}\n}", &["Zone"])]
#[case::none("Resources: {}\n", &[])]
#[case::empty("Parameters:\nResources: {}\n", &[])]
fn other_forms_of_templates_are_read(#[case] template: &str, #[case] expected: &[&str]) {
    let entries = read_directory(&fixture("native-service")).into_iter().map(|(name, bytes)| {
        let bytes = if name == TEMPLATE { template.as_bytes().to_vec() } else { bytes };
        (name, bytes)
    });
    let options = protium_bundle::OpenOptions { customer_managed: true };
    let files = Files::from_entries(entries).expect("files");
    let bundle = Bundle::open(BundleKind::Service, files, options).expect("older rules");
    let part =
        rendered(&bundle, &SPEC.replace("hunter2hunter2}", "hunter2hunter2, Zone: b}")).expect("rendered");
    let passed: Vec<_> = part.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(passed, expected);
}
