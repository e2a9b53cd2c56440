//! The work of `cargo xtask bench bundle`, which two programs do: real bundles, the templates and schemas in them, specs
//! that fit, and templates that grow.
//!
//! `shared/bundle/examples/bundle_measure.rs` does it with our engine, `xtask/bench/bundle.py` with Python's libraries; both
//! read it from one file and answer in one form ([`Measured`]).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use protium_bundle::render::{EnvironmentValues, PreviewOptions, previews};
use protium_bundle::schema::{InputType, TypeSchema, ValueType};
use protium_bundle::{Bundle, BundleKind, ExamineOptions, Files, SCHEMA_FILE, examine};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Samples;
use crate::workspace::files_below;

/// Sizes of the templates that grow, in bytes.
pub const SIZES: [usize; 5] = [10_000, 30_000, 100_000, 300_000, 1_000_000];
/// The instances of the services.
const INSTANCES: [&str; 2] = ["blue", "green"];

/// Everything that is done, as both programs read it.
#[derive(Debug, Default, Serialize)]
pub struct Workload {
    /// Samples of each piece of work.
    pub runs: u16,
    /// CloudFormation templates with the values that they are rendered with.
    pub templates: Vec<Template>,
    /// Templates of [`SIZES`].
    pub growth: Vec<Template>,
    /// Specs with the schemas that they have to fit.
    pub specs: Vec<Spec>,
    /// Bundles that are made by CloudFormation alone, which Python's libraries can judge, too; then all others.
    pub bundles: Vec<Work>,
    /// How many of the bundles stand in front.
    pub comparable: usize,
}

/// A template and its values.
#[derive(Debug, Serialize)]
pub struct Template {
    /// Where it lies, for people.
    pub name: String,
    /// The template.
    pub text: String,
    /// The namespace.
    pub context: Value,
}

/// A spec and its schema.
#[derive(Debug, Serialize)]
pub struct Spec {
    kind: &'static str,
    schema: String,
    text: String,
}

/// A bundle.
#[derive(Debug, Serialize)]
pub struct Work {
    kind: &'static str,
    customer_managed: bool,
    files: BTreeMap<String, String>,
    /// By the paths of its CloudFormation templates: the values that they are rendered with.
    contexts: BTreeMap<String, Value>,
}

/// What a program measured.
#[derive(Debug)]
pub struct Measured {
    answer: Value,
}

impl Measured {
    /// Reads a program's answer.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(answer: &str) -> Result<Self> {
        let answer = serde_json::from_str(answer).context("the measuring program gave no answer")?;
        Ok(Self { answer })
    }

    /// The samples of each piece of one kind of work; nothing for pieces that couldn't be done.
    #[must_use]
    pub fn samples(&self, kind: &str) -> Vec<Option<Samples>> {
        let pieces = self.answer[kind].as_array().map(Vec::as_slice).unwrap_or_default();
        pieces.iter().map(samples).collect()
    }

    /// The most memory that it had before it began with the work, and until its end, in bytes.
    #[must_use]
    pub fn memory(&self) -> Option<(u64, u64)> {
        let memory = &self.answer["memory"];
        Some((memory["loaded"].as_u64()?, memory["peak"].as_u64()?))
    }

    /// The versions of what it measured.
    #[must_use]
    pub fn versions(&self) -> &str {
        self.answer["versions"].as_str().unwrap_or_default()
    }
}

fn samples(piece: &Value) -> Option<Samples> {
    let nanoseconds: Vec<u64> = piece.as_array()?.iter().filter_map(Value::as_u64).collect();
    let durations = nanoseconds.into_iter().map(Duration::from_nanos).collect::<Vec<_>>();
    (!durations.is_empty()).then(|| Samples::new(durations))
}

