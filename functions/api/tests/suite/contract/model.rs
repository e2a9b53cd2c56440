//! The service models that we publish, read as a client reads them: as JSON, not by the types that they are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::Value;

static MODELS: LazyLock<[Value; 2]> = LazyLock::new(|| {
    [
        include_str!("../../../../../shared/wire/tests/golden/service-2.json"),
        include_str!("../../../../../shared/wire/tests/golden/protium/service-2.json"),
    ]
    .map(|text| serde_json::from_str(text).expect("the golden model is JSON"))
});

/// To compile a pattern takes far longer than to match it.
static PATTERNS: Mutex<BTreeMap<&'static str, regex_lite::Regex>> = Mutex::new(BTreeMap::new());

/// An operation of either interface.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    model: &'static Value,
}

impl Operation {
    /// All of them, by interface and name.
    pub(crate) fn all() -> Vec<Self> {
        let of = |model: &'static Value| {
            let operations = model["operations"].as_object().expect("operations");
            operations.keys().map(move |name| Self { name, model })
        };
        MODELS.iter().flat_map(of).collect()
    }

    /// The names of Proton's own.
    pub(crate) fn all_of_proton() -> impl Iterator<Item = &'static str> {
        MODELS[0]["operations"].as_object().expect("operations").keys().map(String::as_str)
    }

    /// The operation that a header names, e.g. `AwsProton20200720.GetService`.
    pub(crate) fn of_target(target: &str) -> Option<Self> {
        let (prefix, name) = target.split_once('.')?;
        let model = MODELS.iter().find(|model| model["metadata"]["targetPrefix"] == prefix)?;
        let (name, _) = model["operations"].as_object().expect("operations").get_key_value(name)?;
        Some(Self { name, model })
    }

    fn description(self) -> &'static Value {
        &self.model["operations"][self.name]
    }

    pub(crate) fn input(self) -> Shape {
        self.shape("input")
    }

    pub(crate) fn output(self) -> Shape {
        self.shape("output")
    }

    fn shape(self, side: &str) -> Shape {
        let name = self.description()[side]["shape"].as_str().expect("a shape");
        Shape { name, model: self.model }
    }

    /// The names of the errors that it declares.
    pub(crate) fn errors(self) -> BTreeSet<&'static str> {
        let errors = self.description()["errors"].as_array().expect("errors");
        errors.iter().filter_map(|error| error["shape"].as_str()).collect()
    }
}

/// A shape of a model.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    model: &'static Value,
}

/// What sort of value a shape is.
pub(crate) enum Kind {
    Structure,
    Union,
    List(Shape),
    Enum(Vec<&'static str>),
    Text,
    Integer,
    Boolean,
    Timestamp,
}

/// A member of a structure or union.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
}

impl Shape {
    fn description(self) -> &'static Value {
        &self.model["shapes"][self.name]
    }

    pub(crate) fn kind(self) -> Kind {
        let description = self.description();
        match description["type"].as_str().expect("a type") {
            "structure" if description["union"] == true => Kind::Union,
            "structure" => Kind::Structure,
            "list" => Kind::List(self.named(&description["member"])),
            "string" => match description["enum"].as_array() {
                Some(values) => Kind::Enum(values.iter().filter_map(Value::as_str).collect()),
                None => Kind::Text,
            },
            "integer" => Kind::Integer,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            other => panic!("{}: the tests know no {other}", self.name),
        }
    }

    fn named(self, reference: &'static Value) -> Self {
        Self { name: reference["shape"].as_str().expect("a shape"), model: self.model }
    }

    /// The members of a structure or union, by name.
    pub(crate) fn members(self) -> Vec<Member> {
        let required: BTreeSet<_> = self.description()["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let members = self.description()["members"].as_object().expect("members");
        let member = |(name, reference): (&'static String, &'static Value)| Member {
            name,
            shape: self.named(reference),
            required: required.contains(name.as_str()),
        };
        members.iter().map(member).collect()
    }

    /// Fewest characters, fewest elements, or the least value.
    pub(crate) fn min(self) -> Option<i64> {
        self.description()["min"].as_i64()
    }

    /// Most characters, most elements, or the greatest value.
    pub(crate) fn max(self) -> Option<i64> {
        self.description()["max"].as_i64()
    }

    pub(crate) fn pattern(self) -> Option<&'static str> {
        self.description()["pattern"].as_str()
    }

    pub(crate) fn is_sensitive(self) -> bool {
        self.description()["sensitive"] == true
    }

    /// Whether the whole of a text matches the pattern, if there is one.
    pub(crate) fn matches(self, text: &str) -> bool {
        self.pattern().is_none_or(|pattern| {
            let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
            let whole = || regex_lite::Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
            patterns.entry(pattern).or_insert_with(whole).is_match(text)
        })
    }
}
