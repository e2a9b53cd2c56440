//! The botocore service models of our interfaces, written from the descriptions.
//!
//! `protium model` installs them under the names `proton` and `protium`, so that the AWS CLI and boto3 have a `proton` that signs for
//! what our endpoint accepts, and go on having one when AWS drops Proton from its clients. The form is that of
//! botocore's `data/<service>/<version>/service-2.json`, with `paginators-1.json` and `waiters-2.json` beside it.

mod paginators;
mod waiters;

pub use paginators::{PAGINATORS, Paginator};
pub use waiters::{Acceptor, Outcome, WAITERS, Waiter};

use crate::{
    error::ErrorCode,
    operations::{Description, Interface},
    shape::{Kind, Member, Presence, Shape},
    values,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Names under which clients know an interface.
impl Interface {
    /// The service's name: `aws <name> …`, `boto3.client("<name>")`.
    pub const fn service_name(self) -> &'static str {
        match self {
            Self::Proton => "proton",
            Self::Protium => "protium",
        }
    }

    /// Version of the interface; clients look for the model in a folder of this name.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Proton => "2020-07-20",
            Self::Protium => "2026-11-21",
        }
    }

    const fn full_name(self) -> &'static str {
        match self {
            Self::Proton => "AWS Proton",
            Self::Protium => "Protium",
        }
    }

    const fn service_id(self) -> &'static str {
        match self {
            Self::Proton => "Proton",
            Self::Protium => "Protium",
        }
    }

    const fn documentation(self) -> &'static str {
        match self {
            Self::Proton => "Proton's interface as Protium serves it.",
            Self::Protium => {
                "What Protium does beyond Proton: fleet updates, previews, retries, forced deletions, and moving in."
            }
        }
    }
}

/// The signing name that API Gateway's IAM authorisation accepts.
pub const GATEWAY_SIGNING_NAME: &str = "execute-api";

/// `service-2.json`: operations and shapes. Clients made of it sign for `signing_name`.
pub fn service(interface: Interface, signing_name: &str) -> Value {
    let mut shapes = Shapes::default();
    let operations: BTreeMap<_, _> = interface
        .operations()
        .map(|operation| {
            let description = operation.description();
            shapes.add(description.input);
            shapes.add(description.output);
            (description.name, operation_model(description))
        })
        .collect();
    shapes.add_errors();
    json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": interface.api_version(),
            "endpointPrefix": interface.service_name(),
            "jsonVersion": "1.0",
            "protocol": "json",
            "protocols": ["json"],
            "serviceFullName": interface.full_name(),
            "serviceId": interface.service_id(),
            "signatureVersion": "v4",
            "signingName": signing_name,
            "targetPrefix": interface.target_prefix(),
            "uid": format!("{}-{}", interface.service_name(), interface.api_version()),
        },
        "operations": operations,
        "shapes": shapes.0,
        "documentation": interface.documentation(),
    })
}

/// `paginators-1.json`: which lists have pages, and where.
pub fn paginators(interface: Interface) -> Value {
    let pagination: BTreeMap<_, _> = PAGINATORS
        .iter()
        .filter(|pager| pager.operation.description().interface == interface)
        .map(|pager| (pager.operation.name(), pager.model()))
        .collect();
    json!({"pagination": pagination})
}

/// `waiters-2.json`: what clients can wait for, and how they tell.
pub fn waiters(interface: Interface) -> Value {
    let waiters: BTreeMap<_, _> = WAITERS
        .iter()
        .filter(|waiter| waiter.operation.description().interface == interface)
        .map(|waiter| (waiter.name, waiter.model()))
        .collect();
    json!({"version": 2, "waiters": waiters})
}

fn operation_model(description: &Description) -> Value {
    let errors: Vec<_> = description.errors().map(|error| json!({"shape": error.name()})).collect();
    let mut model = json!({
        "name": description.name,
        "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": description.input.name},
        "output": {"shape": description.output.name},
        "errors": errors,
        "documentation": format!("<p>{}</p>", description.summary),
    });
    if description.idempotent {
        model["idempotent"] = json!(true);
    }
    model
}

/// The shapes met so far, by name: botocore's models are flat.
#[derive(Default)]
struct Shapes(BTreeMap<&'static str, Value>);

impl Shapes {
    /// Adds a shape and all that it consists of.
    fn add(&mut self, shape: &'static Shape) {
        if self.0.contains_key(shape.name) {
            return;
        }
        let mut model = kind_model(shape.kind);
        if shape.sensitive {
            model.insert("sensitive".to_owned(), json!(true));
        }
        self.0.insert(shape.name, Value::Object(model));
        for member in shape.members() {
            self.add(member.shape);
        }
        if let Kind::List { of, .. } = shape.kind {
            self.add(of);
        }
    }

    fn add_errors(&mut self) {
        self.add(&values::ErrorMessage);
        for error in ErrorCode::MODELLED {
            self.0.insert(error.name(), error_model(*error));
        }
    }
}

fn error_model(error: ErrorCode) -> Value {
    let mut model = json!({
        "type": "structure",
        "required": ["message"],
        "members": {"message": {"shape": values::ErrorMessage.name}},
        "exception": true,
    });
    if !error.is_client_fault() {
        model["fault"] = json!(true);
    }
    if error == ErrorCode::Throttling {
        model["retryable"] = json!({"throttling": true});
    }
    model
}

fn kind_model(kind: Kind) -> Map<String, Value> {
    let mut model = Map::new();
    let mut put = |name: &str, value: Value| {
        model.insert(name.to_owned(), value);
    };
    match kind {
        Kind::Structure(members) => {
            put("type", json!("structure"));
            let required: Vec<_> =
                members.iter().filter(|m| m.presence.required_by_model()).map(|m| m.name).collect();
            if !required.is_empty() {
                put("required", json!(required));
            }
            put("members", members_model(members));
        }
        Kind::Union(members) => {
            put("type", json!("structure"));
            put("members", members_model(members));
            put("union", json!(true));
        }
        Kind::List { of, length } => {
            put("type", json!("list"));
            put("member", json!({"shape": of.name}));
            limits(&mut put, length);
        }
        Kind::Enum(values) => {
            put("type", json!("string"));
            put("enum", json!(values));
        }
        Kind::Text { length, pattern } => {
            put("type", json!("string"));
            limits(&mut put, length);
            if let Some(pattern) = pattern {
                put("pattern", json!(pattern));
            }
        }
        Kind::Integer { range } => {
            put("type", json!("integer"));
            put("box", json!(true));
            limits(&mut put, range);
        }
        Kind::Boolean => {
            put("type", json!("boolean"));
            put("box", json!(true));
        }
        Kind::Timestamp => put("type", json!("timestamp")),
    }
    model
}

fn limits<T: serde::Serialize>(put: &mut impl FnMut(&str, Value), limits: Option<(T, T)>) {
    if let Some((min, max)) = limits {
        put("max", json!(max));
        put("min", json!(min));
    }
}

fn members_model(members: &[Member]) -> Value {
    let models = members.iter().map(|member| {
        let mut model = json!({"shape": member.shape.name});
        if member.presence == Presence::Token {
            model["idempotencyToken"] = json!(true);
        }
        (member.name.to_owned(), model)
    });
    Value::Object(models.collect())
}
