//! Golden renders of real bundles with their own specs: the starter bundles of this repository as texts, the public
//! samples that may lie beside a checkout by their digests, since nothing of them is copied.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use protium_bundle::render::namespace::Outputs;
use protium_bundle::render::{EnvironmentValues, Preview, PreviewOptions, previews};
use protium_bundle::{Bundle, BundleKind, Files, OpenOptions, digest, render_part};
use support::{assert_golden, assert_golden_files, messages, read_directory};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn open_directory(root: &Path) -> Bundle {
    let files = Files::from_entries(read_directory(root)).expect("files");
    let is_service = files.contains("instance_infrastructure/manifest.yaml");
    let kind = if is_service { BundleKind::Service } else { BundleKind::Environment };
    let customer_managed = is_service && !files.contains("pipeline_infrastructure/manifest.yaml");
    let opened = Bundle::open(kind, files, OpenOptions { customer_managed });
    opened.unwrap_or_else(|problems| panic!("{}: {}", root.display(), messages(&problems)))
}

/// An output under every name that a bundle asks for.
fn outputs(bundle: &Bundle) -> Outputs {
    let texts = bundle.files().iter().filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok());
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let value = |name: &str| match name {
        "LambdaRuntime" => "ruby2.7".to_owned(),
        "KeyArn" => "arn:aws:kms:us-east-1:123456789012:key/example".to_owned(),
        other => format!("example-{other}"),
    };
    let names =
        texts.flat_map(|text| text.split("outputs.").skip(1)).map(name).filter(|name| !name.is_empty());
    names.map(|name| (name.clone(), value(&name))).collect()
}

/// What a bundle without a spec of its own is rendered from: the names, and the defaults.
const LEAST_SPEC: &str =
    "proton: ServiceSpec\ninstances:\n  - {name: main, environment: beta, spec: {resource_name: greeting}}\n";

fn previews_of(bundle: &Bundle, spec: &Path) -> Vec<Preview> {
    // One public spec misspells an input, which Protium refuses.
    let spec_text = fs::read_to_string(spec)
        .map_or(LEAST_SPEC.to_owned(), |text| text.replace("packaging_commands:", "packaging_command:"));
    let outputs = outputs(bundle);
    let parsed = protium_bundle::ServiceSpec::parse(&spec_text).ok();
    let instances =
        parsed.iter().flat_map(|spec| spec.instances()).map(|instance| instance.name().to_owned());
    let options = PreviewOptions {
        environment_outputs: EnvironmentValues { all: outputs.clone(), ..EnvironmentValues::default() },
        instance_outputs: instances.map(|name| (name, outputs.clone())).collect(),
        ..PreviewOptions::default()
    };
    previews(bundle, &spec_text, &options)
        .unwrap_or_else(|problems| panic!("{}: {problems:?}", spec.display()))
}

#[test]
fn starter_bundles_render_as_they_did() {
    for kind in ["environments", "services"] {
        let root = workspace().join("bundles").join(kind);
        let mut names: Vec<_> =
            fs::read_dir(root).expect("starters").map(|entry| entry.expect("entry").path()).collect();
        names.sort();
        for path in names {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let bundle = open_directory(&path.join("v1"));
            for preview in previews_of(&bundle, &path.join("spec/spec.yaml")) {
                let part = render_part(&bundle, preview.part, &preview.context).expect("rendered");
                assert_golden_files(&format!("starter-{name}"), &part.files);
            }
        }
    }
}

#[test]
fn public_samples_render_as_they_did() {
    let root = workspace().join("../shared/samples");
    if !root.exists() {
        return;
    }
    let samples = [
        ("environment-templates/fargate-env/v1", "environment-templates/fargate-env/spec/spec.yaml"),
        (
            "service-templates/load-balanced-fargate-svc/v1",
            "service-templates/load-balanced-fargate-svc/spec/spec.yaml",
        ),
        (
            "loadbalanced-fargate-svc/loadbalanced-fargate-env/v1",
            "loadbalanced-fargate-svc/specs/env-spec.yaml",
        ),
        (
            "loadbalanced-fargate-svc/loadbalanced-fargate-svc/v1",
            "loadbalanced-fargate-svc/specs/svc-spec.yaml",
        ),
        ("lambda-multi-svc/lambda-env/v1", "lambda-multi-svc/specs/env-spec.yaml"),
        ("lambda-multi-svc/service-crud/v1", "lambda-multi-svc/specs/svc-spec.yaml"),
        ("lambda-multi-svc/service-data-processing/v1", ""),
    ];
    let mut digests = BTreeMap::new();
    for (path, spec) in samples {
        let bundle = open_directory(&root.join(path));
        for preview in previews_of(&bundle, &root.join(spec)) {
            let part = render_part(&bundle, preview.part, &preview.context)
                .unwrap_or_else(|error| panic!("{path}: {error}"));
            for (file, bytes) in part.files {
                digests.insert(format!("{path}/{}/{}/{file}", preview.part, preview.name), digest(&bytes));
            }
        }
    }
    let lines: Vec<_> = digests.into_iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect();
    assert_golden("samples.sha256", &lines.concat());
}
