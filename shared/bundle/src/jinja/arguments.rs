//! What a call was given, and how it is read.

use std::rc::Rc;

use super::failure::{Result, failure};
use super::value::Val;

/// Evaluated arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub positional: Vec<Val>,
    pub named: Vec<(Rc<str>, Val)>,
}

impl Given {
    /// The arguments in the order of the names, `None` where one isn't given.
    ///
    /// # Errors
    /// Too many, unknown or doubled ones.
    pub(super) fn bind<const N: usize>(self, what: &str, names: [&str; N]) -> Result<[Option<Val>; N]> {
        if self.positional.len() > N {
            return Err(failure(format!(
                "`{what}` takes at most {N} arguments here, not {}",
                self.positional.len()
            )));
        }
        let mut bound = [const { None }; N];
        for (slot, value) in bound.iter_mut().zip(self.positional) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            let slot = names.iter().position(|known| **known == *name).and_then(|at| bound.get_mut(at));
            match slot {
                Some(slot @ None) => *slot = Some(value),
                _ => return Err(failure(format!("`{what}` takes no argument `{name}` here"))),
            }
        }
        Ok(bound)
    }
}

/// A whole number.
pub(super) fn int(value: &Val, what: &str) -> Result<i128> {
    match value.defined()? {
        Val::Int(number) => Ok(*number),
        Val::Bool(flag) => Ok(i128::from(*flag)),
        other => Err(failure(format!("`{what}` takes a whole number here, not {}", other.type_name()))),
    }
}

/// Text.
pub(super) fn text(value: &Val, what: &str) -> Result<Rc<str>> {
    value.defined()?;
    value
        .text()
        .cloned()
        .ok_or_else(|| failure(format!("`{what}` takes text here, not {}", value.type_name())))
}
