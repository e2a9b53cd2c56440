//! Every real bundle at hand opens without a complaint, and every CloudFormation template of it renders from the
//! schema's defaults: the starter bundles of this repository, the public samples that lie beside a checkout, and those
//! below the directories that `PROTIUM_SAMPLE_BUNDLES` names (separated by colons).

#![allow(clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use protium_bundle::schema::{InputType, ValueType};
use protium_bundle::{Bundle, Part, Problem, render_cloudformation};
use serde_json::{Map, Value, json};
use support::{examine_directory, examine_entries, messages, read_directory, template};

fn bundles_below(root: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        if path.join("schema/schema.yaml").exists() {
            found.push(path);
        } else {
            bundles_below(&path, found);
        }
    }
}

/// Defaults, and something of the right type where there is none.
fn inputs(inputs: &InputType) -> Map<String, Value> {
    let some = |kind: ValueType| match kind {
        ValueType::String => json!("text"),
        ValueType::Number | ValueType::Integer => json!(7),
        ValueType::Boolean => json!(true),
        ValueType::Array => json!([]),
        ValueType::Object => json!({}),
    };
    let value = |schema: &protium_bundle::schema::TypeSchema| {
        let first = schema.constraints.get("enum").and_then(|values| values.get(0)).cloned();
        schema.default.clone().or(first).unwrap_or_else(|| some(schema.kind))
    };
    inputs.properties().iter().map(|property| (property.name.clone(), value(&property.schema))).collect()
}

/// Outputs under every name that the template asks for.
fn outputs(template: &str) -> Map<String, Value> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let value = |name: &str| if name == "LambdaRuntime" { json!("ruby2.7") } else { json!("output") };
    template.split("outputs.").skip(1).map(name).map(|name| (name.clone(), value(&name))).collect()
}

fn namespace(bundle: &Bundle, part: Part, template: &str) -> Value {
    let inputs_of = |kind: Option<&InputType>| kind.map(inputs).unwrap_or_default();
    let environment = json!({"name": "env", "account_id": "111122223333", "outputs": outputs(template)});
    let service = json!({"name": "svc", "repository_id": "a/b", "repository_connection_arn": "arn", "branch_name": "main"});
    let instance = json!({
        "name": "inst", "inputs": inputs(bundle.schema().inputs()), "outputs": outputs(template), "environment": environment,
    });
    match part {
        Part::Infrastructure => {
            json!({"environment": {"name": "env", "inputs": inputs(bundle.schema().inputs())}})
        }
        Part::InstanceInfrastructure => {
            json!({"service": service, "service_instance": instance, "environment": environment})
        }
        Part::PipelineInfrastructure => json!({
            "service": service, "pipeline": {"inputs": inputs_of(bundle.schema().pipeline())}, "service_instances": [instance],
        }),
    }
}

#[test]
fn all_bundles_at_hand_open_and_render() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    let ours = workspace.join("bundles");
    bundles_below(&ours, &mut found);
    bundles_below(&workspace.join("../shared/samples"), &mut found);
    for path in std::env::var_os("PROTIUM_SAMPLE_BUNDLES").iter().flat_map(std::env::split_paths) {
        bundles_below(&path, &mut found);
    }
    for path in found {
        let examination = examine_directory(&path);
        let said = messages(&examination.problems);
        let bundle = examination.bundle.unwrap_or_else(|| panic!("{}\n{said}", path.display()));
        // Public samples have some doubtful places.
        assert!(said.is_empty() || !path.starts_with(&ours), "{}\n{said}", path.display());
        let made_by_cloudformation = |part: &Part| bundle.cloudformation_template(*part).is_some();
        for part in bundle.parts().keys().filter(|part| made_by_cloudformation(part)) {
            let (file, text) = template(&bundle, *part);
            let rendered = render_cloudformation(&file, &text, &namespace(&bundle, *part, &text));
            assert!(rendered.is_ok(), "{}: {rendered:?}", path.display());
        }
    }
}

/// A bundle that differs from a good one in what mustn't matter.
fn varied(entries: &[(String, Vec<u8>)], vary: &dyn Fn(&str, String) -> String) -> Vec<(String, Vec<u8>)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let vary = |(path, bytes): &(String, Vec<u8>)| {
        let varied = text(bytes).map_or_else(|| bytes.clone(), |text| vary(path, text).into_bytes());
        (path.clone(), varied)
    };
    entries.iter().map(vary).collect()
}

fn lines(text: &str, line: impl Fn(&str) -> Option<String>) -> String {
    text.lines().filter_map(|text| line(text).map(|line| line + "\n")).collect()
}

fn without_key(text: &str, key: &str) -> String {
    lines(text, |line| (!line.trim_start().starts_with(key)).then(|| line.to_owned()))
}

#[test]
fn variations_of_the_bundles_at_hand_have_no_error() {
    let is_schema = |path: &str| path == "schema/schema.yaml";
    let in_schema = |path: &str, text: String, vary: &dyn Fn(&str) -> String| {
        if is_schema(path) { vary(&text) } else { text }
    };
    type Vary<'a> = &'a dyn Fn(&str, String) -> String;
    let variations: [(&str, Vary<'_>); 7] = [
        ("no defaults", &|path, text| in_schema(path, text, &|text| without_key(text, "default:"))),
        ("no enums beside defaults", &|path, text| {
            in_schema(path, text, &|text| {
                lines(text, |line| (!line.trim_start().starts_with("enum: [")).then(|| line.to_owned()))
            })
        }),
        ("no patterns and no limits", &|path, text| {
            in_schema(path, text, &|text| {
                ["pattern:", "minLength:", "maxLength:", "minimum:", "maximum:"]
                    .iter()
                    .fold(text.to_owned(), |text, key| without_key(&text, key))
            })
        }),
        ("truth values the other way", &|path, text| {
            in_schema(path, text, &|text| {
                text.replace("default: true", "default: TRUE")
                    .replace("default: false", "default: true")
                    .replace("default: TRUE", "default: false")
            })
        }),
        ("carriage returns", &|path, text| {
            if path.ends_with(".tf") || path.ends_with(".yaml") {
                text.replace("\r\n", "\n").replace('\n', "\r\n")
            } else {
                text
            }
        }),
        ("a byte order mark", &|path, text| {
            if path.ends_with(".yaml") { format!("\u{feff}{text}") } else { text }
        }),
        ("comments around", &|path, text| {
            if path.ends_with(".yaml") { format!("# before\n{text}\n# after") } else { text }
        }),
    ];
    let mut found = Vec::new();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    bundles_below(&workspace.join("bundles"), &mut found);
    bundles_below(&workspace.join("../shared/samples"), &mut found);
    for path in std::env::var_os("PROTIUM_SAMPLE_BUNDLES").iter().flat_map(std::env::split_paths) {
        bundles_below(&path, &mut found);
    }
    for path in found {
        let entries = read_directory(&path);
        for (name, vary) in &variations {
            let problems = examine_entries(varied(&entries, vary)).problems;
            let errors: Vec<_> = problems.into_iter().filter(Problem::is_error).collect();
            assert!(errors.is_empty(), "{} with {name}\n{}", path.display(), messages(&errors));
        }
    }
}