impl Workload {
    /// Collects the work from the bundles below some directories. A bundle that wouldn't register is no work.
    ///
    /// # Errors
    /// When files can't be read.
    pub fn collect(directories: &[PathBuf], runs: u16) -> Result<Self> {
        let mut workload = Self { runs, ..Self::default() };
        let mut others = Vec::new();
        for root in directories {
            for directory in bundles_below(root)? {
                let Some((bundle, work)) = open(&directory)? else { continue };
                let name = directory.strip_prefix(root).unwrap_or(&directory).display().to_string();
                workload.templates.extend(work.templates(&name));
                workload.specs.push(spec(&bundle));
                let whole = work.contexts.len() == bundle.parts().len();
                if whole { workload.bundles.push(work) } else { others.push(work) }
            }
        }
        workload.comparable = workload.bundles.len();
        workload.bundles.extend(others);
        workload.growth = SIZES.into_iter().map(growing).collect();
        Ok(workload)
    }
}

impl Work {
    fn templates(&self, name: &str) -> impl Iterator<Item = Template> {
        self.contexts.iter().map(move |(path, context)| Template {
            name: format!("{name}/{path}"),
            text: self.files[path].clone(),
            context: context.clone(),
        })
    }
}

/// The directories below this one that hold a bundle.
fn bundles_below(directory: &Path) -> Result<Vec<PathBuf>> {
    let schemas = files_below(directory, "yaml")?;
    Ok(schemas
        .iter()
        .filter_map(|file| file.to_str()?.strip_suffix(SCHEMA_FILE))
        .map(PathBuf::from)
        .collect())
}

fn open(directory: &Path) -> Result<Option<(Bundle, Work)>> {
    let mut files = BTreeMap::new();
    for file in files_below(directory, "")? {
        // Lock files and pictures aside, everything in a bundle is text.
        if let Ok(text) = fs::read_to_string(&file) {
            files.insert(file.strip_prefix(directory)?.to_string_lossy().into_owned(), text);
        }
    }
    let service = files.contains_key("instance_infrastructure/manifest.yaml");
    let (kind, word) =
        if service { (BundleKind::Service, "service") } else { (BundleKind::Environment, "environment") };
    let customer_managed = service && !files.contains_key("pipeline_infrastructure/manifest.yaml");
    let Ok(read) = Files::from_entries(files.iter().map(|(path, text)| (path, text.as_bytes()))) else {
        return Ok(None);
    };
    let examination = examine(kind, read, &ExamineOptions { customer_managed, ..ExamineOptions::default() });
    let Some(bundle) = examination.bundle else { return Ok(None) };
    let contexts = contexts(&bundle, &spec(&bundle).text);
    Ok(Some((bundle, Work { kind: word, customer_managed, files, contexts })))
}

/// What the bundle's CloudFormation templates are rendered with, by their paths; nothing for those that this spec isn't
/// good enough for.
fn contexts(bundle: &Bundle, spec: &str) -> BTreeMap<String, Value> {
    let templates: BTreeMap<_, _> = bundle
        .parts()
        .keys()
        .filter_map(|part| Some((*part, bundle.cloudformation_template(*part)?)))
        .collect();
    let outputs: BTreeMap<_, _> = templates.values().flat_map(|(_, text)| outputs(text)).collect();
    let options = PreviewOptions {
        environment_outputs: EnvironmentValues { all: outputs.clone(), ..EnvironmentValues::default() },
        instance_outputs: INSTANCES.iter().map(|name| ((*name).to_owned(), outputs.clone())).collect(),
        ..PreviewOptions::default()
    };
    let previews = previews(bundle, spec, &options).unwrap_or_default();
    let of_template = previews.into_iter().filter_map(|preview| {
        let (path, _) = templates.get(&preview.part)?;
        Some((path.clone(), preview.context.namespace))
    });
    of_template.collect()
}

/// Defaults, and something of the right type where a spec has to give one.
fn inputs(inputs: &InputType) -> Map<String, Value> {
    let given = inputs
        .properties()
        .iter()
        .filter(|property| property.schema.default.is_some() || property.must_be_given());
    given.map(|property| (property.name.clone(), value(&property.schema))).collect()
}

fn value(schema: &TypeSchema) -> Value {
    let first = schema.constraints.get("enum").and_then(|values| values.get(0)).cloned();
    schema.default.clone().or(first).unwrap_or_else(|| match schema.kind {
        ValueType::String => json!("text"),
        ValueType::Number | ValueType::Integer => json!(7),
        ValueType::Boolean => json!(true),
        ValueType::Array => json!([]),
        ValueType::Object => json!({}),
    })
}

