//! References of Terraform code to variables and members that aren't there.

#![allow(clippy::expect_used)]

mod support;

use protium_bundle::{BundleKind, EnvironmentOutputs, ExamineOptions, Files, examine};
use rstest::rstest;
use support::messages;

const SCHEMA: &str = "schema:\n  format: {openapi: 3.0.0}\n  service_input_type: In\n  types:\n    In:\n      type: object\n      properties:\n        \
    size: {type: string, default: small}\n        ports: {type: array, items: {type: object, properties: {from: {type: number}}}, default: []}\n";

/// All that is said about a service bundle with these files of its instances; paths are shown without the directory.
fn said(files: &[(&str, &str)]) -> String {
    let own = files
        .iter()
        .map(|(name, text)| (format!("instance_infrastructure/{name}"), text.as_bytes().to_vec()));
    let schema = ("schema/schema.yaml".to_owned(), SCHEMA.into());
    let files = Files::from_entries(own.chain([schema])).expect("within the limits");
    let environment = EnvironmentOutputs { environment: "net:1".into(), outputs: vec!["VpcId".into()] };
    let options = ExamineOptions { customer_managed: true, environments: vec![environment] };
    messages(&examine(BundleKind::Service, files, &options).problems).replace("instance_infrastructure/", "")
}

fn terraform(text: &str) -> String {
    let manifest = "infrastructure:\n  templates:\n    - {file: '*', rendering_engine: hcl, template_language: terraform}\n";
    let variables = "variable \"region\" {\n  default = \"eu-west-1\"\n}\n";
    said(&[("manifest.yaml", manifest), ("variables.tf", variables), ("main.tf", text)])
}

#[rstest]
#[case(
    "locals { a = var.service_instance.inputs.sise }",
    "main.tf:1:14: `var.service_instance.inputs.sise`: the schema has no input `sise`. Did you mean `size`?"
)]
#[case(
    "locals { a = \"x-${var.service_instance[\"inputs\"][\"sise\"]}\" }",
    "main.tf:1:19: `var.service_instance.inputs.sise`: the schema has no input `sise`. Did you mean `size`?"
)]
#[case(
    "locals { a = var.flag ? var.service.nam : null }",
    "main.tf:1:14: the variable `flag` is declared neither by Protium nor in the part's files. There are `environment`, `proton_tags`, `service`, `service_instance`, `region`.\n\
     main.tf:1:25: warning: `var.service.nam` doesn't exist in instance_infrastructure. Did you mean `name`?"
)]
#[case(
    "resource \"a\" \"b\" {\n  count = 0\n  c     = var.service_instance.inputs.ports[0].to\n}",
    "main.tf:3:11: warning: `var.service_instance.inputs.ports[…].to` doesn't exist in instance_infrastructure. There are `from`."
)]
#[case(
    "locals { a = var.environment.outputs.VpcID }",
    "main.tf:1:14: warning: `var.environment.outputs.VpcID`: no compatible environment gives the output `VpcID`. Did you mean `VpcId`?"
)]
#[case(
    "locals { a = var.environment.inputs.x }",
    "main.tf:1:14: `var.environment.inputs` doesn't exist in instance_infrastructure: services don't see the inputs of their environment. Give the value as an output of the environment template and read `environment.outputs`."
)]
#[case(
    "locals { a = var.service_instance.environment.name }",
    "main.tf:1:14: `var.service_instance.environment` doesn't exist in instance_infrastructure. There are `components`, `inputs`, `name`."
)]
fn terraform_is_told_of_variables_and_members_that_are_not_there(#[case] text: &str, #[case] problems: &str) {
    assert_eq!(terraform(text), problems);
}

#[rstest]
#[case(
    "locals { a = [var.region, var.proton_tags[\"x\"], var.service.branch_name, var.service_instance.name] }"
)]
#[case("locals { a = var.service_instance.inputs.ports[*].from }")]
#[case("locals { a = var.service_instance.components.default.outputs.Arn }")]
#[case("locals { a = try(var.service_instance.inputs.other, can(var.nope)) }")]
#[case("locals { a = lookup(var.service_instance.inputs, \"other\", 1) }")]
#[case("locals { a = var.service_instance.inputs[local.key] }")]
#[case("locals { a = data.x.var.nope }")]
fn terraform_that_is_right_is_left_alone(#[case] text: &str) {
    assert_eq!(terraform(text), "");
}

/// What a file that can't be read may declare isn't known.
#[test]
fn no_variable_is_missed_beside_a_malformed_file() {
    let said = terraform("locals { a = var.flag }\nvariable \"flag\" {\n");
    assert_eq!(said.lines().count(), 1, "{said}");
}
