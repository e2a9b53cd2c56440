//! What the namespaces of a part hold (behaviour 6.1), as far as the schema and the environments tell.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bundle::Part;
use crate::examine::EnvironmentOutputs;
use crate::schema::{InputType, Property, Schema, TypeSchema, ValueType};

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

/// The names at the top of what a part's templates see.
pub(super) fn roots<'a>(
    part: Part,
    schema: &'a Schema,
    environments: &'a [EnvironmentOutputs],
) -> BTreeMap<&'a str, Shape<'a>> {
    let view = || environment_view(environments);
    let instance_inputs = || inputs(schema.inputs());
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
            let own = schema.pipeline().map_or(Shape::Any, inputs);
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

fn inputs(inputs: &InputType) -> Shape<'_> {
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
