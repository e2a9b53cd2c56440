//! Jinja as Python has it: templates to text.
//!
//! What is rendered is deployed byte for byte, so the measure is Python's Jinja2 3.1 with `StrictUndefined` and
//! `keep_trailing_newline`, all else default. Jinja's templates are Python under the surface (how values print, compare,
//! add up; methods of text and mappings; what is an error), and engines made for another host language differ in such
//! places without a word. So this one has Python's values and rules throughout; what it doesn't have it refuses, with the
//! place: by the parser, at registration, wherever the text tells. `tests/differential` holds it against Python.
//!
//! `lexer`, `expression` and `parser` make the tree (`ast`); `run` and `eval` walk it over `value`s, under a `budget`.

mod access;
mod arguments;
pub(crate) mod ast;
mod budget;
mod columns;
mod constants;
mod dismantle;
mod eval;
mod expression;
mod failure;
mod filters;
mod format;
mod json;
mod lexer;
mod literal;
mod markup;
mod methods;
mod namespace;
mod numbers;
mod operators;
mod parser;
mod postfix;
mod pretty;
mod printf;
mod proton;
mod repr;
mod run;
mod scope;
mod sequences;
mod symbols;
mod tests;
mod text;
mod text_methods;
mod value;
mod wrap;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use crate::render::RenderError;

/// Largest rendered template, in bytes: CloudFormation takes no larger one.
pub const OUTPUT_LIMIT: usize = 1024 * 1024;
/// Templates that nest no deeper, macros not counted, run where they are; the others get a thread with a stack of their
/// own. Starting one costs more than most templates take.
const DEPTH_IN_PLACE: usize = 60;
/// That stack. Only what is used of it gets memory.
const STACK_SIZE: usize = 128 * 1024 * 1024;

/// Renders a template. `file` is its path, for messages; `namespace` is the tree of [`crate::render::namespace`].
///
/// # Errors
/// Malformed Jinja; references to what isn't there; what filters and functions refuse; a budget that is used up.
pub(crate) fn render(file: &str, template: &str, namespace: &Value) -> Result<String, RenderError> {
    run(file, template, namespace, |engine, scope, root| {
        let mut output = String::new();
        engine.body(root, scope, &mut output)?;
        Ok(columns::resolve(output))
    })
}

/// Like [`render`], for a trial: `example` is written for values that aren't there, and statements that need such a value
/// are passed over. Returns the lines of those places, too.
///
/// # Errors
/// Those of [`render`], save references to what isn't there.
pub(crate) fn render_with_stand_ins(
    file: &str,
    template: &str,
    namespace: &Value,
) -> Result<(String, BTreeSet<usize>), RenderError> {
    run(file, template, namespace, |engine, scope, root| {
        engine.stand_ins = Some(BTreeSet::new());
        let mut output = String::new();
        engine.body(root, scope, &mut output)?;
        Ok((columns::resolve(output), engine.stand_ins.take().unwrap_or_default()))
    })
}

/// Like [`render`], but a template that is one `{{ expression }}` alone gives its value.
///
/// # Errors
/// Those of [`render`]; a value that JSON doesn't have.
pub(crate) fn render_native(file: &str, template: &str, namespace: &Value) -> Result<Value, RenderError> {
    run(file, template, namespace, |engine, scope, root| {
        if let [ast::Node::Output(expression)] = root.nodes.as_slice() {
            let value = engine.eval(expression, scope)?;
            return json::of(engine, &value).map_err(|e| e.at(expression.place));
        }
        let mut output = String::new();
        engine.body(root, scope, &mut output)?;
        Ok(Value::String(columns::resolve(output)))
    })
}

/// The tree of a template, whose line ends all become line feeds.
///
/// # Errors
/// What isn't well-formed, and what this engine refuses by its text alone.
pub(crate) fn parse(file: &str, template: &str) -> Result<ast::Body, RenderError> {
    columns::refuse_markers(file, template, &Value::Null)?;
    parser::parse(&normalise_lines(template)).map_err(|failure| failure.into_error(file))
}

type Work<T> = fn(&mut run::Engine, &Rc<scope::Scope>, &ast::Body) -> failure::Result<T>;

fn run<T: Send>(file: &str, template: &str, namespace: &Value, work: Work<T>) -> Result<T, RenderError> {
    columns::refuse_markers(file, "", namespace)?;
    let root = parse(file, template)?;
    if root.depth().is_some_and(|depth| depth <= DEPTH_IN_PLACE) {
        return run_tree(file, &root, namespace, work);
    }
    // The tree can't be sent; reading it once more takes no time beside the thread.
    drop(root);
    let apart = || run_tree(file, &parse(file, template)?, namespace, work);
    let outcome = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK_SIZE);
        worker.spawn_scoped(scope, apart).ok().and_then(|worker| worker.join().ok())
    });
    outcome.unwrap_or_else(|| Err(RenderError::new(file, "the engine could not be started or gave up")))
}

fn run_tree<T>(file: &str, root: &ast::Body, namespace: &Value, work: Work<T>) -> Result<T, RenderError> {
    let mut engine = run::Engine::new();
    let outcome = namespace::root(namespace).and_then(|variables| {
        let scope = scope::Scope::root(variables);
        work(&mut engine, &scope, root)
    });
    outcome.map_err(|failure| failure.into_error(file))
}

/// Jinja reads every kind of line end as a line feed, and so writes them.
fn normalise_lines(template: &str) -> Cow<'_, str> {
    if template.contains('\r') {
        Cow::Owned(template.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(template)
    }
}
