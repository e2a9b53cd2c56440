//! `proton: ServiceSpec`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{SpecProblem, check_section, current, document, merge, section_inputs};
use crate::bundle::is_resource_name;
use crate::schema::Schema;
use crate::yaml::Node;

/// A parsed service spec: a pipeline's inputs and the instances with theirs. Components use the same form.
#[derive(Debug, Clone)]
pub struct ServiceSpec {
    text: String,
    root: Node,
    instances: Vec<InstanceSection>,
}

/// One entry of `instances`.
#[derive(Debug, Clone)]
pub struct InstanceSection {
    name: String,
    environment: String,
    /// Index in the list.
    index: usize,
    node: Node,
}

impl InstanceSection {
    /// The instance's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the environment it runs in.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Path of the entry, for messages: `spec.instances[0]`.
    pub fn path(&self) -> String {
        format!("spec.instances[{}]", self.index)
    }

    /// Whether both give the same values under the same name and environment, however they are written.
    pub fn means_the_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.environment == other.environment
            && same_inputs(self.section(), other.section())
    }

    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    fn section(&self) -> Option<&Node> {
        self.node.get("spec")
    }
}

impl ServiceSpec {
    /// Reads a spec and checks its grammar.
    ///
    /// # Errors
    /// Malformed YAML, a wrong or missing `proton:` line, unknown keys, instances without name or environment, two of
    /// one name, names that aren't resource names.
    pub fn parse(text: &str) -> Result<Self, Vec<SpecProblem>> {
        let root = document(text, "ServiceSpec", &["proton", "pipeline", "instances"])?;
        let mut problems = Vec::new();
        check_section("spec.pipeline", root.get("pipeline"), &mut problems);
        let instances = instances(&root, &mut problems);
        if problems.is_empty() { Ok(Self { text: text.to_owned(), root, instances }) } else { Err(problems) }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    /// The instances in the order of the file.
    pub fn instances(&self) -> &[InstanceSection] {
        &self.instances
    }

    /// One instance by name.
    pub fn instance(&self, name: &str) -> Option<&InstanceSection> {
        self.instances.iter().find(|instance| instance.name == name)
    }

    /// Whether it gives any pipeline input.
    pub fn has_pipeline(&self) -> bool {
        self.root.get("pipeline").and_then(Node::entries).is_some_and(|entries| !entries.is_empty())
    }

    /// Whether both give the same pipeline inputs, however they are written.
    pub fn has_same_pipeline(&self, other: &Self) -> bool {
        same_inputs(self.root.get("pipeline"), other.root.get("pipeline"))
    }

    /// Whether the values of all instances and of the pipeline fit the template.
    ///
    /// # Errors
    /// Everything that doesn't, each with the path of the offending value; pipeline inputs for a template without
    /// pipeline (an empty `pipeline` is tolerated).
    pub fn validate(&self, schema: &Schema) -> Result<(), Vec<SpecProblem>> {
        let mut problems = Vec::new();
        for instance in &self.instances {
            problems.extend(instance_inputs(instance, schema).err().unwrap_or_default());
        }
        problems.extend(self.pipeline_inputs(schema).err().unwrap_or_default());
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Whether the values of one instance fit the template; other sections aren't looked at. `UpdateServiceInstance`
    /// takes a whole spec and touches one instance only (behaviour 5.2).
    ///
    /// # Errors
    /// As [`Self::instance_inputs`].
    pub fn validate_instance(&self, schema: &Schema, name: &str) -> Result<(), Vec<SpecProblem>> {
        self.instance_inputs(schema, name).map(|_| ())
    }

    /// The values of one instance with JSON types and with the schema's defaults; optional inputs without default are
    /// absent.
    ///
    /// # Errors
    /// Values that don't fit; no instance of that name.
    pub fn instance_inputs(
        &self,
        schema: &Schema,
        name: &str,
    ) -> Result<Map<String, Value>, Vec<SpecProblem>> {
        match self.instance(name) {
            Some(instance) => instance_inputs(instance, schema),
            None => Err(no_instance(name)),
        }
    }

    /// The values of the pipeline, likewise; empty for templates without pipeline.
    ///
    /// # Errors
    /// Values that don't fit, or any value for a template without pipeline.
    pub fn pipeline_inputs(&self, schema: &Schema) -> Result<Map<String, Value>, Vec<SpecProblem>> {
        match schema.pipeline() {
            Some(pipeline) => section_inputs(pipeline, self.root.get("pipeline"), "spec.pipeline"),
            None if self.has_pipeline() => {
                let message = "this service template has no pipeline; remove the section";
                Err(vec![SpecProblem::new("spec.pipeline", message)])
            }
            None => Ok(Map::new()),
        }
    }

    /// The spec with every `${Proton::CURRENT_VAL}` replaced by the value of the last stored spec (of the instance of
    /// the same name, or of the pipeline), and else untouched.
    ///
    /// # Errors
    /// Values asked for that the stored spec doesn't have (all of them when there is none).
    pub fn with_current_values(&self, stored: Option<&Self>) -> Result<Self, Vec<SpecProblem>> {
        let mut edits = current::Edits::default();
        self.edit_pipeline(&mut edits, stored);
        for instance in &self.instances {
            edit_instance(&mut edits, instance, stored);
        }
        Self::parse(&edits.apply(&self.text)?)
    }

    /// The same for one instance's section only; what others ask for is left as it is. For `UpdateServiceInstance`,
    /// which ignores the other sections.
    ///
    /// # Errors
    /// Values asked for that the stored spec doesn't have; no instance of that name.
    pub fn with_current_values_of_instance(
        &self,
        name: &str,
        stored: Option<&Self>,
    ) -> Result<Self, Vec<SpecProblem>> {
        let Some(instance) = self.instance(name) else { return Err(no_instance(name)) };
        let mut edits = current::Edits::default();
        edit_instance(&mut edits, instance, stored);
        Self::parse(&edits.apply(&self.text)?)
    }

    /// The same for the pipeline's section only. For `UpdateServicePipeline`.
    ///
    /// # Errors
    /// Values asked for that the stored spec doesn't have.
    pub fn with_current_values_of_pipeline(&self, stored: Option<&Self>) -> Result<Self, Vec<SpecProblem>> {
        let mut edits = current::Edits::default();
        self.edit_pipeline(&mut edits, stored);
        Self::parse(&edits.apply(&self.text)?)
    }

    fn edit_pipeline(&self, edits: &mut current::Edits, stored: Option<&Self>) {
        let before = stored.and_then(|spec| spec.root.get("pipeline"));
        edits.section("spec.pipeline", self.root.get("pipeline"), before, stored.map_or("", Self::text));
    }

    /// This spec with the section of one instance taken from `from`: replaced where there is one of that name, added
    /// at the end where there is none. Everything else stays as it was written (behaviour 5.2).
    ///
    /// # Errors
    /// `from` has no instance of that name.
    pub fn with_instance_from(&self, from: &Self, name: &str) -> Result<Self, Vec<SpecProblem>> {
        let text = merge::instance(self, from, name)?;
        Self::parse(&text)
    }

    /// This spec with the pipeline's section taken from `from`, or without one when `from` has none.
    ///
    /// # Errors
    /// None that a user could cause; the result is parsed again.
    pub fn with_pipeline_from(&self, from: &Self) -> Result<Self, Vec<SpecProblem>> {
        Self::parse(&merge::pipeline(self, from))
    }

    /// This spec with its instances in the order in which `other` names them; those that it doesn't name come last. A
    /// pipeline's template sees the instances in the order of the service's spec.
    ///
    /// # Errors
    /// [`SpecProblem`] when the result can't be read, which would be a fault of ours.
    pub fn in_order_of(&self, other: &Self) -> Result<Self, Vec<SpecProblem>> {
        Self::parse(&merge::in_order_of(self, other))
    }
}

fn no_instance(name: &str) -> Vec<SpecProblem> {
    vec![SpecProblem::new("spec.instances", format!("has no instance named `{name}`"))]
}

fn edit_instance(edits: &mut current::Edits, instance: &InstanceSection, stored: Option<&ServiceSpec>) {
    let before = stored.and_then(|spec| spec.instance(&instance.name));
    let source = stored.map_or("", ServiceSpec::text);
    let path = format!("{}.spec", instance.path());
    edits.section(&path, instance.section(), before.and_then(InstanceSection::section), source);
}

/// No section, an empty and a null one are the same.
fn same_inputs(one: Option<&Node>, other: Option<&Node>) -> bool {
    let meaning = |section: Option<&Node>| {
        let entries = section.and_then(Node::entries).unwrap_or_default();
        let value =
            |(key, value): &(Node, Node)| (key.text().unwrap_or_default().to_owned(), merge::lossless(value));
        entries.iter().map(value).collect::<BTreeMap<_, _>>()
    };
    meaning(one) == meaning(other)
}

fn instance_inputs(
    instance: &InstanceSection,
    schema: &Schema,
) -> Result<Map<String, Value>, Vec<SpecProblem>> {
    section_inputs(schema.inputs(), instance.section(), &format!("{}.spec", instance.path()))
}

fn instances(root: &Node, problems: &mut Vec<SpecProblem>) -> Vec<InstanceSection> {
    let Some(list) = root.get("instances").filter(|node| !node.is_null()) else { return Vec::new() };
    let Some(items) = list.items() else {
        let message = format!("must be a list, not {}", list.kind_name());
        problems.push(SpecProblem::on("spec.instances", list, message));
        return Vec::new();
    };
    let mut instances: Vec<InstanceSection> = Vec::new();
    for (index, node) in items.iter().enumerate() {
        let Some(instance) = instance(index, node, problems) else { continue };
        if let Some(first) = instances.iter().find(|other| other.name == instance.name) {
            let message = format!("`{}` is the name of {} already", instance.name, first.path());
            problems.push(SpecProblem::on(format!("spec.instances[{index}].name"), node, message));
        }
        instances.push(instance);
    }
    instances
}

fn instance(index: usize, node: &Node, problems: &mut Vec<SpecProblem>) -> Option<InstanceSection> {
    let path = format!("spec.instances[{index}]");
    let Some(entries) = node.entries() else {
        problems.push(SpecProblem::on(path, node, format!("must be a mapping, not {}", node.kind_name())));
        return None;
    };
    for (key, _) in entries {
        let name = key.text().unwrap_or_default();
        if !["name", "environment", "spec"].contains(&name) {
            let message = "is not a key of an instance; known are name, environment, spec";
            problems.push(SpecProblem::on(format!("{path}.{name}"), key, message));
        }
    }
    check_section(&format!("{path}.spec"), node.get("spec"), problems);
    let name = resource_name(node, &path, "name", problems);
    let environment = resource_name(node, &path, "environment", problems);
    Some(InstanceSection { name: name?, environment: environment?, index, node: node.clone() })
}

/// A name by its source text: an instance may be called `007`.
fn resource_name(node: &Node, path: &str, key: &str, problems: &mut Vec<SpecProblem>) -> Option<String> {
    let path = format!("{path}.{key}");
    let Some(value) = node.get(key).filter(|value| !value.is_null()) else {
        problems.push(SpecProblem::on(path, node, "is missing"));
        return None;
    };
    match value.text().filter(|name| is_resource_name(name)) {
        Some(name) => Some(name.to_owned()),
        None => {
            let message =
                "must be a name of 1 to 100 letters, digits, `-` and `_`, beginning with a letter or digit";
            problems.push(SpecProblem::on(path, value, message));
            None
        }
    }
}
