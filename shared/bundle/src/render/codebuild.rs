//! A part made by a CodeBuild project (behaviour 4.4, 6.7): the author's files as they are, the inputs beside them, and
//! under `.proton/` what the project and its builds are made of.
//!
//! The strings of the manifest are templates with the data of the input file. A command is pasted into a shell, so what
//! an author takes from inputs he has to quote as in any shell script; the input file has no such trap.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::cloudformation::{render_cloudformation, render_native};
use super::part::RenderContext;
use super::tree::{self, Reader};
use super::{RenderError, hcl, json};
use crate::bundle::{Bundle, Part, manifest_path};
use crate::manifest::{self, CodeBuildInput, CodeBuildSettings, Manifest};
use crate::yaml::{self, Node};

/// The inputs as JSON.
pub const JSON_INPUTS_FILE: &str = "proton-inputs.json";
/// The inputs as HCL.
pub const HCL_INPUTS_FILE: &str = "proton-inputs.tfvars";
/// The buildspec of create and update.
pub const PROVISION_FILE: &str = ".proton/buildspec.provision.yaml";
/// The buildspec of delete.
pub const DEPROVISION_FILE: &str = ".proton/buildspec.deprovision.yaml";
/// Environment variables of a build, beside those of the buildspec: a list of `name`, `value`, `type`, as StartBuild takes
/// it.
pub const VARIABLES_FILE: &str = ".proton/environment.json";
/// CloudFormation properties of the `AWS::CodeBuild::Project`.
pub const PROJECT_FILE: &str = ".proton/project.json";

/// Names that a bundle can't use; inputs that lie there serve the author's own trials and are replaced.
const GENERATED_FILES: [&str; 4] = [PROVISION_FILE, DEPROVISION_FILE, VARIABLES_FILE, PROJECT_FILE];

/// The image of manifests that name none.
const DEFAULT_IMAGE: &str = "aws/codebuild/standard:7.0";
/// Properties that a manifest can't set: they decide what runs as whom.
pub(crate) const RESERVED_PROPERTIES: [&str; 4] = ["Artifacts", "Name", "ServiceRole", "Source"];

/// Renders a CodeBuild part.
///
/// # Errors
/// A namespace without the part's own member; a string of the manifest that can't be rendered, with its place; a project
/// property that Protium sets itself; a file of the bundle under a generated name.
pub(super) fn render(
    bundle: &Bundle,
    part: Part,
    context: &RenderContext,
) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
    let path = manifest_path(part);
    let Some(Manifest::CodeBuild(settings)) = bundle.manifest(part) else {
        return Err(RenderError::new(&path, "the manifest is not one of CodeBuild"));
    };
    let inputs = tree::tree(part.into(), &context.namespace, Reader::CodeBuild, JSON_INPUTS_FILE)?;
    let source =
        bundle.files().get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let strings = Strings {
        file: &path,
        root: yaml::load(source.trim_start_matches('\u{feff}')).ok(),
        namespace: Value::Object(inputs.clone()),
    };
    let mut files = own_files(bundle, part)?;
    let (name, text) = match settings.input_type {
        CodeBuildInput::Json => (JSON_INPUTS_FILE, json::pretty(&Value::Object(inputs))),
        CodeBuildInput::Hcl => (HCL_INPUTS_FILE, hcl::assignments(&inputs)),
    };
    files.insert(name.to_owned(), text.into_bytes());
    for (name, key, lines) in [
        (PROVISION_FILE, "provision", &settings.provision),
        (DEPROVISION_FILE, "deprovision", &settings.deprovision),
    ] {
        files.insert(name.to_owned(), buildspec(settings, key, lines, &strings)?.into_bytes());
    }
    files.insert(VARIABLES_FILE.to_owned(), json::pretty(&variables(context)).into_bytes());
    files.insert(PROJECT_FILE.to_owned(), json::pretty(&project(settings, context, &strings)?).into_bytes());
    Ok(files)
}

/// Everything beside the manifest travels to the build.
fn own_files(bundle: &Bundle, part: Part) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
    let mut files = BTreeMap::new();
    for (name, bytes) in bundle.files().below(part.directory()).filter(|(name, _)| *name != manifest::FILE) {
        if GENERATED_FILES.contains(&name) {
            let error = RenderError::new(&format!("{part}/{name}"), "a file of this name is generated");
            return Err(error.remedy("Rename it."));
        }
        files.insert(name.to_owned(), bytes.to_vec());
    }
    Ok(files)
}