/// Outputs under every name that the template asks for.
fn outputs(template: &str) -> impl Iterator<Item = (String, String)> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    // Some samples look this one up in a table.
    let value = |name: &str| if name == "LambdaRuntime" { "ruby2.7" } else { "output" };
    template.split("outputs.").skip(1).map(name).map(move |name| (name.clone(), value(&name).to_owned()))
}

/// A spec; a service has two instances, and a pipeline as far as the schema has one.
fn spec(bundle: &Bundle) -> Spec {
    let schema = bundle.schema();
    let inputs_below = |indent: usize, inputs: &Map<String, Value>| {
        inputs.iter().fold(String::new(), |mut text, (name, value)| {
            // JSON is YAML.
            let _ = writeln!(text, "{:indent$}{name}: {value}", "");
            text
        })
    };
    let given = inputs(schema.inputs());
    let (kind, text) = match bundle.kind() {
        BundleKind::Environment => {
            ("environment", format!("proton: EnvironmentSpec\nspec:\n{}", inputs_below(2, &given)))
        }
        BundleKind::Service => {
            let mut text = "proton: ServiceSpec\n".to_owned();
            if let Some(pipeline) = schema.pipeline() {
                text += &format!("pipeline:\n{}", inputs_below(2, &inputs(pipeline)));
            }
            text += "instances:\n";
            for name in INSTANCES {
                text += &format!("  - name: {name}\n    environment: home\n    spec:\n");
                text += &inputs_below(6, &given);
            }
            ("service", text)
        }
    };
    Spec { kind, schema: bundle.schema_text().to_owned(), text }
}

/// A template of so many bytes, made of one piece again and again, that does in each what templates do.
fn growing(size: usize) -> Template {
    let mut text = "Resources:\n".to_owned();
    let mut number = 0;
    while text.len() < size {
        number += 1;
        let _ = write!(
            text,
            "  Queue{number}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: '{{{{ environment.name }}}}-queue-{number}'
      {{% if environment.inputs.retention > 3 and environment.inputs.stage != 'test' %}}
      MessageRetentionPeriod: {{{{ environment.inputs.retention * 3600 }}}}
      {{% else %}}
      MessageRetentionPeriod: 60
      {{% endif %}}
      Tags:
        {{%- for tag in environment.inputs.tags %}}
        - {{Key: '{{{{ tag.key }}}}', Value: '{{{{ tag.value | default('none') }}}}'}}
        {{%- endfor %}}
"
        );
    }
    let context = json!({"environment": {"name": "env", "inputs": {
        "retention": 7, "stage": "beta", "tags": [{"key": "team", "value": "red"}, {"key": "cost", "value": "42"}],
    }}});
    Template { name: format!("{size} bytes"), text, context }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn the_work_of_the_starter_bundles_can_be_done() {
        let bundles = Workspace::find().unwrap().root.join("bundles");
        let workload = Workload::collect(&[bundles], 1).unwrap();
        assert_eq!((workload.bundles.len(), workload.comparable, workload.specs.len()), (5, 5, 5));
        for template in workload.templates.iter().chain(&workload.growth[..1]) {
            let rendered =
                protium_bundle::render_cloudformation(&template.name, &template.text, &template.context);
            assert!(rendered.is_ok(), "{rendered:?}");
        }
    }

    #[test]
    fn templates_have_the_size_that_they_are_named_after() {
        for size in SIZES {
            let length = growing(size).text.len();
            assert!((size..size + 1000).contains(&length), "{length}");
        }
    }

    #[test]
    fn an_answer_has_samples_and_gaps() {
        let measured =
            Measured::read(r#"{"spec": [[3000, 1000, 2000], [], null], "memory": {"loaded": 1, "peak": 2}}"#);
        let measured = measured.unwrap();
        let medians: Vec<_> =
            measured.samples("spec").iter().map(|found| found.as_ref().map(Samples::median)).collect();
        assert_eq!(medians, [Some(Duration::from_micros(2)), None, None]);
        assert_eq!(measured.memory(), Some((1, 2)));
        assert!(measured.samples("other").is_empty());
    }
}
