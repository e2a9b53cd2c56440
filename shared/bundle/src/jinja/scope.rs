//! Names and what they stand for.
//!
//! A loop's round, a macro's body, `with`, `call`, `filter` and `set` blocks have a scope of their own; `if` has none.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::ast::Body;
use super::value::Val;

/// Scopes with more variables than this find them by a map.
const FEW: usize = 16;

/// Variables, and the scope around.
#[derive(Debug, Default)]
pub(super) struct Scope {
    variables: RefCell<Variables>,
    parent: Option<Rc<Scope>>,
}

#[derive(Debug, Default)]
struct Variables {
    list: Vec<(Rc<str>, Val)>,
    /// Positions in the list; empty as long as they are few.
    index: HashMap<Rc<str>, usize>,
}

impl Variables {
    fn position(&self, name: &str) -> Option<usize> {
        if self.index.is_empty() {
            return self.list.iter().position(|(other, _)| **other == *name);
        }
        self.index.get(name).copied()
    }

    fn set(&mut self, name: &Rc<str>, value: Val) {
        match self.position(name).and_then(|at| self.list.get_mut(at)) {
            Some(variable) => variable.1 = value,
            None => self.push(name, value),
        }
    }

    fn push(&mut self, name: &Rc<str>, value: Val) {
        self.list.push((name.clone(), value));
        if self.list.len() == FEW + 1 {
            self.index = self.list.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        } else if self.list.len() > FEW {
            self.index.insert(name.clone(), self.list.len() - 1);
        }
    }

    fn reset(&mut self, body: &Body) {
        self.list.clear();
        self.index.clear();
        body.hidden.iter().for_each(|name| self.push(name, Val::undefined(name.clone())));
    }
}

impl Scope {
    pub(super) fn root(variables: Vec<(Rc<str>, Val)>) -> Rc<Self> {
        Rc::new(Self {
            variables: RefCell::new(Variables { list: variables, index: HashMap::new() }),
            parent: None,
        })
    }

    pub(super) fn inner(parent: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { variables: RefCell::default(), parent: Some(parent.clone()) })
    }

    /// The scope of a body, with what the body hides.
    pub(super) fn of(body: &Body, parent: &Rc<Self>) -> Rc<Self> {
        let scope = Self::inner(parent);
        scope.variables.borrow_mut().reset(body);
        scope
    }

    /// The scope of a body's next round: the last one's, unless a macro holds that.
    pub(super) fn next(self: Rc<Self>, body: &Body, parent: &Rc<Self>) -> Rc<Self> {
        if Rc::strong_count(&self) > 1 {
            return Self::of(body, parent);
        }
        self.variables.borrow_mut().reset(body);
        self
    }

    pub(super) fn set(&self, name: &Rc<str>, value: Val) {
        self.variables.borrow_mut().set(name, value);
    }

    pub(super) fn get(&self, name: &str) -> Option<Val> {
        let mut scope = self;
        loop {
            {
                let variables = scope.variables.borrow();
                let found = variables.position(name).and_then(|at| variables.list.get(at));
                if let Some((_, value)) = found {
                    return Some(value.clone());
                }
            }
            scope = scope.parent.as_ref()?;
        }
    }

    /// Lets go of the variables: macros hold the scope that holds them.
    pub(super) fn clear(&self) {
        *self.variables.borrow_mut() = Variables::default();
    }
}
