//! Values taken apart without recursion.
//!
//! A template can nest a list in a list a hundred thousand times. Rust would drop such a value recursively and exhaust
//! the stack; so what holds values hands them to a list of work when it is dropped.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::value::Val;

/// Values that are dropped one by one.
#[derive(Debug, Default, Clone)]
pub(super) struct Items(Vec<Val>);

impl From<Vec<Val>> for Items {
    fn from(items: Vec<Val>) -> Self {
        Self(items)
    }
}

impl Deref for Items {
    type Target = Vec<Val>;

    fn deref(&self) -> &Vec<Val> {
        &self.0
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Val> {
        &mut self.0
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.0.iter().any(Val::holds_values) {
            dismantle(std::mem::take(&mut self.0));
        }
    }
}

/// Drops values, and what only they hold.
pub(super) fn dismantle(mut work: Vec<Val>) {
    while let Some(value) = work.pop() {
        match value {
            Val::List(items) => {
                if let Ok(items) = Rc::try_unwrap(items) {
                    work.append(&mut items.into_inner());
                }
            }
            Val::Tuple(tuple) => {
                if let Ok(mut tuple) = Rc::try_unwrap(tuple) {
                    work.append(&mut tuple.items);
                }
            }
            Val::Dict(dict) | Val::Namespace(dict) | Val::View(_, dict) => {
                if let Ok(dict) = Rc::try_unwrap(dict) {
                    let entries = std::mem::take(&mut dict.into_inner().entries);
                    work.extend(entries.into_iter().flat_map(|(key, value)| [key, value]));
                }
            }
            Val::Method(method) => {
                if let Ok(mut method) = Rc::try_unwrap(method) {
                    work.push(std::mem::replace(&mut method.0, Val::None));
                }
            }
            Val::Joiner(joiner) => {
                if let Ok(mut joiner) = Rc::try_unwrap(joiner) {
                    work.append(&mut joiner.0);
                }
            }
            Val::Cycler(cycler) => {
                if let Ok(mut cycler) = Rc::try_unwrap(cycler) {
                    work.append(&mut cycler.0);
                }
            }
            Val::Iter(generator) => {
                if let Ok(mut generator) = Rc::try_unwrap(generator) {
                    work.extend(generator.items.take());
                    work.extend(generator.source.take());
                }
            }
            Val::Loop(state) => {
                if let Ok(mut state) = Rc::try_unwrap(state) {
                    work.append(&mut state.items);
                }
            }
            // Macros are held by scopes, which the engine empties in the order in which they were made.
            _ => {}
        }
    }
}
