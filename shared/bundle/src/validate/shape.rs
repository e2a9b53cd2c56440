//! What the namespaces of a part hold (behaviour 6.1), as far as the schema and the environments tell.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bundle::Part;
use crate::examine::EnvironmentOutputs;
use crate::schema::{Draft, InputType, Property, Schema, TypeSchema, ValueType};

/// What is known of a value that a template refers to.
#[derive(Clone)]
pub(super) enum Shape<'a> {
    /// Nothing.
    Any,
    /// A mapping with exactly these members.
    Record(Rc<Record<'a>>),
    /// Outputs of an environment; the environments that may be it.
    Outputs(&'a [EnvironmentOutputs]),
    /// A list of such.
    List(Rc<Shape<'a>>),
}

/// A mapping whose members are known.
pub(super) struct Record<'a> {
    pub(super) role: Role<'a>,
    pub(super) members: BTreeMap<&'a str, Shape<'a>>,
}

/// What a mapping is, for messages.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// The inputs of this type of the schema.
    Inputs(&'a str),
    /// A member of an input.
    Nested,
    /// The environment of a service instance.
    Environment,
    /// Anything else of the namespaces.
    Namespace,
}

/// The inputs that a schema describes.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    /// Of the environment or of each service instance; `None` when they couldn't be read.
    pub(super) own: Option<&'a InputType>,
    /// Of the pipeline; `None` when there are none or they couldn't be read.
    pub(super) pipeline: Option<&'a InputType>,
    /// Nothing is wrong with the schema.
    pub(super) is_sound: bool,
}

impl<'a> Inputs<'a> {
    pub(super) fn of(schema: &'a Schema) -> Self {
        Self { own: Some(schema.inputs()), pipeline: schema.pipeline(), is_sound: true }
    }

    pub(super) fn of_draft(draft: &'a Draft) -> Self {
        Self { own: draft.inputs.as_ref(), pipeline: draft.pipeline.as_ref(), is_sound: false }
    }
}

/// The names at the top of what a part's templates see.
pub(super) fn roots<'a>(
    part: Part,
    inputs: Inputs<'a>,
    environments: &'a [EnvironmentOutputs],
) -> BTreeMap<&'a str, Shape<'a>> {
    let view = || environment_view(environments);
    let instance_inputs = || inputs.own.map_or(Shape::Any, record_of);
    match part {
        Part::Infrastructure => {
            let own = record(Role::Namespace, [("name", Shape::Any), ("inputs", instance_inputs())]);
            BTreeMap::from([("environment", own)])
        }
        Part::InstanceInfrastructure => {
            let components = record(Role::Namespace, [("default", Shape::Any)]);
            let own = [
                ("name", Shape::Any),
                ("inputs", instance_inputs()),
                ("components", components),
                // An early synonym (behaviour 6.1).
                ("environment", view()),
            ];
            let own = record(Role::Namespace, own);
            BTreeMap::from([("environment", view()), ("service", service()), ("service_instance", own)])
        }
        Part::PipelineInfrastructure => {
            let own = inputs.pipeline.map_or(Shape::Any, record_of);
            let instance = [
                ("name", Shape::Any),
                ("inputs", instance_inputs()),
                ("outputs", Shape::Any),
                ("environment", view()),
            ];
            let instances = Shape::List(Rc::new(record(Role::Namespace, instance)));
            let pipeline = record(Role::Namespace, [("inputs", own)]);
            BTreeMap::from([("service", service()), ("pipeline", pipeline), ("service_instances", instances)])
        }
    }
}

/// The variables of a part's Terraform code (behaviour 6.5): the same, without the synonym of templates.
pub(super) fn variables<'a>(
    part: Part,
    inputs: Inputs<'a>,
    environments: &'a [EnvironmentOutputs],
) -> BTreeMap<&'a str, Shape<'a>> {
    let mut variables = roots(part, inputs, environments);
    if let Some(Shape::Record(instance)) = variables.get_mut("service_instance")
        && let Some(instance) = Rc::get_mut(instance)
    {
        instance.members.remove("environment");
    }
    variables.insert("proton_tags", Shape::Any);
    variables
}

fn record<'a>(role: Role<'a>, members: impl IntoIterator<Item = (&'a str, Shape<'a>)>) -> Shape<'a> {
    Shape::Record(Rc::new(Record { role, members: members.into_iter().collect() }))
}

fn service<'a>() -> Shape<'a> {
    let members = ["name", "repository_id", "repository_connection_arn", "branch_name"];
    record(Role::Namespace, members.map(|name| (name, Shape::Any)))
}

fn environment_view(environments: &[EnvironmentOutputs]) -> Shape<'_> {
    let outputs = if environments.is_empty() { Shape::Any } else { Shape::Outputs(environments) };
    let members = [("name", Shape::Any), ("account_id", Shape::Any), ("outputs", outputs)];
    record(Role::Environment, members)
}

fn record_of(inputs: &InputType) -> Shape<'_> {
    record(Role::Inputs(inputs.name()), inputs.properties().iter().map(member))
}

fn member(property: &Property) -> (&str, Shape<'_>) {
    (&property.name, value(&property.schema))
}

fn value(schema: &TypeSchema) -> Shape<'_> {
    match (schema.kind, &schema.items) {
        (ValueType::Array, Some(items)) => Shape::List(Rc::new(value(items))),
        // An object without properties takes any members.
        (ValueType::Object, _) if !schema.properties.is_empty() => {
            record(Role::Nested, schema.properties.iter().map(member))
        }
        _ => Shape::Any,
    }
}
