//! `docs/bundles.md` is true: its examples are bundles, and the names that it lists are those that there are.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use protium_bundle::render::cloudformation::check_syntax;
use protium_bundle::render::{PreviewOptions, previews};
use protium_bundle::{BundleKind, ExamineOptions, Files, Manifest, Registration, examine, render_part};
use support::messages;

fn reference() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bundles.md");
    fs::read_to_string(path).expect("the reference for authors")
}

/// The code blocks of a language in the section under a heading.
fn blocks(heading: &str, language: &str) -> Vec<String> {
    let text = reference();
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect("a section");
    let opening = format!("```{language}\n");
    let block = |rest: &str| rest.split("```").next().unwrap_or_default().to_owned();
    section.split(&opening).skip(1).map(block).collect()
}

#[test]
fn the_first_bundle_registers_and_renders() {
    let [schema, manifest, template, spec] = &blocks("A first bundle", "yaml")[..] else {
        panic!("four files")
    };
    let files = Files::from_entries([
        ("schema/schema.yaml", schema.as_str()),
        ("infrastructure/manifest.yaml", manifest),
        ("infrastructure/cloudformation.yaml", template),
    ]);
    let examination = examine(BundleKind::Environment, files.expect("files"), &ExamineOptions::default());
    assert_eq!(messages(&examination.problems), "");
    let bundle = examination.bundle.expect("a bundle");
    let preview = previews(&bundle, spec, &PreviewOptions::default()).expect("a valid spec").remove(0);
    let part = render_part(&bundle, preview.part, &preview.context).expect("rendered");
    let text = part.text("cloudformation.yaml").expect("a template");
    assert!(text.contains("DisplayName: \"Alarms: beta\"\n"), "{text}");
}

#[test]
fn the_other_examples_are_read() {
    let codebuild = blocks("CodeBuild", "yaml");
    let native = blocks("CloudFormation", "yaml");
    for manifest in [&codebuild[0], &native[1]] {
        Manifest::parse(manifest, "manifest.yaml")
            .unwrap_or_else(|problems| panic!("{}", messages(&problems)));
    }
    let (registration, warnings) =
        Registration::parse(&blocks("Registration file", "yaml")[0]).expect("read");
    assert_eq!(messages(&warnings), "");
    assert!(registration.publish);
    assert!(hcl_edit::parser::parse_body(&blocks("Terraform", "hcl")[0]).is_ok());
}

#[test]
fn the_filters_that_are_listed_exist() {
    let text = reference();
    let list =
        text.split("\nFilters: ").nth(1).and_then(|rest| rest.split(", and Proton").next()).expect("a list");
    let own = text.lines().filter_map(|line| line.strip_prefix("| `proton_")?.split('`').next());
    let own = own.map(|rest| format!("proton_{rest}"));
    let names = list.split('`').skip(1).step_by(2).map(str::to_owned).chain(own);
    let names: Vec<_> = names.collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        check_syntax("docs", &format!("{{{{ x | {name} }}}}"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
