//! The rules for minor versions, one line each (behaviour 4.8).

#![allow(clippy::expect_used, clippy::panic)]

use protium_bundle::compatibility::{Verdict, compare};
use protium_bundle::{BundleKind, CompatibilityPolicy, Schema};

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
    use Verdict::{Fail, Pass, Warn};
    for (old, old_required, new, new_required, expected) in [
        ("a: {type: string}", "", "a: {type: string, title: T, description: D}", "", None),
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
        assert_eq!((changes[0].verdict, changes[0].path.as_str()), (Verdict::Fail, "pipeline"));
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
