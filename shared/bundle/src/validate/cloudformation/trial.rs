//! The values that a template is tried out with, and which of them say something.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::Setting;
use crate::bundle::Part;
use crate::jinja::render_with_stand_ins;
use crate::problem::{Problem, Severity};
use crate::render::namespace::{
    EnvironmentNamespace, EnvironmentView, InstanceNamespace, Outputs, OwnEnvironment, OwnInstance,
    OwnPipeline, PipelineInstance, PipelineNamespace, ServiceView,
};
use crate::render::render_cloudformation;
use crate::schema::{Examples, Property, TypeSchema, ValueType, examples};

/// Words of the language, its functions included.
const WORDS: [&str; 38] = [
    "for",
    "in",
    "if",
    "elif",
    "else",
    "endfor",
    "endif",
    "set",
    "endset",
    "not",
    "and",
    "or",
    "is",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "recursive",
    "with",
    "endwith",
    "macro",
    "endmacro",
    "call",
    "endcall",
    "filter",
    "endfilter",
    "raw",
    "endraw",
    "defined",
    "undefined",
    "loop",
    "range",
    "dict",
    "namespace",
    "self",
    "caller",
];

/// Most choices that are tried.
const CHOICE_LIMIT: usize = 8;

/// Inputs that a template is tried out with.
pub(super) enum Choice {
    /// What a spec has at least.
    Least,
    /// All inputs.
    All,
    /// One input otherwise than its default.
    Of { name: String, value: Value, of_pipeline: bool },
}

impl Choice {
    /// The choices for a template; `deciding` is the text of what decides in it.
    pub(super) fn of(setting: &Setting<'_>, deciding: &str) -> Vec<Self> {
        let mut choices = vec![Self::Least, Self::All];
        let pipeline = setting.inputs.pipeline.filter(|_| setting.part == Part::PipelineInfrastructure);
        let inputs = [(setting.inputs.own, false), (pipeline, true)];
        for (inputs, of_pipeline) in inputs.into_iter().filter_map(|(inputs, of)| Some((inputs?, of))) {
            for Property { name, schema, .. } in
                inputs.properties().iter().filter(|it| deciding.contains(&it.name))
            {
                for value in others(schema) {
                    choices.push(Self::Of { name: name.clone(), value, of_pipeline });
                }
            }
        }
        choices.truncate(CHOICE_LIMIT);
        choices
    }

    /// What is wrong with the choice alone: a warning, and when it is.
    pub(super) fn told(&self, problem: Problem) -> Problem {
        let when = match self {
            Self::Least => String::new(),
            Self::All => " (when all inputs are given)".to_owned(),
            Self::Of { name, value, .. } => format!(" (when `{name}` is {value})"),
        };
        Problem { severity: Severity::Warning, message: problem.message + &when, ..problem }
    }
}

/// The values besides that of the example, of an input that has few.
fn others(schema: &TypeSchema) -> Vec<Value> {
    let listed = schema.constraints.get("enum").and_then(Value::as_array).cloned();
    let values = match schema.kind {
        ValueType::Boolean if listed.is_none() => vec![true.into(), false.into()],
        _ => listed.unwrap_or_default(),
    };
    let own = schema.default.as_ref().or(values.first()).cloned();
    values.into_iter().filter(|value| Some(value) != own.as_ref()).take(3).collect()
}

/// What templates see at the top.
const NAMESPACES: [&str; 5] = ["environment", "service", "service_instance", "service_instances", "pipeline"];

/// A namespace made of examples.
pub(super) struct Trial {
    pub(super) namespace: Value,
    made_up: BTreeSet<String>,
    /// What the template's own names stand for: a path, or a value that is known or not.
    names: BTreeMap<String, Own>,
    /// Lines of the template on which something stood in for what isn't there; `None` when that isn't allowed.
    stood_in: Option<BTreeSet<usize>>,
}

/// A name that the template gives.
enum Own {
    Path(String),
    Known(bool),
}

