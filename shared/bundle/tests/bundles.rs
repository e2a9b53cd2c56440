//! Bundles as they are packed, good and broken: each broken one is refused with the right words.

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use protium_bundle::{Bundle, BundleKind, Engine, EnvironmentSpec, Files, OpenOptions, Part, Schema};
use support::{fixture, messages, open_fixture, read_directory};

type Entries = BTreeMap<String, Vec<u8>>;

fn entries(name: &str) -> Entries {
    read_directory(&fixture(name)).into_iter().collect()
}

fn open(kind: BundleKind, entries: Entries, customer_managed: bool) -> Result<Bundle, String> {
    let files = Files::from_entries(entries).map_err(|problems| messages(&problems))?;
    Bundle::open(kind, files, OpenOptions { customer_managed }).map_err(|problems| messages(&problems))
}

fn with(mut entries: Entries, path: &str, text: &str) -> Entries {
    entries.insert(path.into(), text.into());
    entries
}

fn without(mut entries: Entries, prefix: &str) -> Entries {
    entries.retain(|path, _| !path.starts_with(prefix));
    entries
}

fn edited(mut entries: Entries, path: &str, from: &str, to: &str) -> Entries {
    let text = String::from_utf8(entries[path].clone()).expect("text");
    assert!(text.contains(from), "{path} has no {from:?}");
    entries.insert(path.into(), text.replacen(from, to, 1).into_bytes());
    entries
}

#[test]
fn a_good_bundle_tells_its_parts_and_its_registration() {
    let bundle = open_fixture("service");
    let cloudformation = |file: &str| Engine::CloudFormation { file: file.into() };
    let expected = BTreeMap::from([
        (Part::InstanceInfrastructure, cloudformation("web.yaml")),
        (Part::PipelineInfrastructure, cloudformation("pipeline.yaml")),
    ]);
    assert_eq!(bundle.parts(), &expected);
    let stored = serde_json::to_string(bundle.parts()).expect("serialisable");
    assert_eq!(
        stored,
        r#"{"instance_infrastructure":{"engine":"cloudformation","file":"web.yaml"},"pipeline_infrastructure":{"engine":"cloudformation","file":"pipeline.yaml"}}"#
    );
    assert_eq!(serde_json::from_str::<BTreeMap<Part, Engine>>(&stored).expect("readable"), expected);
    let registration = bundle.registration();
    assert_eq!(registration.compatible_environments[0].template_name, "network");
    assert_eq!(registration.compatible_environments[0].major_version, "1");
    assert_eq!(registration.supported_component_sources, ["DIRECTLY_DEFINED"]);
    assert!(registration.publish);
    assert_eq!(registration.compatibility, protium_bundle::CompatibilityPolicy::Off);
    assert_eq!(messages(bundle.warnings()), "");
}

