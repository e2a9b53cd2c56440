//! The rules for minor versions, one line each (behaviour 4.8).

#![allow(clippy::expect_used, clippy::panic)]

use protium_bundle::compatibility::{Change, Verdict, compare, compare_bundles, compare_part};
use protium_bundle::{Bundle, BundleKind, CompatibilityPolicy, ExamineOptions, Files, Part, Schema, examine};

fn schema(properties: &str, required: &str, pipeline: bool) -> Schema {
    let pipeline_key = if pipeline { "pipeline_input_type: P, " } else { "" };
    let text = format!(
        "schema: {{format: {{openapi: 3.0.0}}, {pipeline_key}service_input_type: A, types: {{P: {{type: object}}, \
         A: {{type: object, properties: {{{properties}}}, required: [{required}]}}}}}}"
    );
    Schema::parse(&text, BundleKind::Service).unwrap_or_else(|problems| panic!("{text}\n{problems:?}"))
}

#[test]
fn each_change_has_its_verdict() {
    use Verdict::{Fails as Fail, Fine as Pass, Warns as Warn};
    for (old, old_required, new, new_required, expected) in [
        ("a: {type: string, default: x}", "", "a: {type: string, default: x}", "", None),
        ("a: {type: string}", "", "a: {type: string, title: T}", "", Some((Pass, "a: the title changes"))),
        ("a: {type: string}", "", "", "", Some((Fail, "a: the input is removed or renamed"))),
        (
            "a: {type: string}",
            "",
            "a: {type: number}",
            "",
            Some((Fail, "a: the type changes from string to number")),
        ),
        ("a: {type: integer}", "", "a: {type: number}", "", Some((Pass, "integer to number"))),
        ("a: {type: number}", "", "a: {type: integer}", "", Some((Fail, "number to integer"))),
        (
            "a: {type: array, items: {type: string}}",
            "",
            "a: {type: array, items: {type: number}}",
            "",
            Some((Fail, "a[]: the type changes")),
        ),
        ("", "", "a: {type: string}", "a", Some((Fail, "a: a new input is required and has no default"))),
        ("", "", "a: {type: string, default: x}", "a", Some((Pass, "a: a new input"))),
        ("", "", "a: {type: string}", "", Some((Pass, "a: a new input"))),
        ("a: {type: string}", "", "a: {type: string}", "a", Some((Fail, "a: the input becomes required"))),
        ("a: {type: string}", "a", "a: {type: string}", "", Some((Pass, "need not be given"))),
        (
            "a: {type: string, default: x}",
            "",
            "a: {type: string, default: y}",
            "",
            Some((Warn, "the default changes")),
        ),
        (
            "a: {type: string, default: x}",
            "",
            "a: {type: string}",
            "",
            Some((Warn, "the default \"x\" is removed")),
        ),
        (
            "a: {type: string, enum: [x, y]}",
            "",
            "a: {type: string, enum: [x]}",
            "",
            Some((Warn, "\"y\" is no longer")),
        ),
        (
            "a: {type: string, enum: [x]}",
            "",
            "a: {type: string, enum: [x, y]}",
            "",
            Some((Pass, "\"y\" is allowed")),
        ),
        ("a: {type: string}", "", "a: {type: string, enum: [x]}", "", Some((Warn, "only listed values"))),
        (
            "a: {type: number, maximum: 9}",
            "",
            "a: {type: number, maximum: 5}",
            "",
            Some((Warn, "`maximum` changes from 9 to 5")),
        ),
        ("a: {type: number, maximum: 5}", "", "a: {type: number, maximum: 9}", "", Some((Pass, "`maximum`"))),
        ("a: {type: number, minimum: 5}", "", "a: {type: number, minimum: 6}", "", Some((Warn, "`minimum`"))),
        ("a: {type: number, minimum: 5}", "", "a: {type: number}", "", Some((Pass, "from 5 to none"))),
        ("a: {type: string}", "", "a: {type: string, maxLength: 5}", "", Some((Warn, "from none to 5"))),
        (
            "a: {type: string}",
            "",
            "a: {type: string, pattern: x}",
            "",
            Some((Warn, "`pattern` becomes \"x\"")),
        ),
        ("a: {type: string, pattern: x}", "", "a: {type: string}", "", Some((Pass, "`pattern` is removed"))),
    ] {
        let changes = compare(&schema(old, old_required, false), &schema(new, new_required, false));
        match expected {
            None => assert!(changes.is_empty(), "{old} -> {new}\n{changes:?}"),
            Some((verdict, text)) => {
                let found = changes
                    .iter()
                    .any(|change| change.verdict == verdict && change.to_string().contains(text));
                assert!(found, "{old} -> {new}\n{changes:?}");
                // Fail is only said where it is expected.
                assert!(
                    changes.iter().all(|change| change.verdict <= verdict),
                    "{old} -> {new}\n{changes:?}"
                );
            }
        }
    }
}

