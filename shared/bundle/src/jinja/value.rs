//! Values as Python has them.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use serde_json::Value as Json;

use super::ast::Macro;
use super::budget::{Budget, VALUE};
use super::dismantle::{Items, dismantle};
use super::failure::{Result, failure, unsupported};
use super::scope::Scope;

/// A value. Lists, mappings and namespaces are shared, as in Python.
#[derive(Debug, Clone)]
pub(super) enum Val {
    /// What isn't there, by its path. Only an inline `if` without `else` makes one that isn't strict.
    Undefined {
        path: Rc<str>,
        strict: bool,
    },
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Rc<str>),
    /// Text marked as escaped: Python's `Markup`.
    Safe(Rc<str>),
    List(Rc<RefCell<Items>>),
    Tuple(Rc<Tuple>),
    Dict(Rc<RefCell<Dict>>),
    Range {
        start: i128,
        stop: i128,
        step: i128,
    },
    View(View, Rc<RefCell<Dict>>),
    /// What a generator still has to give.
    Iter(Rc<Generator>),
    Namespace(Rc<RefCell<Dict>>),
    Macro(Rc<Closure>),
    Loop(Rc<Loop>),
    Cycler(Rc<(Items, Cell<usize>)>),
    Joiner(Rc<(Items, Cell<bool>)>),
    /// A method of a value, not called yet.
    Method(Rc<(Val, Rc<str>)>),
    /// A function of the engine.
    Function(&'static str),
}

/// The items of a tuple.
#[derive(Debug)]
pub(super) struct Tuple {
    pub items: Items,
    /// Whether the items are also known as `grouper` and `list`.
    pub is_group: bool,
}

impl std::ops::Deref for Tuple {
    type Target = [Val];

    fn deref(&self) -> &[Val] {
        &self.items
    }
}

/// What Python would make one by one, when asked, is made at once here. That makes a difference only where what it is
/// made of changes meanwhile, and that is refused.
#[derive(Debug)]
pub(super) struct Generator {
    pub items: RefCell<VecDeque<Val>>,
    /// The list or mapping that it is made of.
    pub source: Option<Val>,
    /// How many changes there were when it was made.
    changes: u64,
}

/// What of a mapping a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Keys,
    Values,
    Items,
}

impl Drop for Generator {
    fn drop(&mut self) {
        let mut held: Vec<_> = self.items.take().into_iter().filter(Val::holds_values).collect();
        held.extend(self.source.take());
        dismantle(held);
    }
}

impl Generator {
    /// All that it still has.
    ///
    /// # Errors
    /// Something was changed since it was made.
    pub(super) fn take(&self, budget: &Budget) -> Result<impl Iterator<Item = Val> + use<>> {
        let items = self.items.take();
        if self.source.is_some() && !items.is_empty() && self.changes != budget.changes() {
            return Err(unsupported(
                "changing a list or mapping between a filter and the use of what it gives",
            ));
        }
        Ok(items.into_iter())
    }
}

/// A macro and where it was defined.
#[derive(Debug)]
pub(super) struct Closure {
    pub definition: Rc<Macro>,
    pub scope: Rc<Scope>,
}

/// The state behind `loop`.
#[derive(Debug)]
pub(super) struct Loop {
    pub items: Items,
    pub index: Cell<usize>,
    pub depth: usize,
    pub changed: RefCell<Option<Vec<Val>>>,
    /// The loop to call again, for recursive ones, and where it stands.
    pub again: Option<(Rc<super::ast::For>, Rc<Scope>)>,
}

/// A mapping that keeps the order of insertion.
#[derive(Debug, Default)]
pub(super) struct Dict {
    pub entries: Vec<(Val, Val)>,
    index: HashMap<Key, usize>,
    /// Stands for no component: empty, and its `outputs` are, too (behaviour 6.1).
    pub is_no_component: bool,
}

/// A key such that those equal in Python are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    None,
    Int(i128),
    Float(u64),
    Str(Rc<str>),
    Tuple(Vec<Key>),
}

impl Key {
    /// # Errors
    /// Values that Python can't hash.
    pub(super) fn of(value: &Val) -> Result<Self> {
        Ok(match value {
            Val::None => Self::None,
            Val::Bool(flag) => Self::Int(i128::from(*flag)),
            Val::Int(number) => Self::Int(*number),
            Val::Float(number) if number.fract() == 0.0 && number.abs() < 1e30 => Self::Int(*number as i128),
            Val::Float(number) => Self::Float(number.to_bits()),
            Val::Str(text) | Val::Safe(text) => Self::Str(text.clone()),
            Val::Tuple(items) => Self::Tuple(items.iter().map(Self::of).collect::<Result<_>>()?),
            Val::Undefined { .. } => return Err(value.undefined_error()),
            Val::List(_) | Val::Dict(_) => {
                return Err(failure(format!("unhashable type: '{}'", value.type_name())));
            }
            other => return Err(unsupported(format_args!("a {} as a key", other.type_name()))),
        })
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        if self.entries.iter().any(|(_, value)| value.holds_values()) {
            let entries = std::mem::take(&mut self.entries);
            dismantle(entries.into_iter().flat_map(|(key, value)| [key, value]).collect());
        }
    }
}

