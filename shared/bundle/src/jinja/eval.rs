//! Evaluating expressions.

use std::cell::Cell;
use std::rc::Rc;

use super::arguments::{Given, int};
use super::ast::{Arguments, Comparison, Expr, ExprKind, Operator};
use super::failure::{Result, failure, unsupported};
use super::operators::Number;
use super::repr::str_of;
use super::run::Engine;
use super::scope::Scope;
use super::value::{Dict, Val};
use super::{access, filters, methods, operators, tests};

/// The functions that every template has.
const GLOBALS: [&str; 5] = ["range", "dict", "cycler", "joiner", "namespace"];

/// `-value`.
fn negative(value: &Val) -> Result<Val> {
    match value.defined()? {
        Val::Int(number) => number.checked_neg().map(Val::Int).ok_or_else(operators::overflow),
        Val::Bool(flag) => Ok(Val::Int(-i128::from(*flag))),
        Val::Float(number) => Ok(Val::Float(-number)),
        other => Err(failure(format!("bad operand type for unary -: {}", other.type_name()))),
    }
}

/// What an expression refers to in vain; `name` stands for it where it isn't a mere path.
fn missing(expr: &Expr, name: &str) -> Val {
    Val::undefined(expr.path().unwrap_or_else(|| name.to_owned()))
}

impl Engine {
    pub(super) fn truth(&mut self, expr: &Expr, scope: &Rc<Scope>) -> Result<bool> {
        self.eval(expr, scope)?.truth().map_err(|e| e.at(expr.place))
    }

    pub(super) fn eval(&mut self, expr: &Expr, scope: &Rc<Scope>) -> Result<Val> {
        self.budget.steps(1).and_then(|()| self.eval_kind(expr, scope)).map_err(|e| e.at(expr.place))
    }

    /// A value that is gone through: long text takes its steps.
    fn looked_at(&mut self, expr: &Expr, scope: &Rc<Scope>) -> Result<Val> {
        let value = self.eval(expr, scope)?;
        if let Some(text) = value.text() {
            self.budget.work(text.len()).map_err(|e| e.at(expr.place))?;
        }
        Ok(value)
    }