#[test]
fn adding_or_removing_the_pipeline_breaks() {
    for (old, new) in [(true, false), (false, true)] {
        let changes = compare(&schema("", "", old), &schema("", "", new));
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].verdict, changes[0].path.as_str()), (Verdict::Fails, "pipeline"));
    }
}

#[test]
fn the_registration_file_moves_the_line() {
    let old = schema("a: {type: string}, b: {type: string, default: x}", "", false);
    let new = schema("b: {type: string, default: y}, c: {type: string}", "", false);
    let outcome = |policy| {
        let problems: Vec<_> =
            compare(&old, &new).iter().filter_map(|change| change.problem(policy)).collect();
        (problems.iter().filter(|p| p.is_error()).count(), problems.len())
    };
    // One breaking change, one doubtful one; the new optional input is no problem at all.
    assert_eq!(outcome(CompatibilityPolicy::Default), (1, 2));
    assert_eq!(outcome(CompatibilityPolicy::Strict), (2, 2));
    assert_eq!(outcome(CompatibilityPolicy::Off), (0, 2));
}

#[test]
fn a_change_says_what_where_and_why() {
    let old = schema("a: {type: string}", "", false);
    let changes = compare(&old, &schema("a: {type: number}", "", false));
    assert_eq!(
        serde_json::to_value(&changes).expect("data"),
        serde_json::json!([{
            "path": "a",
            "kind": "type",
            "verdict": "fails",
            "message": "the type changes from string to number",
            "why": "specs that give it as text become invalid",
            "file": "schema/schema.yaml",
            "line": 1,
        }])
    );
    assert_eq!(Verdict::Warns.under(CompatibilityPolicy::Strict), Verdict::Fails);
    assert_eq!(Verdict::Fails.under(CompatibilityPolicy::Off), Verdict::Warns);
    assert_eq!(Verdict::Fine.under(CompatibilityPolicy::Strict), Verdict::Fine);
}

/// An environment bundle with these files below `infrastructure`.
fn environment(manifest: &str, name: &str, text: &str) -> Bundle {
    let schema = "schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object}}}";
    let manifest = format!("infrastructure: {{templates: [{{{manifest}}}]}}");
    let files = [
        ("schema/schema.yaml".to_owned(), schema.to_owned()),
        ("infrastructure/manifest.yaml".to_owned(), manifest),
        (format!("infrastructure/{name}"), text.to_owned()),
    ];
    let files = Files::from_entries(files).expect("within the limits");
    let examination = examine(BundleKind::Environment, files, &ExamineOptions::default());
    examination.bundle.unwrap_or_else(|| panic!("{:?}", examination.problems))
}

fn cloudformation(outputs: &str) -> Bundle {
    let manifest = "file: t.yaml, rendering_engine: jinja, template_language: cloudformation";
    let text = format!("Resources: {{T: {{Type: 'AWS::SNS::Topic'}}}}\nOutputs: {{{outputs}}}\n");
    environment(manifest, "t.yaml", &text)
}

fn terraform(text: &str) -> Bundle {
    environment("file: '*', rendering_engine: hcl, template_language: terraform", "main.tf", text)
}