#[test]
fn broken_service_bundles_are_refused_with_the_right_words() {
    let good = || entries("service");
    let schema = "schema/schema.yaml";
    let manifest = "instance_infrastructure/manifest.yaml";
    for (broken, expected) in [
        (without(good(), "schema/"), "schema/schema.yaml: the file is missing"),
        (without(good(), "instance_"), "instance_infrastructure: the directory is missing"),
        (
            without(good(), "pipeline_"),
            "pipeline_infrastructure: the directory is missing. Add the pipeline's code, or create the service template with `pipelineProvisioning: CUSTOMER_MANAGED`",
        ),
        (without(good(), manifest), "instance_infrastructure/manifest.yaml: the file is missing"),
        (without(good(), "instance_infrastructure/web"), "`file` names web.yaml, which is not in the bundle"),
        (with(good(), "infrastructure/x.yaml", ""), "infrastructure: a service bundle has the directories"),
        (
            edited(good(), schema, "  pipeline_input_type: \"Build\"\n", ""),
            "schema/schema.yaml:2:3: Service template schema is not valid: Missing property [pipelineInputType]",
        ),
        (
            edited(good(), schema, "  service_input_type: \"Web\"\n", ""),
            "Service template schema is not valid: Missing property [serviceInputType]",
        ),
        (
            edited(good(), schema, "\"Web\"", "\"Wob\""),
            "schema.yaml:4:23: `service_input_type` names the type `Wob`, which doesn't exist. Define it under `types`, which holds Web, Build",
        ),
        (
            edited(good(), schema, "default: 8080", "default: 0"),
            "schema.yaml:15:20: the default must be 1 or more",
        ),
        (
            edited(good(), schema, "default: 8080", "default: eighty"),
            "the default must be a whole number, not the text \"eighty\"",
        ),
        (
            edited(good(), schema, "default: 1.10", "default: 1.10\n          pattern: '(?=x)y'"),
            "`pattern` is not a usable regular expression",
        ),
        (edited(good(), schema, "minimum: 1\n", "minimum: 70000\n"), "`minimum` is above `maximum`"),
        (
            edited(good(), schema, "enum: [small, medium, large]", "enum: []"),
            "`enum` must be a list of at least one value",
        ),
        (
            edited(good(), schema, "type: integer", "type: int"),
            "`int` is not a type of input. Use one of string",
        ),
        (edited(good(), schema, "type: integer", "$ref: '#/x'"), "the `type` is missing"),
        (edited(good(), schema, "default: 8080", "oneOf: []"), "`oneOf` is not supported in input types"),
        (edited(good(), schema, "required: [size]", "required: [sise]"), "`required` lists `sise`"),
        (edited(good(), schema, "openapi: \"3.0.0\"", "openapi: \"2.0\""), "openapi 2.0 is not supported"),
        (with(good(), schema, "schema: [\n"), "schema/schema.yaml:2:1: not valid YAML"),
        (
            edited(good(), manifest, "jinja", "liquid"),
            "the rendering engine `liquid` is unknown. Use jinja, hcl or codebuild",
        ),
        (
            edited(good(), manifest, "rendering_engine", "engine"),
            "`engine` is the key of a pre-release. Write `rendering_engine`",
        ),
        (
            edited(good(), manifest, "cloudformation", "terraform"),
            "the template language `terraform` doesn't go with",
        ),
        (
            with(good(), manifest, "infrastructure: {templates: []}"),
            "`templates` has 0 entries, it must have exactly one",
        ),
        (
            with(
                good(),
                manifest,
                "infrastructure: {templates: [{rendering_engine: hcl, template_language: terraform, file: '*'}]}",
            ),
            "no file ends in .tf",
        ),
        (
            with(good(), manifest, "infrastructure: {templates: [{rendering_engine: codebuild}]}"),
            "the key `settings` is missing",
        ),
        (
            with(good(), "instance_infrastructure/web.yaml", "a: {{ 'x'"),
            "instance_infrastructure/web.yaml:1:",
        ),
        (
            with(good(), "instance_infrastructure/web.yaml", "a: {{ssm:x}}"),
            "goes between `{% raw %}` and `{% endraw %}`",
        ),
        (
            with(good(), ".template-registration.yaml", "publish: maybe\ncompatible_environments: [a]\n"),
            "`publish` must be true or false",
        ),
        (
            with(good(), ".template-registration.yaml", "compatible_environments: [a]\n"),
            ".template-registration.yaml:1:27: `a` is not a compatible environment",
        ),
    ] {
        let refusal = open(BundleKind::Service, broken, false).expect_err(expected);
        assert!(refusal.contains(expected), "expected: {expected}\n{refusal}");
    }
}

