//! Terraform parts: syntax, collisions with what is generated, and text made to hurt the parser.

#![allow(clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use protium_bundle::{BundleKind, ExamineOptions, Files, examine};
use rstest::rstest;
use support::messages;

fn said(name: &str, text: &str) -> String {
    let schema =
        "schema: {format: {openapi: 3.0.0}, environment_input_type: In, types: {In: {type: object}}}";
    let manifest = "infrastructure:\n  templates:\n    - {file: '*', rendering_engine: hcl, template_language: terraform}\n";
    let variables = ["a", "c", "d", "m", "x"].map(|name| format!("variable \"{name}\" {{}}\n")).concat();
    let files = [
        ("schema/schema.yaml", schema),
        ("infrastructure/manifest.yaml", manifest),
        ("infrastructure/outputs.tf", &format!("output \"a\" {{\n  value = 1\n}}\n{variables}")),
        (name, text),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let files = Files::from_entries(files.to_vec()).expect("within the limits");
    messages(&examine(BundleKind::Environment, files, &ExamineOptions::default()).problems)
}

#[rstest]
#[case(
    "infrastructure/main.tf",
    "resource \"a\" \"b\" {\n  c = \n}\n",
    "infrastructure/main.tf:2:7: not valid Terraform: "
)]
#[case(
    "infrastructure/main.tf",
    "resource \"a\" \"b\" {\n",
    "infrastructure/main.tf:1:19: not valid Terraform: "
)]
#[case(
    "infrastructure/main.tf",
    "\nvariable \"environment\" {\n}\n",
    "infrastructure/main.tf:2:1: the variable `environment` is declared by Protium beside this file. Remove the declaration; Terraform refuses a second one."
)]
#[case(
    "infrastructure/main.tf",
    "variable \"proton_tags\" {}\n",
    "infrastructure/main.tf:1:1: the variable `proton_tags`"
)]
#[case(
    "infrastructure/proton.environment.variables.tf",
    "",
    "infrastructure/proton.environment.variables.tf: a file of this name is generated at deployment. Rename it."
)]
#[case(
    "infrastructure/proton.auto.tfvars.json",
    "{}",
    "infrastructure/proton.auto.tfvars.json: a file of this name is generated at deployment. Rename it."
)]
#[case(
    "infrastructure/main.tf",
    "locals {\n  a = {\n    proton:environment = 1\n  }\n}\n",
    "infrastructure/main.tf:3:24: warning: Terraform will refuse the key `proton:environment`. Quote it: `\"proton:environment\"`."
)]
#[case(
    "infrastructure/main.tf",
    "locals {\n  a = { b = 1, b = 2 }\n}\n",
    "infrastructure/main.tf:2:16: warning: the object has this key already; the last one counts"
)]
fn what_would_fail_in_terraform_is_named(#[case] name: &str, #[case] text: &str, #[case] expected: &str) {
    let said = said(name, text);
    assert!(said.starts_with(expected), "{said}");
    assert!(!said.contains('\n'), "one problem: {said}");
}

#[rstest]
#[case("variable \"service\" {}\n")] // Only services have it.
#[case("locals {\n  a = <<-EOT\n    ${jsonencode({ b = [for k, v in var.x : k if v] })}\n  EOT\n}\n")]
#[case("locals {\n  a = \"${var.a != \"\" ? \"x-${var.a}\" : \"y\"}\"\n}\n")]
#[case("locals {\n  a = aws_x.b.*.id\n  c = aws_x.b[*].id\n  d = aws_x.b.0.id\n  e = var.m[\"k\"].z\n}\n")]
#[case("locals {\n  a = {\n    \"b\" : 1, c = 2\n    (var.d) = 3\n  }\n}\n")]
#[case("locals {\n  a = [\n    1,\n    2, # two\n    // three\n  ]\n  b = f(a,\n    b...)\n}\n")]
#[case("resource \"a\" \"b\" { count = 1 }\n/* c */\nmodule m {}\n")]
#[case("locals {\n  a = \"%{ if var.x ~}yes%{ else }no%{ endif }\"\n  b = \"$${c} %%{d} $e\"\n}\n")]
#[case("locals {\n  a = (\n    var.x\n    ? 1\n    : 2\n  )\n  b = !var.c && -1 < 2 || var.d % 2 == 0\n}\n")]
#[case("locals {\n  a = {for k, v in var.x : k => v... if v != null}\n}\n")]
#[case("locals {\n  a = <<EOT\n$x \"q\" ${\"\\\"\"}\nEOT\n  b = provider::time::f(1)\n}\n")]
#[case("")]
#[case("# only a comment")]
#[case("\u{feff}locals {\r\n  a = 1\r\n}\r\n")]
fn good_terraform_is_left_alone(#[case] text: &str) {
    assert_eq!(said("infrastructure/main.tf", text), "");
}

#[rstest]
#[case::parentheses("a = ", "(", 100_000)]
#[case::unclosed_within_the_limit("a = ", "(", 39)]
#[case::lists("a = ", "[", 39)]
#[case::objects("a = ", "{a=", 39)]
#[case::templates("a = ", "\"${", 39)]
#[case::negations("a = ", "!", 100_000)]
#[case::minuses("a = ", "-", 100_000)]
#[case::sums("a = 1", "+1", 50_000)]
#[case::conditionals("a = b", " ? c : d", 20_000)]
#[case::conditionals_within_the_limit("a = b", " ? c : d", 1_000)]
#[case::members("a = b", ".c", 90_000)]
#[case::indexes("a = b", "[0]", 60_000)]
#[case::blocks("", "a {\n", 39)]
#[case::heredocs("a = ", "<<A\n", 40_000)]
#[case::directives("a = \"", "%{ if a }", 20_000)]
#[case::comments("", "/*", 90_000)]
fn text_made_to_hurt_is_answered_in_time(#[case] begin: &str, #[case] more: &str, #[case] times: usize) {
    let started = Instant::now();
    let _ = said("infrastructure/main.tf", &format!("{begin}{}", more.repeat(times)));
    let _ = said("infrastructure/main.tf", &format!("{begin}{}\n", more.repeat(times)));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(support::properties(200))]

    #[test]
    fn no_text_makes_it_panic(text in "[-a{}()\\[\\]\"$%!?:=.,<\n #/*0-9]{0,150}") {
        let _ = said("infrastructure/main.tf", &text);
    }
}
