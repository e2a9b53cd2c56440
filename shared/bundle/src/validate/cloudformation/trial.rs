//! The values that a template is tried out with, and which of them say something.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Setting;
use crate::bundle::Part;
use crate::render::namespace::{
    EnvironmentNamespace, EnvironmentView, InstanceNamespace, Outputs, OwnEnvironment, OwnInstance,
    OwnPipeline, PipelineInstance, PipelineNamespace, ServiceView,
};
use crate::schema::{Examples, examples};

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

/// What templates see at the top.
const NAMESPACES: [&str; 5] = ["environment", "service", "service_instance", "service_instances", "pipeline"];

/// A namespace made of examples.
pub(super) struct Trial {
    pub(super) namespace: Value,
    made_up: BTreeSet<String>,
    /// What the template's own names stand for: a path, or a value that is known or not.
    names: BTreeMap<String, Own>,
}

/// A name that the template gives.
enum Own {
    Path(String),
    Known(bool),
}

impl Trial {
    /// For a template: `all` inputs, or those that a spec has at least.
    pub(super) fn new(text: &str, setting: &Setting<'_>, all: bool) -> Self {
        let own = examples(setting.schema.inputs(), all);
        let pipeline = setting.schema.pipeline().map(|inputs| examples(inputs, all)).unwrap_or_default();
        let mut made_up = own.made_up.clone();
        made_up.extend(pipeline.made_up.iter().cloned());
        Self { namespace: namespace(text, setting, &own, pipeline.values), made_up, names: BTreeMap::new() }
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
        let mut behind_is = false;
        paths(tag).into_iter().all(|(path, before)| {
            // What follows `|` or `is` is a filter or a test.
            let is_operation = before == Some('|') || std::mem::take(&mut behind_is);
            behind_is = path == "is" || (is_operation && path == "not");
            is_operation || self.is_path_known(path, 0)
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