impl Dict {
    pub(super) fn get(&self, key: &Val) -> Result<Option<Val>> {
        if let Some(name) = key.text() {
            return Ok(self.get_str(name));
        }
        let key = Key::of(key)?;
        Ok(self.index.get(&key).and_then(|at| self.entries.get(*at)).map(|(_, value)| value.clone()))
    }

    pub(super) fn get_str(&self, key: &Rc<str>) -> Option<Val> {
        if self.is_no_component && &**key == "outputs" {
            return Some(Self::default().into_val());
        }
        let at = self.index.get(&Key::Str(key.clone()))?;
        self.entries.get(*at).map(|(_, value)| value.clone())
    }

    pub(super) fn set(&mut self, key: Val, value: Val) -> Result<()> {
        let hashed = Key::of(&key)?;
        if let Some(entry) = self.index.get(&hashed).and_then(|at| self.entries.get_mut(*at)) {
            entry.1 = value;
        } else {
            self.index.insert(hashed, self.entries.len());
            self.entries.push((key, value));
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &Val) -> Result<Option<Val>> {
        let Some(at) = self.index.remove(&Key::of(key)?) else { return Ok(None) };
        for position in self.index.values_mut() {
            *position -= usize::from(*position > at);
        }
        Ok(Some(self.entries.remove(at).1))
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.index.clear();
    }

    pub(super) fn into_val(self) -> Val {
        Val::Dict(Rc::new(RefCell::new(self)))
    }
}

impl Val {
    pub(super) fn str(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// A group of `groupby`: a pair whose items have names.
    pub(super) fn group(key: Self, items: Vec<Self>) -> Self {
        Self::Tuple(Rc::new(Tuple { items: vec![key, Self::list(items)].into(), is_group: true }))
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(items.into())))
    }

