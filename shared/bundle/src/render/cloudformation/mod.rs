//! CloudFormation templates, rendered as text with Jinja (behaviour 6.2, 6.3).
//!
//! The text that comes out is deployed byte for byte; nothing here reads it as YAML. The measure is Python's Jinja2 with
//! `StrictUndefined` and `keep_trailing_newline`, all else default. `minijinja` is that engine in Rust save for details,
//! which are closed here: line ends, how floats print and `tojson` sorts, `truncate`
//! with positional arguments. Templates come from outside, so the engine has neither loader nor functions with effects,
//! and a bound on steps and on output.

mod bounds;
mod columns;
mod engine;
mod failure;
mod filters;
mod python;
mod value;

use std::borrow::Cow;
use std::io::{self, Write};

use minijinja::Environment;
use serde_json::Value;

use super::RenderError;

/// Largest rendered template, in bytes: CloudFormation takes no larger one.
pub const OUTPUT_LIMIT: usize = 1024 * 1024;
/// Most steps of the engine per template. The largest sample takes a few thousand.
const FUEL: u64 = 300_000;
/// Stack of the thread that renders. The engine walks and drops values recursively, and within its steps a template can
/// nest a list some fifty thousand deep; only what is used of this gets memory.
const STACK_SIZE: usize = 256 * 1024 * 1024;

/// Renders a CloudFormation template. `file` is its path, for messages; `namespace` is the tree of
/// [`super::namespace`].
///
/// # Errors
/// Malformed Jinja; references to what isn't there; what the filters refuse; too many steps or too much output. The
/// error has the place in the template and what to do.
pub fn render_cloudformation(file: &str, template: &str, namespace: &Value) -> Result<String, RenderError> {
    let source = normalise_lines(template);
    columns::refuse_markers(file, &source, namespace)?;
    let rendered = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK_SIZE);
        let worker = worker.spawn_scoped(scope, || render(file, &source, namespace));
        worker.ok().and_then(|worker| worker.join().ok())
    });
    rendered.unwrap_or_else(|| Err(RenderError::new(file, "the engine could not be started or gave up")))
}

fn render(file: &str, source: &str, namespace: &Value) -> Result<String, RenderError> {
    let environment = engine::environment();
    let compiled = compile(&environment, file, source)?;
    let mut output = Limited { bytes: Vec::new(), exceeded: false };
    let outcome = compiled.render_captured_to(value::root(namespace), &mut output).map(|_| ());
    if output.exceeded {
        let message =
            format!("the rendered template has more than the {OUTPUT_LIMIT} bytes that CloudFormation takes");
        return Err(RenderError::new(file, message));
    }
    outcome.map_err(|error| failure::explain(file, source, &error))?;
    let text =
        String::from_utf8(output.bytes).map_err(|_| RenderError::new(file, "the output is not UTF-8"))?;
    Ok(columns::resolve(text))
}

/// Whether a template is well-formed Jinja; references aren't looked at.
///
/// # Errors
/// The first syntax error, with its place.
pub fn check_syntax(file: &str, template: &str) -> Result<(), RenderError> {
    let source = normalise_lines(template);
    columns::refuse_markers(file, &source, &Value::Null)?;
    compile(&engine::environment(), file, &source).map(|_| ())
}

fn compile<'a>(
    environment: &'a Environment<'a>,
    file: &str,
    source: &'a str,
) -> Result<minijinja::Template<'a, 'a>, RenderError> {
    bounds::check(environment, file, source)?;
    environment.template_from_str(source).map_err(|error| failure::explain(file, source, &error))
}

/// Jinja reads every kind of line end as a line feed, and so writes them.
fn normalise_lines(template: &str) -> Cow<'_, str> {
    if template.contains('\r') {
        Cow::Owned(template.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(template)
    }
}

/// Takes output up to the limit.
struct Limited {
    bytes: Vec<u8>,
    exceeded: bool,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > OUTPUT_LIMIT {
            self.exceeded = true;
            return Err(io::Error::other("too much output"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