    fn eval_kind(&mut self, expr: &Expr, scope: &Rc<Scope>) -> Result<Val> {
        Ok(match &expr.kind {
            ExprKind::None => Val::None,
            ExprKind::Bool(flag) => Val::Bool(*flag),
            ExprKind::Int(number) => Val::Int(*number),
            ExprKind::Float(number) => Val::Float(*number),
            ExprKind::Str(text) => Val::Str(text.clone()),
            ExprKind::Name(name) => self.name(name, scope)?,
            ExprKind::List(items) => Val::list(self.all(items, scope)?),
            ExprKind::Tuple(items) => Val::tuple(self.all(items, scope)?),
            ExprKind::Dict(items) => {
                let mut dict = Dict::default();
                for (key, value) in items {
                    self.budget.memory(4 * super::budget::VALUE)?;
                    let key_value = self.looked_at(key, scope)?;
                    let value = self.eval(value, scope)?;
                    dict.set(key_value, value).map_err(|e| e.at(key.place))?;
                }
                dict.into_val()
            }
            ExprKind::Attr(base, name) => {
                let base = self.eval(base, scope)?;
                access::attribute(&base, name, &mut self.budget)?.unwrap_or_else(|| missing(expr, name))
            }
            ExprKind::Item(base, index) => {
                let base = self.looked_at(base, scope)?;
                let index = self.looked_at(index, scope)?;
                let found = access::item(&base, &index)?;
                found.unwrap_or_else(|| missing(expr, index.text().map_or("an item", |name| name)))
            }
            ExprKind::Slice(base, parts) => {
                let base = self.eval(base, scope)?;
                let mut bounds = [const { None }; 3];
                for (bound, part) in bounds.iter_mut().zip(parts) {
                    if let Some(part) = part {
                        *bound = match self.eval(part, scope)? {
                            Val::None => None,
                            value => Some(int(&value, "[:]")?),
                        };
                    }
                }
                access::slice(&base, bounds, expr.is_constant(), &mut self.budget)?
            }
            ExprKind::Call(..) => self.call_with(expr, scope, None)?,
            ExprKind::Filter(filtered, name, arguments) => {
                let value = self.looked_at(filtered, scope)?;
                let given = self.given(arguments, scope)?;
                let place = if value.is_undefined() { filtered.place } else { expr.place };
                filters::apply(self, name, value, given).map_err(|e| e.at(place))?
            }
            ExprKind::Test { value, name, arguments, negated } => {
                let value = self.looked_at(value, scope)?;
                let given = self.given(arguments, scope)?;
                Val::Bool(tests::apply(self, name, &value, given)? != *negated)
            }
            ExprKind::Not(value) => Val::Bool(!self.truth(value, scope)?),
            ExprKind::Negative(value) => negative(&self.eval(value, scope)?)?,
            ExprKind::Positive(value) => match self.eval(value, scope)?.defined()? {
                Val::Bool(flag) => Val::Int(i128::from(*flag)),
                number @ (Val::Int(_) | Val::Float(_)) => number.clone(),
                other => return Err(failure(format!("bad operand type for unary +: {}", other.type_name()))),
            },
            ExprKind::And(left, right) => {
                let value = self.eval(left, scope)?;
                if value.truth().map_err(|e| e.at(left.place))? { self.eval(right, scope)? } else { value }
            }
            ExprKind::Or(left, right) => {
                let value = self.eval(left, scope)?;
                if value.truth().map_err(|e| e.at(left.place))? { value } else { self.eval(right, scope)? }
            }
            ExprKind::Binary(operator, left, right) => {
                let base = self.eval(left, scope)?;
                let operand = self.eval(right, scope)?;
                // Jinja writes a constant `-2` before Python's `**`, which binds closer than the sign.
                let sign_last = *operator == Operator::Pow
                    && Number::of(&base).is_some_and(Number::is_negative)
                    && left.is_constant()
                    && !right.is_constant();
                if sign_last {
                    let base = negative(&base)?;
                    return negative(&operators::binary(*operator, &base, &operand, &mut self.budget)?);
                }
                operators::binary(*operator, &base, &operand, &mut self.budget)?
            }
            ExprKind::Concat(items) => {
                let mut out = String::new();
                for item in items {
                    let value = self.eval(item, scope)?;
                    let text = str_of(&value, &mut self.budget).map_err(|e| e.at(item.place))?;
                    self.budget.memory(text.len())?;
                    out.push_str(&text);
                }
                Val::str(out)
            }
            ExprKind::Compare(first, rest) => Val::Bool(self.comparison(first, rest, scope)?),
            ExprKind::If(value, condition, otherwise) => {
                if self.truth(condition, scope)? {
                    self.eval(value, scope)?
                } else if let Some(otherwise) = otherwise {
                    self.eval(otherwise, scope)?
                } else {
                    Val::Undefined { path: "the value of an `if` without `else`".into(), strict: false }
                }
            }
            ExprKind::Captured => self.captured.last().cloned().unwrap_or(Val::None),
        })
    }

    fn name(&self, name: &Rc<str>, scope: &Rc<Scope>) -> Result<Val> {
        if let Some(value) = scope.get(name) {
            return Ok(value);
        }
        if &**name == "lipsum" {
            return Err(unsupported("`lipsum`, which is random,"));
        }
        let global = GLOBALS.into_iter().find(|global| **global == **name);
        Ok(global.map_or_else(|| Val::undefined(name.clone()), Val::Function))
    }

    fn all(&mut self, items: &[Expr], scope: &Rc<Scope>) -> Result<Vec<Val>> {
        self.budget.memory(items.len() * super::budget::VALUE)?;
        items.iter().map(|item| self.looked_at(item, scope)).collect()
    }

    fn comparison(&mut self, first: &Expr, rest: &[(Comparison, Expr)], scope: &Rc<Scope>) -> Result<bool> {
        let mut left = self.eval(first, scope)?;
        for (comparison, right) in rest {
            let right = self.eval(right, scope)?;
            if !operators::compare(*comparison, &left, &right, &mut self.budget)? {
                return Ok(false);
            }
            left = right;
        }
        Ok(true)
    }