#[test]
fn all_failures_are_told_at_once() {
    let schema = "schema/schema.yaml";
    let broken = edited(entries("service"), schema, "default: 8080", "default: 0");
    let broken = edited(broken, schema, "type: integer", "type: integer\n          uniqueItem: true");
    let broken = edited(without(broken, "pipeline_"), "instance_infrastructure/manifest.yaml", "jinja", "x");
    let refusal = open(BundleKind::Service, broken, false).expect_err("refused");
    for expected in [
        "the default must be 1",
        "warning: the keyword `uniqueItem` is unknown",
        "CUSTOMER_MANAGED",
        "engine `x`",
    ] {
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn customer_managed_templates_have_their_own_layout() {
    let no_pipeline = without(entries("service"), "pipeline_");
    let no_pipeline_type =
        edited(no_pipeline.clone(), "schema/schema.yaml", "  pipeline_input_type: \"Build\"\n", "");
    assert!(open(BundleKind::Service, no_pipeline_type, true).is_ok());
    let refusal = open(BundleKind::Service, no_pipeline, true).expect_err("refused");
    assert!(refusal.contains("`pipeline_input_type` is given"), "{refusal}");
    let refusal = open(BundleKind::Service, entries("service"), true).expect_err("refused");
    assert!(refusal.contains("customer managed"), "{refusal}");

    let schema = |property: &str| {
        let text = format!(
            "schema: {{format: {{openapi: 3.0.0}}, environment_input_type: A, types: {{A: {{type: object, properties: {{vpc: {property}}}}}}}}}"
        );
        with(Entries::new(), "schema/schema.yaml", &text)
    };
    assert!(open(BundleKind::Environment, schema("{type: string}"), true).is_ok());
    for property in ["{type: number}", "{type: string, default: x}"] {
        let refusal = open(BundleKind::Environment, schema(property), true).expect_err("refused");
        assert!(refusal.contains("the input `vpc` must be of type string and without default"), "{refusal}");
    }
    let refusal = open(BundleKind::Environment, entries("environment"), true).expect_err("refused");
    assert!(refusal.contains("a customer-managed environment template has no infrastructure"), "{refusal}");
}

#[test]
fn a_bundle_of_the_other_kind_says_so() {
    let refusal = open(BundleKind::Environment, entries("service"), false).expect_err("refused");
    assert!(refusal.contains("Register a service bundle under a service template"), "{refusal}");
    assert!(refusal.contains("Missing property [environmentInputType]"), "{refusal}");
}

#[test]
fn terraform_and_codebuild_parts_are_recognised() {
    let terraform =
        "infrastructure: {templates: [{rendering_engine: hcl, template_language: terraform, file: '*'}]}";
    let base = without(entries("environment"), "infrastructure/");
    let with_files = |names: &[&str]| {
        let base = with(base.clone(), "infrastructure/manifest.yaml", terraform);
        names.iter().fold(base, |entries, name| with(entries, &format!("infrastructure/{name}"), "# tf"))
    };
    let bundle =
        open(BundleKind::Environment, with_files(&["b.tf", "a.tf", "c.tfvars", "module/d.tf"]), false)
            .expect("good");
    let expected = Engine::Terraform { files: vec!["a.tf".into(), "b.tf".into()] };
    assert_eq!(bundle.parts()[&Part::Infrastructure], expected);
    let refusal = open(BundleKind::Environment, with_files(&["proton.environment.variables.tf"]), false)
        .expect_err("refused");
    assert!(refusal.contains("is generated at deployment"), "{refusal}");
    let eleven: Vec<_> = (0..11).map(|n| format!("f{n}.tf")).collect();
    let eleven: Vec<_> = eleven.iter().map(String::as_str).collect();
    let refusal = open(BundleKind::Environment, with_files(&eleven), false).expect_err("refused");
    assert!(refusal.contains("11 template files"), "{refusal}");

    let codebuild = "infrastructure:\n  templates:\n    - rendering_engine: codebuild\n      settings:\n        image: aws/codebuild/standard:7.0\n        runtimes: {nodejs: 18, python: 3.10}\n        env: {variables: {A: b}}\n        provision: [npm install, npm run deploy]\n        deprovision: [npm run destroy]\n        project_properties: {VpcConfig: {VpcId: '{{ environment.inputs.vpc }}'}}\n        input_type: HCL\n";
    let bundle =
        open(BundleKind::Environment, with(base.clone(), "infrastructure/manifest.yaml", codebuild), false)
            .expect("good");
    assert_eq!(bundle.parts()[&Part::Infrastructure], Engine::CodeBuild);
    let Some(protium_bundle::Manifest::CodeBuild(settings)) = bundle.manifest(Part::Infrastructure) else {
        panic!("a CodeBuild manifest")
    };
    assert_eq!(settings.runtimes["python"], "3.10");
    assert_eq!(settings.provision, ["npm install", "npm run deploy"]);
    assert_eq!(settings.input_type, protium_bundle::manifest::CodeBuildInput::Hcl);
}

#[test]
fn the_legacy_registration_file_still_counts() {
    let legacy =
        with(without(entries("service"), ".template"), ".compatible-envs", "env-a:1\n\n# note\nenv-b:12\n");
    let bundle = open(BundleKind::Service, legacy.clone(), false).expect("good");
    let pairs: Vec<_> = bundle
        .registration()
        .compatible_environments
        .iter()
        .map(|e| format!("{}:{}", e.template_name, e.major_version))
        .collect();
    assert_eq!(pairs, ["env-a:1", "env-b:12"]);
    let refusal =
        open(BundleKind::Service, with(legacy, ".compatible-envs", "a:1\nb\n"), false).expect_err("refused");
    assert!(refusal.contains(".compatible-envs:2:1: `b` is not a compatible environment"), "{refusal}");
}

#[test]
fn only_templates_are_held_to_the_size_of_templates() {
    let large = "#".repeat(200 * 1024 + 1);
    let broken = with(entries("environment"), "infrastructure/network.yaml", &large);
    let refusal = open(BundleKind::Environment, broken, false).expect_err("refused");
    assert!(
        refusal.contains("infrastructure/network.yaml: the template has 204801 bytes, more than the 204800"),
        "{refusal}"
    );
    assert!(
        open(
            BundleKind::Environment,
            with(entries("environment"), "infrastructure/package-lock.json", &large),
            false
        )
        .is_ok()
    );
}

#[test]
fn an_unknown_key_of_the_registration_file_is_warned_of() {
    let misspelt = with(entries("service"), ".template-registration.yaml", "compatible_environment: [a:1]\n");
    let bundle = open(BundleKind::Service, misspelt, false).expect("good");
    assert!(
        messages(bundle.warnings())
            .contains(".template-registration.yaml:1:1: warning: the key `compatible_environment`")
    );
}

#[test]
fn a_word_as_default_of_a_boolean_is_warned_of_and_kept() {
    let text = "schema: {format: {openapi: 3.0.0}, environment_input_type: A, types: {A: {type: object, properties: {a: {type: boolean, default: public}}}}}";
    let schema = Schema::parse(text, BundleKind::Environment).expect("good");
    assert!(
        messages(schema.warnings())
            .contains("warning: the default must be true or false, not the text \"public\"")
    );
    let spec = EnvironmentSpec::parse("proton: EnvironmentSpec\n").expect("spec");
    assert_eq!(spec.inputs(&schema).expect("valid")["a"], "public");
    let spec = EnvironmentSpec::parse("proton: EnvironmentSpec\nspec: {a: public}\n").expect("spec");
    assert!(spec.validate(&schema).is_err(), "a spec is held to the type");
}