    pub(super) fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Rc::new(Tuple { items: items.into(), is_group: false }))
    }

    /// A generator of items that come from a value.
    pub(super) fn generator(items: Vec<Self>, from: &Self, budget: &Budget) -> Self {
        let (items, changes) = (RefCell::new(items.into()), budget.changes());
        Self::Iter(Rc::new(Generator { items, source: from.container(), changes }))
    }

    /// The list or mapping behind a value that is gone through.
    pub(super) fn container(&self) -> Option<Self> {
        match self {
            Self::List(_) | Self::Dict(_) => Some(self.clone()),
            Self::View(_, dict) => Some(Self::Dict(dict.clone())),
            Self::Iter(generator) => generator.source.clone(),
            _ => None,
        }
    }

    /// Whether both are the same list or mapping.
    pub(super) fn is_same_container(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => Rc::ptr_eq(a, b),
            (Self::Dict(a), Self::Dict(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    pub(super) fn undefined(path: impl Into<Rc<str>>) -> Self {
        Self::Undefined { path: path.into(), strict: true }
    }

    /// Whether values lie within.
    pub(super) fn holds_values(&self) -> bool {
        !matches!(
            self,
            Self::Undefined { .. }
                | Self::None
                | Self::Bool(_)
                | Self::Int(_)
                | Self::Float(_)
                | Self::Str(_)
                | Self::Safe(_)
                | Self::Range { .. }
                | Self::Function(_)
        )
    }

    pub(super) fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined { .. })
    }

    /// The failure of using what isn't there.
    pub(super) fn undefined_error(&self) -> Box<super::failure::Failure> {
        match self {
            Self::Undefined { path, .. } => super::failure::undefined(path),
            _ => failure("a value is undefined"),
        }
    }

    /// Refuses what isn't there.
    pub(super) fn defined(&self) -> Result<&Self> {
        if self.is_undefined() { Err(self.undefined_error()) } else { Ok(self) }
    }

    pub(super) fn text(&self) -> Option<&Rc<str>> {
        match self {
            Self::Str(text) | Self::Safe(text) => Some(text),
            _ => None,
        }
    }

    /// Python's name of the type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined { .. } => "undefined value",
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Safe(_) => "Markup",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Range { .. } => "range",
            Self::View(View::Keys, _) => "dict_keys",
            Self::View(View::Values, _) => "dict_values",
            Self::View(View::Items, _) => "dict_items",
            Self::Iter(_) => "generator",
            Self::Namespace(_) => "Namespace",
            Self::Macro(_) => "Macro",
            Self::Loop(_) => "LoopContext",
            Self::Cycler(_) => "Cycler",
            Self::Joiner(_) => "Joiner",
            Self::Method(_) => "method",
            Self::Function(_) => "function",
        }
    }

    /// `bool(value)`.
    pub(super) fn truth(&self) -> Result<bool> {
        Ok(match self {
            Self::Undefined { strict: true, .. } => return Err(self.undefined_error()),
            Self::Undefined { .. } | Self::None => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) | Self::Safe(text) => !text.is_empty(),
            Self::List(items) => !items.borrow().is_empty(),
            Self::Tuple(items) => !items.is_empty(),
            Self::Dict(dict) | Self::View(_, dict) => !dict.borrow().entries.is_empty(),
            Self::Range { .. } => self.length()? > 0,
            _ => true,
        })
    }

    /// `len(value)`.
    pub(super) fn length(&self) -> Result<usize> {
        Ok(match self {
            Self::Undefined { strict: true, .. } => return Err(self.undefined_error()),
            Self::Undefined { .. } => 0,
            Self::Str(text) | Self::Safe(text) => text.chars().count(),
            Self::List(items) => items.borrow().len(),
            Self::Tuple(items) => items.len(),
            Self::Dict(dict) | Self::View(_, dict) => dict.borrow().entries.len(),
            Self::Range { start, stop, step } => {
                let distance = if *step > 0 { stop - start } else { start - stop };
                let count = (distance.max(0) + step.abs() - 1) / step.abs();
                usize::try_from(count).unwrap_or(usize::MAX)
            }
            Self::Loop(state) => state.items.len(),
            _ => return Err(failure(format!("object of type '{}' has no len()", self.type_name()))),
        })
    }

    /// All items, in order; generators are used up by it.
    pub(super) fn items(&self, budget: &mut Budget) -> Result<Vec<Self>> {
        let charge = |budget: &mut Budget, count: usize| {
            if count > super::budget::MEMORY / VALUE {
                return budget.memory(usize::MAX);
            }
            budget.steps(count / 8 + 1)
        };
        Ok(match self {
            Self::Undefined { strict: false, .. } => Vec::new(),
            Self::Str(text) | Self::Safe(text) => {
                charge(budget, text.len())?;
                budget.memory(text.len() * VALUE)?;
                // Those of safe text aren't safe.
                text.chars().map(|c| Self::str(c.to_string())).collect()
            }
            Self::List(items) => {
                charge(budget, items.borrow().len())?;
                items.borrow().to_vec()
            }
            Self::Tuple(items) => {
                charge(budget, items.len())?;
                items.to_vec()
            }
            Self::Dict(dict) | Self::View(View::Keys, dict) => {
                charge(budget, dict.borrow().entries.len())?;
                dict.borrow().entries.iter().map(|(key, _)| key.clone()).collect()
            }
            Self::View(View::Values, dict) => {
                charge(budget, dict.borrow().entries.len())?;
                dict.borrow().entries.iter().map(|(_, value)| value.clone()).collect()
            }
            Self::View(View::Items, dict) => {
                charge(budget, dict.borrow().entries.len())?;
                let pair = |(key, value): &(Self, Self)| Self::tuple(vec![key.clone(), value.clone()]);
                dict.borrow().entries.iter().map(pair).collect()
            }
            Self::Range { start, step, .. } => {
                let count = self.length()?;
                charge(budget, count)?;
                (0..count as i128).map(|at| Self::Int(start + at * step)).collect()
            }
            Self::Iter(generator) => generator.take(budget)?.collect(),
            Self::Loop(_) => return Err(unsupported("iterating over `loop`")),
            Self::Undefined { .. } => return Err(self.undefined_error()),
            _ => return Err(failure(format!("'{}' object is not iterable", self.type_name()))),
        })
    }
}

/// A value of JSON.
pub(super) fn value(json: &Json) -> Result<Val> {
    Ok(match json {
        Json::Null => Val::None,
        Json::Bool(flag) => Val::Bool(*flag),
        Json::Number(number) => match number.as_i128() {
            Some(whole) => Val::Int(whole),
            None => Val::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Val::str(text.as_str()),
        Json::Array(items) => Val::list(items.iter().map(value).collect::<Result<_>>()?),
        Json::Object(members) => {
            let mut dict = Dict::default();
            for (name, member) in members {
                dict.set(Val::str(name.as_str()), value(member)?)?;
            }
            dict.into_val()
        }
    })
}