    fn given(&mut self, arguments: &Arguments, scope: &Rc<Scope>) -> Result<Given> {
        let mut given = Given { positional: self.all(&arguments.positional, scope)?, named: Vec::new() };
        for (name, value) in &arguments.named {
            given.named.push((name.clone(), self.looked_at(value, scope)?));
        }
        if let Some(spread) = &arguments.spread {
            let items = self.eval(spread, scope)?.items(&mut self.budget)?;
            given.positional.extend(items);
        }
        if let Some(spread) = &arguments.spread_named {
            let Val::Dict(dict) = self.eval(spread, scope)? else {
                return Err(failure("`**` takes a mapping").at(spread.place));
            };
            for (name, value) in &dict.borrow().entries {
                let name = super::arguments::text(name, "**")?;
                if given.named.iter().any(|(other, _)| *other == name) {
                    return Err(failure(format!("the argument `{name}` is given twice")).at(spread.place));
                }
                given.named.push((name, value.clone()));
            }
        }
        Ok(given)
    }

    /// A call, with the body of a call block for `caller`.
    pub(super) fn call_with(&mut self, expr: &Expr, scope: &Rc<Scope>, caller: Option<Val>) -> Result<Val> {
        let ExprKind::Call(callee, arguments) = &expr.kind else { return self.eval(expr, scope) };
        let callee = self.eval(callee, scope)?;
        let given = self.given(arguments, scope)?;
        self.call(&callee, given, caller).map_err(|e| e.at(expr.place))
    }

    fn call(&mut self, callee: &Val, given: Given, caller: Option<Val>) -> Result<Val> {
        match callee.defined()? {
            Val::Macro(closure) => self.macro_call(closure, given, caller),
            _ if caller.is_some() => {
                Err(failure(format!("`call` takes a macro, not a {}", callee.type_name())))
            }
            Val::Method(method) => methods::call(self, &method.0, &method.1, given),
            Val::Function(name) => self.function(name, given),
            Val::Loop(state) => self.loop_again(state, given),
            Val::Joiner(joiner) => {
                let [] = given.bind("joiner", [])?;
                let separator = joiner.0.first().filter(|_| joiner.1.replace(true));
                Ok(separator.cloned().unwrap_or_else(|| Val::str("")))
            }
            other => Err(failure(format!("'{}' object is not callable", other.type_name()))),
        }
    }

    fn function(&mut self, name: &str, given: Given) -> Result<Val> {
        match name {
            "range" => {
                if !given.named.is_empty() || given.positional.is_empty() || given.positional.len() > 3 {
                    return Err(failure("`range` takes one to three whole numbers"));
                }
                let numbers: Vec<_> =
                    given.positional.iter().map(|value| int(value, "range")).collect::<Result<_>>()?;
                let (start, stop, step) = match numbers[..] {
                    [stop] => (0, stop, 1),
                    [start, stop] => (start, stop, 1),
                    [start, stop, step] => (start, stop, step),
                    _ => (0, 0, 1),
                };
                let limit = i128::from(i64::MAX);
                if step == 0 || numbers.iter().any(|number| number.abs() > limit) {
                    return Err(failure("`range` takes a step other than 0 and numbers below 2**63"));
                }
                Ok(Val::Range { start, stop, step })
            }
            "dict" | "namespace" => {
                let mut dict = Dict::default();
                methods::update(self, &mut dict, given)?;
                Ok(if name == "dict" { dict.into_val() } else { Val::Namespace(Rc::new(dict.into())) })
            }
            "cycler" => {
                if !given.named.is_empty() || given.positional.is_empty() {
                    return Err(failure("`cycler` takes one or more items"));
                }
                Ok(Val::Cycler(Rc::new((given.positional.into(), Cell::new(0)))))
            }
            _ => {
                let [separator] = given.bind("joiner", ["sep"])?;
                Ok(Val::Joiner(Rc::new((
                    vec![separator.unwrap_or_else(|| Val::str(", "))].into(),
                    Cell::new(false),
                ))))
            }
        }
    }
}
