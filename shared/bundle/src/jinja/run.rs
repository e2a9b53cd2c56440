//! Running a template's statements.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::rc::Rc;

use super::arguments::Given;
use super::ast::{Body, For, Macro, Node, Target};
use super::budget::Budget;
use super::failure::{Failure, Result, failure, unsupported};
use super::repr::str_of;
use super::scope::Scope;
use super::value::{Closure, Dict, Loop, Val};

/// Macros and recursive loops that call themselves deeper than this are bombs.
const RECURSION_LIMIT: usize = 100;

/// Stands where a value is written that isn't there, when the rendering is a trial.
const STAND_IN: &str = "example";

/// The state of one rendering.
pub(super) struct Engine {
    pub budget: Budget,
    depth: usize,
    /// The body of a filter block, while its filters run.
    pub captured: Vec<Val>,
    /// Scopes that macros hold.
    held: Vec<Rc<Scope>>,
    /// Containers that were changed, and so may hold themselves.
    pub changed: Vec<Val>,
    /// Lists and mappings that loops go through now.
    iterated: Vec<Val>,
    namespace_changes: u64,
    loop_name: Rc<str>,
    /// When set, references to what isn't there don't stop the rendering; the lines of those that were met.
    pub stand_ins: Option<BTreeSet<usize>>,
}

fn too_long() -> Box<Failure> {
    let limit = super::OUTPUT_LIMIT;
    failure(format!("the rendered template has more than the {limit} bytes that CloudFormation takes"))
}

impl Drop for Engine {
    /// Values may hold each other in circles: they are taken apart.
    fn drop(&mut self) {
        for scope in self.held.drain(..) {
            scope.clear();
        }
        for value in self.changed.drain(..) {
            match value {
                Val::List(items) => items.borrow_mut().clear(),
                Val::Dict(dict) | Val::Namespace(dict) => dict.borrow_mut().clear(),
                _ => {}
            }
        }
    }
}

impl Engine {
    pub(super) fn new() -> Self {
        Self {
            budget: Budget::new(),
            depth: 0,
            captured: Vec::new(),
            held: Vec::new(),
            changed: Vec::new(),
            iterated: Vec::new(),
            namespace_changes: 0,
            loop_name: "loop".into(),
            stand_ins: None,
        }
    }

    /// To be called before a list or mapping is changed.
    ///
    /// # Errors
    /// A loop goes through it: Python then takes account of the change in the middle, or refuses it.
    pub(super) fn change(&mut self, value: Val) -> Result<()> {
        if self.iterated.iter().any(|iterated| iterated.is_same_container(&value)) {
            return Err(unsupported(format_args!(
                "changing a {} that a loop goes through",
                value.type_name()
            )));
        }
        self.budget.changed();
        self.budget.memory(super::budget::VALUE)?;
        self.changed.push(value);
        Ok(())
    }

    /// Adds text to the output.
    fn write(&mut self, out: &mut String, text: &str) -> Result<()> {
        if out.len() + text.len() > super::OUTPUT_LIMIT {
            return Err(too_long());
        }
        self.budget.work(text.len())?;
        out.push_str(text);
        Ok(())
    }

    /// Adds a value to the output.
    fn print(&mut self, out: &mut String, value: &Val) -> Result<()> {
        match value {
            Val::Str(text) | Val::Safe(text) => self.write(out, text),
            Val::Int(number) => {
                let start = out.len();
                // Writing to a string can't fail.
                let _ = write!(out, "{number}");
                if out.len() > super::OUTPUT_LIMIT {
                    Err(too_long())
                } else {
                    self.budget.work(out.len() - start)
                }
            }
            _ => {
                let text = str_of(value, &mut self.budget)?;
                self.write(out, &text)
            }
        }
    }

    pub(super) fn nodes(&mut self, nodes: &[Node], scope: &Rc<Scope>, out: &mut String) -> Result<()> {
        nodes.iter().try_for_each(|node| self.node(node, scope, out))
    }

    /// A body in a scope of its own.
    pub(super) fn body(&mut self, body: &Body, scope: &Rc<Scope>, out: &mut String) -> Result<()> {
        self.nodes(&body.nodes, &Scope::of(body, scope), out)
    }

    /// The output of nodes as text, in a scope of their own.
    fn capture(&mut self, body: &Body, scope: &Rc<Scope>) -> Result<String> {
        let mut out = String::new();
        self.body(body, scope, &mut out)?;
        self.budget.memory(out.len())?;
        Ok(out)
    }

    fn node(&mut self, node: &Node, scope: &Rc<Scope>, out: &mut String) -> Result<()> {
        self.budget.steps(1)?;
        match self.statement(node, scope, out) {
            Err(failure) if failure.is_undefined && self.stand_ins.is_some() => {
                let line = failure.place.map(|place| place.line);
                self.stand_ins.iter_mut().for_each(|lines| lines.extend(line));
                let is_value = matches!(node, Node::Output(_));
                if is_value { self.write(out, STAND_IN) } else { Ok(()) }
            }
            outcome => outcome,
        }
    }

