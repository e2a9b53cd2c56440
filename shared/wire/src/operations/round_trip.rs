//! Every type of every operation against its description: a value that has all members the description knows must be
//! taken by the type whole, and come out of it unchanged. A member whose name or sort differed would get lost.

use super::for_each_type;
use crate::{
    shape::{Kind, Shape, Shaped},
    validate,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// What is done with each type.
pub(super) trait Check {
    fn check<T: Shaped + Serialize + DeserializeOwned + std::fmt::Debug>(&mut self);
}

/// Texts of which each pattern of the interface accepts one.
const TEXTS: [&str; 8] = [
    "1",
    "",
    "1.0",
    "111122223333",
    "owner/name",
    "bucket",
    "arn:aws:iam::111122223333:role/protium/deploy",
    "01234567-89ab-cdef-0123-456789abcdef",
];

/// All values of a shape that matter here: several for unions and enums, else one with everything in it.
fn samples(shape: &Shape) -> Vec<Value> {
    match shape.kind {
        Kind::Structure(members) => {
            // The n-th sample has the n-th sample of each member, or its last one.
            let of_members: Vec<_> =
                members.iter().map(|member| (member.name, samples(member.shape))).collect();
            let count = of_members.iter().map(|(_, samples)| samples.len()).max().unwrap_or(1);
            (0..count)
                .map(|n| of_members.iter().map(|(name, s)| (*name, s[n.min(s.len() - 1)].clone())).collect())
                .collect()
        }
        Kind::Union(members) => {
            let of_member = |name: &str, sample| Value::Object(Map::from_iter([(name.to_owned(), sample)]));
            members.iter().flat_map(|m| samples(m.shape).into_iter().map(|s| of_member(m.name, s))).collect()
        }
        Kind::List { of, .. } => vec![json!([samples(of).swap_remove(0)])],
        Kind::Enum(values) => values.iter().map(|value| json!(value)).collect(),
        Kind::Text { length, .. } => {
            let fits = |text: &&&str| {
                length.is_none_or(|(min, max)| (min..=max).contains(&text.len())) && shape.matches(text)
            };
            vec![json!(TEXTS.iter().find(fits).unwrap_or_else(|| panic!("no text fits {}", shape.name)))]
        }
        Kind::Integer { .. } => vec![json!(7)],
        Kind::Boolean => vec![json!(true)],
        Kind::Timestamp => vec![json!(1_600_000_000.5)],
    }
}

struct RoundTrip {
    types: usize,
}

impl Check for RoundTrip {
    fn check<T: Shaped + Serialize + DeserializeOwned + std::fmt::Debug>(&mut self) {
        for sample in samples(T::shape()) {
            assert_eq!(validate::check(&sample, T::shape()), Ok(sample.clone()), "{}", T::shape().name);
            let typed =
                T::deserialize(&sample).unwrap_or_else(|error| panic!("{}: {error}", T::shape().name));
            assert_eq!(serde_json::to_value(&typed).unwrap(), sample, "{}", T::shape().name);
        }
        self.types += 1;
    }
}

#[test]
fn types_take_and_give_all_that_their_description_knows() {
    let mut check = RoundTrip { types: 0 };
    for_each_type(&mut check);
    assert_eq!(check.types, 2 * super::Operation::ALL.len());
}