impl Trial {
    /// The namespace of a choice.
    pub(super) fn new(text: &str, setting: &Setting<'_>, choice: &Choice) -> Self {
        let all = matches!(choice, Choice::All);
        let mut own = setting.inputs.own.map(|inputs| examples(inputs, all)).unwrap_or_default();
        let mut pipeline = setting.inputs.pipeline.map(|inputs| examples(inputs, all)).unwrap_or_default();
        if let Choice::Of { name, value, of_pipeline } = choice {
            let examples = if *of_pipeline { &mut pipeline } else { &mut own };
            examples.values.insert(name.clone(), value.clone());
        }
        let mut made_up = own.made_up.clone();
        made_up.extend(pipeline.made_up.iter().cloned());
        Self {
            namespace: namespace(text, setting, &own, pipeline.values),
            made_up,
            names: BTreeMap::new(),
            stood_in: None,
        }
    }

    /// A template rendered in the way that was settled on.
    pub(super) fn render(&self, path: &str, text: &str) -> Option<String> {
        if self.stood_in.is_some() {
            return Some(render_with_stand_ins(path, text, &self.namespace).ok()?.0);
        }
        render_cloudformation(path, text, &self.namespace).ok()
    }

    /// A template rendered with stand-ins for what it refers to in vain; [`Self::render`] does the same from then on.
    pub(super) fn stand_in(&mut self, path: &str, text: &str) -> Option<String> {
        let (rendered, lines) = render_with_stand_ins(path, text, &self.namespace).ok()?;
        self.stood_in = Some(lines);
        Some(rendered)
    }

    /// Nothing stood in.
    pub(super) fn is_whole(&self) -> bool {
        self.stood_in.is_none()
    }

    /// Whether on one of these lines of the template, from 1, something stood in.
    pub(super) fn stood_in(&self, lines: &RangeInclusive<usize>) -> bool {
        self.stood_in.as_ref().is_some_and(|places| places.range(lines.clone()).next().is_some())
    }

    /// Learns the names that a statement gives: `for a in b`, `set a = b`.
    pub(super) fn learn(&mut self, statement: &str) {
        let statement = statement.trim();
        let (names, value) = if let Some(rest) = statement.strip_prefix("for ") {
            rest.split_once(" in ").unwrap_or((rest, ""))
        } else if let Some(rest) = statement.strip_prefix("set ") {
            rest.split_once('=').unwrap_or((rest, ""))
        } else {
            return;
        };
        let value = value.trim();
        let is_path =
            !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        for name in
            names.split(',').map(str::trim).filter(|name| !name.is_empty() && !value.starts_with(name))
        {
            let is_new = !self.names.contains_key(name);
            let own = if is_path && is_new {
                Own::Path(value.to_owned())
            } else {
                // A name that is given twice is known when it is known each time.
                let before = is_new || self.is_path_known(name, 0);
                Own::Known(before && !value.is_empty() && self.is_known(value))
            };
            self.names.insert(name.to_owned(), own);
        }
    }

    /// Whether an expression or statement has nothing in it but values that deployments will have: what is behind it
    /// can be taken at its word. Told by the names alone.
    pub(super) fn is_known(&self, tag: &str) -> bool {
        let paths = paths(tag);
        let next = |at: usize| paths.get(at).map(|(path, _)| *path);
        let mut behind_is = false;
        paths.iter().enumerate().all(|(at, (path, before))| {
            // Given or not: specs of both kinds will come.
            let is_asked =
                next(at + 1) == Some("is") && next(at + 2) == Some("defined") && path.contains("inputs");
            // What follows `|` or `is` is a filter or a test.
            let is_operation = *before == Some('|') || std::mem::take(&mut behind_is);
            behind_is = *path == "is" || (is_operation && *path == "not");
            is_operation || is_asked || self.is_path_known(path, 0)
        })
    }

    fn is_path_known(&self, path: &str, depth: usize) -> bool {
        let (root, rest) = path.split_once('.').map_or((path, ""), |(root, rest)| (root, rest));
        match self.names.get(root) {
            _ if depth > 5 => return false,
            Some(Own::Path(of)) => return self.is_path_known(&format!("{of}.{rest}"), depth + 1),
            Some(Own::Known(is_known)) => return *is_known,
            None => {}
        }
        if WORDS.contains(&root) {
            return true;
        }
        let rest: Vec<_> = rest.split('.').filter(|part| !part.is_empty()).collect();
        match rest.iter().position(|part| *part == "inputs") {
            Some(at) => rest.get(at + 1).is_none_or(|name| !self.made_up.contains(*name)),
            // Nothing attached is what most instances have.
            None if rest.first() == Some(&"components") => true,
            None if rest.contains(&"outputs") => false,
            None => NAMESPACES.contains(&root),
        }
    }
}