    fn statement(&mut self, node: &Node, scope: &Rc<Scope>, out: &mut String) -> Result<()> {
        match node {
            Node::Text(text) => self.write(out, text)?,
            Node::Output(expr) => {
                let value = self.eval(expr, scope)?;
                self.print(out, &value).map_err(|e| e.at(expr.place))?;
            }
            Node::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if self.truth(condition, scope)? {
                        return self.nodes(body, scope, out);
                    }
                }
                self.nodes(otherwise, scope, out)?;
            }
            Node::For(node) => {
                let iterable = self.eval(&node.iterable, scope)?;
                self.for_loop(node, &iterable, scope, 0, out)?;
            }
            Node::Set(target, expr) => {
                let value = self.eval(expr, scope)?;
                self.assign(target, value, scope).map_err(|e| e.at(expr.place))?;
            }
            Node::SetBlock(target, filters, body) => {
                let text = Val::str(self.capture(body, scope)?);
                let value = self.filtered(filters.as_ref(), text, scope)?;
                self.assign(target, value, scope)?;
            }
            Node::With(pairs, body) => {
                let inner = Scope::of(body, scope);
                for (target, expr) in pairs {
                    let value = self.eval(expr, scope)?;
                    self.assign(target, value, &inner).map_err(|e| e.at(expr.place))?;
                }
                self.nodes(&body.nodes, &inner, out)?;
            }
            Node::FilterBlock(filters, body) => {
                let text = Val::str(self.capture(body, scope)?);
                let value = self.filtered(Some(filters), text, scope)?;
                let text = str_of(&value, &mut self.budget).map_err(|e| e.at(filters.place))?;
                self.write(out, &text)?;
            }
            Node::Macro(definition) => {
                let value = self.closure(definition, scope)?;
                scope.set(&definition.name, value);
            }
            Node::CallBlock(called, body) => {
                let caller = self.closure(body, scope)?;
                let value = self.call_with(called, scope, Some(caller))?;
                let text = str_of(&value, &mut self.budget).map_err(|e| e.at(called.place))?;
                self.write(out, &text)?;
            }
        }
        Ok(())
    }

    fn closure(&mut self, definition: &Rc<Macro>, scope: &Rc<Scope>) -> Result<Val> {
        self.budget.memory(8 * super::budget::VALUE)?;
        self.held.push(scope.clone());
        Ok(Val::Macro(Rc::new(Closure { definition: definition.clone(), scope: scope.clone() })))
    }

    fn filtered(&mut self, filters: Option<&super::ast::Expr>, text: Val, scope: &Rc<Scope>) -> Result<Val> {
        let Some(filters) = filters else { return Ok(text) };
        self.captured.push(text);
        let value = self.eval(filters, scope);
        self.captured.pop();
        value
    }

    fn assign(&mut self, target: &Target, value: Val, scope: &Rc<Scope>) -> Result<()> {
        self.budget.steps(1)?;
        match target {
            Target::Name(name) => scope.set(name, value),
            Target::Tuple(targets) => {
                let values = value.items(&mut self.budget)?;
                if values.len() != targets.len() {
                    return Err(failure(format!(
                        "{} values can't be assigned to {} names",
                        values.len(),
                        targets.len()
                    )));
                }
                for (target, value) in targets.iter().zip(values) {
                    self.assign(target, value, scope)?;
                }
            }
            Target::Namespace(place, name, attribute) => match scope.get(name) {
                Some(Val::Namespace(members)) => {
                    members.borrow_mut().set(Val::Str(attribute.clone()), value)?;
                    self.changed.push(Val::Namespace(members));
                    self.namespace_changes += 1;
                }
                _ => {
                    return Err(failure(format!("`{name}` is no namespace, so its attributes can't be set"))
                        .at(*place));
                }
            },
        }
        Ok(())
    }

    fn for_loop(
        &mut self,
        node: &Rc<For>,
        iterable: &Val,
        scope: &Rc<Scope>,
        depth: usize,
        out: &mut String,
    ) -> Result<()> {
        let mut items = iterable.items(&mut self.budget).map_err(|e| e.at(node.iterable.place))?;
        // Python asks the condition round by round, unless `loop` looks ahead.
        let at_once = node.condition.is_some() && node.uses_loop;
        if at_once {
            let mut kept = Vec::new();
            for item in items {
                if self.is_taken(node, &item, scope)? {
                    kept.push(item);
                }
            }
            items = kept;
        }
        let again = node.recursive.then(|| (node.clone(), scope.clone()));
        let state = Rc::new(Loop {
            items: items.into(),
            index: Cell::new(0),
            depth,
            changed: RefCell::default(),
            again,
        });
        // Loops within loops hold their items at the same time.
        let held = state.items.len() * super::budget::VALUE;
        self.budget.memory(held)?;
        let iterated = self.iterated.len();
        self.iterated.extend(iterable.container());
        let changes = self.changes();
        let mut rounds = 0;
        let mut inner = Scope::inner(scope);
        for (index, item) in state.items.iter().enumerate() {
            self.budget.steps(1)?;
            if at_once && self.changes() != changes {
                let what =
                    "a loop with a condition that changes namespaces, lists or mappings and uses `loop`";
                return Err(unsupported(what).at(node.place));
            }
            if !at_once && !self.is_taken(node, item, scope)? {
                continue;
            }
            rounds += 1;
            state.index.set(index);
            inner = inner.next(&node.body, scope);
            if node.uses_loop {
                inner.set(&self.loop_name, Val::Loop(state.clone()));
            }
            self.assign(&node.target, item.clone(), &inner).map_err(|e| e.at(node.place))?;
            self.nodes(&node.body.nodes, &inner, out)?;
        }
        self.iterated.truncate(iterated);
        self.budget.release(held);
        if rounds == 0 { self.body(&node.otherwise, scope, out) } else { Ok(()) }
    }

    /// How often something was changed that others may see.
    fn changes(&self) -> u64 {
        self.budget.changes() + self.namespace_changes
    }

    /// Whether a loop's condition takes an item.
    fn is_taken(&mut self, node: &For, item: &Val, scope: &Rc<Scope>) -> Result<bool> {
        let Some(condition) = &node.condition else { return Ok(true) };
        let inner = Scope::inner(scope);
        self.assign(&node.target, item.clone(), &inner).map_err(|e| e.at(node.place))?;
        self.truth(condition, &inner)
    }

    /// `loop(items)` within a recursive loop.
    pub(super) fn loop_again(&mut self, state: &Loop, given: Given) -> Result<Val> {
        let Some((node, scope)) = &state.again else {
            return Err(failure("only loops marked `recursive` can be called"));
        };
        let [items] = given.bind("loop", ["iterable"])?;
        let items = items.ok_or_else(|| failure("`loop` takes the items to go through"))?;
        self.deeper(|engine| {
            let mut out = String::new();
            engine.for_loop(node, &items, scope, state.depth + 1, &mut out)?;
            engine.budget.memory(out.len())?;
            Ok(Val::str(out))
        })
    }

    /// Runs a macro; `caller` is the body of a call block.
    pub(super) fn macro_call(
        &mut self,
        closure: &Closure,
        mut given: Given,
        caller: Option<Val>,
    ) -> Result<Val> {
        let definition = &closure.definition;
        let name = &definition.name;
        let scope = Scope::of(&definition.body, &closure.scope);
        self.budget.memory(super::budget::VALUE * (1 + definition.parameters.len()))?;
        let rest = given.positional.split_off(given.positional.len().min(definition.parameters.len()));
        let mut values = given.positional.into_iter();
        let mut missing = Vec::new();
        for (parameter, default) in &definition.parameters {
            let named =
                given.named.iter().position(|(name, _)| name == parameter).map(|at| given.named.remove(at).1);
            match (values.next(), named) {
                (Some(_), Some(_)) => {
                    return Err(failure(format!("macro `{name}` got `{parameter}` twice")));
                }
                (Some(value), None) | (None, Some(value)) => scope.set(parameter, value),
                (None, None) => {
                    // Not the variable of that name around, even for defaults.
                    scope.set(parameter, Val::undefined(&**parameter));
                    missing.push((parameter, default));
                }
            }
        }
        for (parameter, default) in missing {
            if let Some(default) = default {
                let value = self.eval(default, &scope)?;
                scope.set(parameter, value);
            }
        }
        if definition.caller {
            let caller = caller.unwrap_or_else(|| Val::undefined("caller"));
            scope.set(&"caller".into(), caller);
        } else if caller.is_some() {
            return Err(failure(format!(
                "macro `{name}` doesn't use `caller`, so `call` can't be used with it"
            )));
        }
        if definition.kwargs {
            let mut dict = Dict::default();
            for (name, value) in given.named {
                dict.set(Val::Str(name), value)?;
            }
            scope.set(&"kwargs".into(), dict.into_val());
        } else if let Some((unknown, _)) = given.named.first() {
            return Err(failure(format!("macro `{name}` takes no argument `{unknown}`")));
        }
        if definition.varargs {
            scope.set(&"varargs".into(), Val::tuple(rest));
        } else if !rest.is_empty() {
            return Err(failure(format!(
                "macro `{name}` takes not more than {} arguments",
                definition.parameters.len()
            )));
        }
        self.deeper(|engine| {
            let mut out = String::new();
            engine.nodes(&definition.body.nodes, &scope, &mut out)?;
            engine.budget.memory(out.len())?;
            Ok(Val::str(out))
        })
    }

    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= RECURSION_LIMIT {
            return Err(failure(format!(
                "recursion: macros call each other more than {RECURSION_LIMIT} deep"
            )));
        }
        self.depth += 1;
        let outcome = work(self);
        self.depth -= 1;
        outcome
    }
}