/// What every build is told besides its inputs (behaviour 6.7). These win over the buildspec's own variables.
fn variables(context: &RenderContext) -> Value {
    let deployment = context.deployment.as_ref().map(|deployment| deployment.deployment_id.as_str());
    let known = [
        ("RESOURCE_ARN", context.resource_arn.as_deref()),
        ("STACK_NAME", context.stack_name.as_deref()),
        ("PROTON_DEPLOYMENT_ID", deployment),
    ];
    let given = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.map(|(name, value)| json!({"name": name, "value": value, "type": "PLAINTEXT"})).collect()
}

/// The project's properties: Protium's own, and into them those of the manifest.
fn project(
    settings: &CodeBuildSettings,
    context: &RenderContext,
    strings: &Strings<'_>,
) -> Result<Value, RenderError> {
    let image = settings.image.as_deref().unwrap_or(DEFAULT_IMAGE);
    let image = strings.text(&[Step::Key("image")], image)?;
    let kind = if image.contains("aarch64") { "ARM_CONTAINER" } else { "LINUX_CONTAINER" };
    let mut properties = json!({
        "Environment": {"ComputeType": "BUILD_GENERAL1_SMALL", "Image": image, "Type": kind},
    });
    if let Some(role) = &context.build_role_arn {
        properties["ServiceRole"] = role.as_str().into();
    }
    let Some(Value::Object(given)) = &settings.project_properties else { return Ok(properties) };
    for (name, value) in given {
        let path = [Step::Key("project_properties"), Step::Key(name)];
        if RESERVED_PROPERTIES.contains(&name.as_str()) {
            let message = format!("the project property `{name}` is set by Protium");
            return Err(strings.error(&path, message).remedy("Remove it."));
        }
        merge(&mut properties[name.as_str()], strings.value(&path, value, Form::Native)?);
    }
    Ok(properties)
}

/// Mappings are joined, everything else is replaced.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The lines of `list` as one shell session, behind the runtimes.
fn buildspec(
    settings: &CodeBuildSettings,
    list: &str,
    lines: &[String],
    strings: &Strings<'_>,
) -> Result<String, RenderError> {
    let mut spec = Map::from_iter([("version".to_owned(), json!(0.2))]);
    if let Some(Value::Object(env)) = &settings.env {
        let mut sections = Map::new();
        for (name, section) in env {
            let rendered = strings.value(&[Step::Key("env"), Step::Key(name)], section, Form::Text)?;
            // Manifests write `secrets_manager`, buildspecs `secrets-manager`.
            sections.insert(name.replace('_', "-"), rendered);
        }
        spec.insert("env".to_owned(), Value::Object(sections));
    }
    let mut runtimes = Map::new();
    for (language, version) in &settings.runtimes {
        let version = strings.text(&[Step::Key("runtimes"), Step::Key(language)], version)?;
        runtimes.insert(language.clone(), version.into());
    }
    let mut phases = Map::new();
    if !runtimes.is_empty() {
        phases.insert("install".to_owned(), json!({"runtime-versions": runtimes}));
    }
    let mut commands = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        commands.push(strings.text(&[Step::Key(list), Step::Item(index)], line)?);
    }
    if commands.is_empty() {
        // A phase must have one.
        commands.push("true".to_owned());
    }
    phases.insert("build".to_owned(), json!({"commands": commands}));
    spec.insert("phases".to_owned(), Value::Object(phases));
    let mut text = String::new();
    write_yaml(&mut text, &Value::Object(spec), 0);
    Ok(text)
}

/// Block YAML with quoted texts, which mean the same to every reader.
fn write_yaml(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    let is_block = |value: &Value| match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    let mut entry = |lead: String, value: &Value| {
        if is_block(value) {
            text.push_str(&format!("{indent}{lead}\n"));
            write_yaml(text, value, depth + 1);
        } else {
            text.push_str(&format!("{indent}{lead} {}\n", printable(value)));
        }
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                    && !yaml::scalar::changes_type(name);
                let name = if is_plain { name.clone() } else { printable(&name.as_str().into()) };
                entry(format!("{name}:"), member);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| entry("-".to_owned(), item)),
        _ => {}
    }
}

