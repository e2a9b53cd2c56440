//! Names and what they stand for.
//!
//! A loop's round, a macro's body, `with`, `call`, `filter` and `set` blocks have a scope of their own; `if` has none.

use std::cell::RefCell;
use std::rc::Rc;

use super::ast::Body;
use super::value::Val;

/// Variables, and the scope around.
#[derive(Debug, Default)]
pub(super) struct Scope {
    variables: RefCell<Vec<(Rc<str>, Val)>>,
    parent: Option<Rc<Scope>>,
}

impl Scope {
    pub(super) fn root(variables: Vec<(Rc<str>, Val)>) -> Rc<Self> {
        Rc::new(Self { variables: RefCell::new(variables), parent: None })
    }

    pub(super) fn inner(parent: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { variables: RefCell::default(), parent: Some(parent.clone()) })
    }

    /// The scope of a body, with what the body hides.
    pub(super) fn of(body: &Body, parent: &Rc<Self>) -> Rc<Self> {
        let hidden = body.hidden.iter().map(|name| (name.clone(), Val::undefined(name.clone())));
        Rc::new(Self { variables: RefCell::new(hidden.collect()), parent: Some(parent.clone()) })
    }

    pub(super) fn set(&self, name: &Rc<str>, value: Val) {
        let mut variables = self.variables.borrow_mut();
        match variables.iter_mut().find(|(other, _)| other == name) {
            Some(variable) => variable.1 = value,
            None => variables.push((name.clone(), value)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Val> {
        let mut scope = self;
        loop {
            let found =
                scope.variables.borrow().iter().find(|(other, _)| **other == *name).map(|(_, v)| v.clone());
            match (found, &scope.parent) {
                (Some(value), _) => return Some(value),
                (None, Some(parent)) => scope = parent,
                (None, None) => return None,
            }
        }
    }

    /// Lets go of the variables: macros hold the scope that holds them.
    pub(super) fn clear(&self) {
        self.variables.borrow_mut().clear();
    }
}