/// The names and dotted paths of an expression, outside of its texts, and the character before each.
fn paths(tag: &str) -> Vec<(&str, Option<char>)> {
    let mut paths = Vec::new();
    let (mut start, mut quote, mut before) = (None, None, None);
    for (at, c) in tag.char_indices().chain([(tag.len(), ' ')]) {
        if let Some(open) = quote {
            if c == open {
                quote = None;
            }
            continue;
        }
        match start {
            Some(from) if !(c.is_alphanumeric() || matches!(c, '_' | '.')) => {
                paths.push((&tag[from..at], before));
                start = None;
                before = None;
            }
            None if c.is_alphabetic() || c == '_' => start = Some(at),
            _ => {}
        }
        if start.is_none() {
            if matches!(c, '\'' | '"') {
                quote = Some(c);
            }
            if !c.is_whitespace() {
                before = Some(c);
            }
        }
    }
    paths
}

fn namespace(text: &str, setting: &Setting<'_>, own: &Examples, pipeline: Map<String, Value>) -> Value {
    let outputs = outputs(text, setting);
    let environment = |name: &str| EnvironmentView {
        name: name.to_owned(),
        account_id: "123456789012".to_owned(),
        outputs: outputs.clone(),
    };
    let service = ServiceView {
        name: "exampleservice".to_owned(),
        repository_id: "example/repository".to_owned(),
        repository_connection_arn: "arn:aws:codestar-connections:us-east-1:123456789012:connection/example"
            .to_owned(),
        branch_name: "main".to_owned(),
    };
    let inputs = own.values.clone();
    match setting.part {
        Part::Infrastructure => {
            let environment = OwnEnvironment { name: "exampleenvironment".to_owned(), inputs };
            EnvironmentNamespace { environment }.to_json()
        }
        Part::InstanceInfrastructure => {
            let mut instance =
                OwnInstance { name: "exampleinstance".to_owned(), inputs, ..OwnInstance::default() };
            instance.components.default = None;
            let environment = environment("exampleenvironment");
            let synonym = json!(environment);
            let mut tree = InstanceNamespace { service, service_instance: instance, environment }.to_json();
            // An early synonym (behaviour 6.1).
            tree["service_instance"]["environment"] = synonym;
            tree
        }
        Part::PipelineInfrastructure => {
            let instance = |name: &str, environment_name: &str| PipelineInstance {
                name: name.to_owned(),
                inputs: inputs.clone(),
                outputs: outputs.clone(),
                environment: environment(environment_name),
            };
            let service_instances = vec![
                instance("exampledev", "exampledevelopment"),
                instance("exampleprod", "exampleproduction"),
            ];
            let pipeline = OwnPipeline { inputs: pipeline };
            PipelineNamespace { service, pipeline, service_instances }.to_json()
        }
    }
}

/// Outputs under every name that is known or that the template asks for.
fn outputs(text: &str, setting: &Setting<'_>) -> Outputs {
    let of_environments = setting.environments.iter().flat_map(|environment| environment.outputs.iter());
    let mut outputs: Outputs = of_environments.map(|name| (name.clone(), "example".to_owned())).collect();
    for (at, word) in text.match_indices("outputs") {
        let rest = text[at + word.len()..].trim_start_matches(['.', '[', '\'', '"']);
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let key = key_looked_up(&text[..at]);
        let value = outputs.entry(name).or_insert_with(|| "example".to_owned());
        if let Some(key) = key {
            value.clear();
            value.push_str(key);
        }
    }
    outputs
}

/// `a` of `{"a": …}[service_instances[0].`: a key that an output is expected to be.
fn key_looked_up(before: &str) -> Option<&str> {
    let (mapping, path) = before.rsplit_once("}[")?;
    let is_path = path.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'));
    let mut depth = 1;
    let open = mapping.rfind(|c| {
        depth = match c {
            '}' => depth + 1,
            '{' => depth - 1,
            _ => depth,
        };
        depth == 0
    })?;
    let key = mapping[open + 1..].trim_start();
    let quote = key.chars().next().filter(|c| is_path && matches!(c, '\'' | '"'))?;
    key[1..].split(quote).next()
}