/// JSON's scalars are YAML's, save for characters that YAML wants escaped.
fn printable(value: &Value) -> String {
    let escaped = |letter: char| match letter {
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
            format!("\\u{:04x}", u32::from(letter))
        }
        letter => letter.to_string(),
    };
    value.to_string().chars().map(escaped).collect()
}

/// A step from the manifest's `settings` to one of its strings.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// What a string that consists of one expression becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Text, as every other string.
    Text,
    /// The expression's value with its type.
    Native,
}

/// Renders the manifest's strings.
struct Strings<'a> {
    file: &'a str,
    /// The manifest, for places.
    root: Option<Node>,
    namespace: Value,
}

impl Strings<'_> {
    fn text(&self, path: &[Step<'_>], template: &str) -> Result<String, RenderError> {
        render_cloudformation(self.file, template, &self.namespace).map_err(|error| self.placed(path, error))
    }

    /// A value of the manifest with all strings in it rendered.
    fn value(&self, path: &[Step<'_>], value: &Value, form: Form) -> Result<Value, RenderError> {
        match value {
            Value::String(template) if form == Form::Native => {
                // A block of YAML ends with a line feed, which isn't meant.
                let template = if template.trim_end().ends_with("}}") { template.trim() } else { template };
                render_native(self.file, template, &self.namespace).map_err(|error| self.placed(path, error))
            }
            Value::String(template) => self.text(path, template).map(Value::String),
            Value::Array(items) => {
                let item = |(index, item)| self.value(&[path, &[Step::Item(index)]].concat(), item, form);
                items.iter().enumerate().map(item).collect()
            }
            Value::Object(members) => {
                let mut rendered = Map::new();
                for (name, member) in members {
                    let path = [path, &[Step::Key(name)]].concat();
                    rendered.insert(name.clone(), self.value(&path, member, form)?);
                }
                Ok(Value::Object(rendered))
            }
            // A variable of a build is text, whatever YAML makes of it: `1.10` is a version.
            Value::Bool(_) | Value::Number(_) if form == Form::Text => {
                let written = self.node(path).and_then(Node::text);
                Ok(Value::String(written.map_or_else(|| value.to_string(), str::to_owned)))
            }
            other => Ok(other.clone()),
        }
    }

    fn error(&self, path: &[Step<'_>], message: impl Into<String>) -> RenderError {
        self.placed(path, RenderError::new(self.file, message))
    }

    /// The engine knows the place in the string; a reader looks for it in the manifest.
    fn placed(&self, path: &[Step<'_>], error: RenderError) -> RenderError {
        let node = self.node(path);
        let mut name = "settings".to_owned();
        for step in path {
            match step {
                Step::Key(key) => name.extend([".", key]),
                Step::Item(index) => name.push_str(&format!("[{index}]")),
            }
        }
        RenderError {
            line: node.map(|node| node.line),
            column: node.map(|node| node.column),
            message: format!("`{name}`: {}", error.message),
            ..error
        }
    }

    fn node(&self, path: &[Step<'_>]) -> Option<&Node> {
        let templates = self.root.as_ref()?.get("infrastructure")?.get("templates")?;
        let settings = templates.items()?.first()?.get("settings")?;
        path.iter().try_fold(settings, |node, step| match step {
            Step::Key(key) => node.get(key),
            Step::Item(index) => node.items()?.get(*index),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};
    use serde_json::{Map, Value};

    use super::write_yaml;
    use crate::yaml;

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,12}",
            "[-#:{}&*!|>'\"%@`\\\\ \\n\\r\\t\\x00-\\xa0]{0,12}",
            Just("yes".into()),
            Just("\u{2028}\u{feff}".into())
        ]
    }

    fn values() -> impl Strategy<Value = Value> {
        texts().prop_map(Value::from).prop_recursive(3, 16, 4, |inner| {
            let members = prop::collection::vec((texts(), inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(Config {
            cases: 256, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..Config::default()
        })]

        /// Rendered commands and variables may hold anything; a reader of the buildspec gets exactly that.
        #[test]
        fn a_buildspec_says_what_was_rendered(value in values()) {
            let document = Value::Object(Map::from_iter([("phases".to_owned(), value)]));
            let mut text = String::new();
            write_yaml(&mut text, &document, 0);
            let read = yaml::load(&text).map_err(|error| TestCaseError::fail(format!("{error:?}\n{text}")))?;
            prop_assert_eq!(read.json(), document, "{}", text);
        }
    }
}
