//! The declarations against the description of Proton's interface, where that lies beside the checkout.
//!
//! The golden files keep the interface as it was found right; this test is how it was found right.

use protium_wire::{
    Interface, model,
    shape::{Kind, Member, Shape},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// Compiles every pattern, and finds shapes of one name that say different things.
#[test]
fn every_pattern_compiles() {
    for (name, shape) in shapes() {
        if let Kind::Text { pattern: Some(pattern), .. } = shape.kind {
            assert!(regex_lite::Regex::new(pattern).is_ok(), "{name}: {pattern}");
        }
    }
}

#[test]
fn declarations_agree_with_the_description_of_the_interface() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/proton-api.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no proton-api.json beside the checkout");
        return;
    };
    let api: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(operations_described(), api["operations"], "operations");
    let described = &api["shapes"];
    let ours = shapes();
    for (name, theirs) in described.as_object().unwrap() {
        if theirs.get("ex").is_none() {
            let theirs = if theirs.is_string() { json!({"t": theirs}) } else { theirs.clone() };
            let ours = ours.get(name.as_str()).map(|shape| shape_described(shape));
            assert_eq!(ours.as_ref(), Some(&theirs), "{name}");
        }
    }
    for name in ours.keys() {
        assert!(described.get(name).is_some(), "{name} is not in the description");
    }
    assert_eq!(paginators_described(), api["paginators"]);
    assert_eq!(waiters_described(), api["waiters"]);
}

fn shapes() -> BTreeMap<&'static str, &'static Shape> {
    fn add(shape: &'static Shape, shapes: &mut BTreeMap<&'static str, &'static Shape>) {
        if let Some(known) = shapes.insert(shape.name, shape) {
            assert!(std::ptr::eq(known, shape), "{} is declared twice", shape.name);
            return;
        }
        shape.members().iter().for_each(|member| add(member.shape, shapes));
        if let Kind::List { of, .. } = shape.kind {
            add(of, shapes);
        }
    }
    let mut shapes = BTreeMap::new();
    for operation in Interface::Proton.operations() {
        add(operation.description().input, &mut shapes);
        add(operation.description().output, &mut shapes);
    }
    add(&protium_wire::values::ErrorMessage, &mut shapes);
    shapes
}

fn shape_described(shape: &Shape) -> Value {
    let mut described = match shape.kind {
        Kind::Structure(members) => json!({"t": "struct", "m": members_described(members)}),
        Kind::Union(members) => json!({"t": "struct", "m": members_described(members), "union": 1}),
        Kind::List { of, length } => with_limits(json!({"t": "list", "of": of.name}), length),
        Kind::Enum(values) => json!({"t": "string", "enum": values}),
        Kind::Text { length, pattern } => {
            let mut described = with_limits(json!({"t": "string"}), length);
            if let Some(pattern) = pattern {
                described["pattern"] = json!(pattern);
            }
            described
        }
        Kind::Integer { range } => with_limits(json!({"t": "integer"}), range),
        Kind::Boolean => json!({"t": "boolean"}),
        Kind::Timestamp => json!({"t": "timestamp"}),
    };
    if shape.sensitive {
        described["sens"] = json!(1);
    }
    described
}

fn with_limits<T: serde::Serialize>(mut described: Value, limits: Option<(T, T)>) -> Value {
    if let Some((min, max)) = limits {
        described["min"] = json!(min);
        described["max"] = json!(max);
    }
    described
}

fn members_described(members: &[Member]) -> Value {
    let described = members.iter().map(|member| {
        let token = member.presence == protium_wire::shape::Presence::Token;
        let mark = if member.presence.required_by_model() {
            "!"
        } else if token {
            "#"
        } else {
            ""
        };
        (member.name.to_owned(), json!(format!("{}{mark}", member.shape.name)))
    });
    Value::Object(described.collect())
}

fn operations_described() -> Value {
    let described = Interface::Proton.operations().map(|operation| {
        let description = operation.description();
        let mut letters: Vec<_> = description
            .errors()
            .map(|error| {
                if error.name().starts_with("ResourceNot") {
                    'N'
                } else {
                    error.name().chars().next().unwrap()
                }
            })
            .map(|letter| if letter == 'S' { 'Q' } else { letter })
            .collect();
        letters.sort_unstable();
        let errors: String = letters.into_iter().collect();
        let mut described =
            json!({"in": description.input.name, "out": description.output.name, "err": errors});
        if description.idempotent {
            described["idem"] = json!(1);
        }
        (operation.name().to_owned(), described)
    });
    Value::Object(described.collect())
}

fn paginators_described() -> Value {
    let described = model::PAGINATORS
        .iter()
        .filter(|pager| is_of_proton(pager.operation))
        .map(|pager| (pager.operation.name().to_owned(), json!([pager.result, u8::from(pager.limited)])));
    Value::Object(described.collect())
}

fn is_of_proton(operation: protium_wire::Operation) -> bool {
    operation.description().interface == Interface::Proton
}

fn waiters_described() -> Value {
    let described = model::WAITERS.iter().filter(|waiter| is_of_proton(waiter.operation)).map(|waiter| {
        let acceptors = waiter.acceptors.iter().map(|acceptor| match acceptor {
            model::Acceptor::Error(code) => json!(["success", "ERROR", code.name()]),
            model::Acceptor::Value { outcome: model::Outcome::Success, path, value } => {
                json!(["success", path, value])
            }
            model::Acceptor::Value { outcome: model::Outcome::Failure, path, value } => {
                json!(["failure", path, value])
            }
        });
        let acceptors: Vec<_> = acceptors.collect();
        let described = json!({
            "op": waiter.operation.name(), "delay": waiter.delay, "max": waiter.attempts, "acc": acceptors,
        });
        (waiter.name.to_owned(), described)
    });
    Value::Object(described.collect())
}