#[test]
fn outputs_and_methods_are_compared_too() {
    let said = |old: &Bundle, new: &Bundle| {
        let shown =
            |change: &Change| format!("{:?} {:?} {change} ({})", change.verdict, change.kind, change.file);
        compare_bundles(old, new).iter().map(shown).collect::<Vec<_>>().join("\n")
    };
    let one = cloudformation("Vpc: {Value: 1}, Zone: {Value: 2}");
    assert_eq!(said(&one, &one), "");
    assert_eq!(
        said(&one, &cloudformation("Vpc: {Value: 3}, Zones: {Value: 2}")),
        "Warns OutputRemoved outputs.Zone: the output of infrastructure is removed or renamed (infrastructure/t.yaml)\n\
         Fine OutputAdded outputs.Zones: the output of infrastructure is new (infrastructure/t.yaml)"
    );
    assert_eq!(
        said(&one, &terraform("output \"Vpc\" {\n  value = 1\n}\n")),
        "Warns Method infrastructure: the provisioning method changes from CloudFormation to Terraform (infrastructure/manifest.yaml)\n\
         Warns OutputRemoved outputs.Zone: the output of infrastructure is removed or renamed (infrastructure)"
    );
    let unknown = cloudformation("'{{ environment.name + 1 }}': {Value: 1}");
    assert_eq!(said(&one, &unknown), "", "what can't be known isn't said");
}

/// A service bundle with these inputs, these of the pipeline, and this code of both.
fn service(inputs: &str, pipeline: &str, code: [&str; 2]) -> Bundle {
    let schema = format!(
        "schema: {{format: {{openapi: 3.0.0}}, service_input_type: A, pipeline_input_type: P, types: {{A: {{type: object, \
         properties: {{{inputs}}}}}, P: {{type: object, properties: {{{pipeline}}}}}}}}}"
    );
    let manifest = "infrastructure: {templates: [{file: t.yaml, rendering_engine: jinja, template_language: \
                    cloudformation}]}";
    let files = [
        ("schema/schema.yaml", schema.as_str()),
        ("instance_infrastructure/manifest.yaml", manifest),
        ("instance_infrastructure/t.yaml", code[0]),
        ("pipeline_infrastructure/manifest.yaml", manifest),
        ("pipeline_infrastructure/t.yaml", code[1]),
    ];
    let files = Files::from_entries(files).expect("within the limits");
    let examination = examine(BundleKind::Service, files, &ExamineOptions::default());
    examination.bundle.unwrap_or_else(|| panic!("{:?}", examination.problems))
}

#[test]
fn a_part_changes_by_what_is_its_own() {
    let said = |old: &Bundle, new: &Bundle, part| {
        let changes = compare_part(old, new, part);
        changes.iter().map(|change| format!("{:?} {change}", change.kind)).collect::<Vec<_>>()
    };
    let code = |output: &str| {
        format!("Resources: {{T: {{Type: 'AWS::SNS::Topic'}}}}\nOutputs: {{{output}: {{Value: 1}}}}\n")
    };
    let (one, two) = (code("Url"), code("Uri"));
    let old = service("size: {type: string, default: s}", "dir: {type: string}", [&one, &one]);
    let new = service("size: {type: string, default: m}", "dir: {type: string}", [&one, &two]);
    assert_eq!(
        said(&old, &new, Part::InstanceInfrastructure),
        ["Default size: the default changes from \"s\" to \"m\""]
    );
    assert_eq!(
        said(&old, &new, Part::PipelineInfrastructure),
        [
            "OutputRemoved outputs.Url: the output of pipeline_infrastructure is removed or renamed",
            "OutputAdded outputs.Uri: the output of pipeline_infrastructure is new",
            "Code pipeline_infrastructure/t.yaml: the file changes",
        ]
    );
    assert!(said(&old, &old, Part::InstanceInfrastructure).is_empty());
    let (formation, terraform) = (cloudformation("Vpc: {Value: 1}"), terraform("variable \"a\" {}\n"));
    let moved = said(&formation, &terraform, Part::Infrastructure);
    assert_eq!(
        moved[moved.len() - 3..],
        [
            "Code infrastructure/main.tf: the file is new",
            "Code infrastructure/manifest.yaml: the file changes",
            "Code infrastructure/t.yaml: the file is removed or renamed",
        ]
    );
}
