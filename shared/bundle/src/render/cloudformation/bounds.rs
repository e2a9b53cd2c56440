//! What a template may ask of the engine at once.
//!
//! Steps and output are bounded while a template runs. Two things have to be bounded before: how long an expression is,
//! because the engine compiles it recursively; and widths, because a number of ten digits makes a string of gigabytes in
//! one step. On the way, filters are looked up by name: Jinja refuses unknown ones at once, this engine only when it
//! comes to them.
//!
//! What stays open: strings that double themselves (`{% set a = a ~ a %}`, thirty times) are seen by none of the bounds
//! before their output.

use minijinja::machinery::{Token, tokenize};
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind};

use super::RenderError;

/// Most tokens of one `{{ … }}` or `{% … %}`. The longest of the samples has about fifty.
const TOKEN_LIMIT: usize = 1_000;
/// Most `elif` of a template; they nest like `if`.
const ELIF_LIMIT: usize = 200;
/// Widest column of formats and indentations.
pub(super) const WIDTH_LIMIT: usize = 9_999;

/// Refuses tags too long to be compiled safely, and filters that don't exist. Syntax errors are left to the compiler, which explains them better.
pub(super) fn check(environment: &Environment<'_>, file: &str, source: &str) -> Result<(), RenderError> {
    let mut in_tag = 0;
    let mut elifs = 0;
    let mut after_pipe = false;
    for token in tokenize(source, false, environment.syntax().clone()) {
        let Ok((token, span)) = token else { return Ok(()) };
        let refusal = |message: String| RenderError {
            line: Some(span.start_line as usize),
            column: Some(span.start_col as usize + 1),
            ..RenderError::new(file, message)
        };
        if let Token::Ident(name) = token
            && after_pipe
            && !has_filter(environment, name)
        {
            return Err(refusal(format!("there is no filter named `{name}`")));
        }
        after_pipe = matches!(token, Token::Pipe);
        match token {
            Token::VariableStart | Token::BlockStart => in_tag = 0,
            Token::TemplateData(_) | Token::VariableEnd | Token::BlockEnd => {}
            token => {
                elifs += usize::from(in_tag == 0 && matches!(token, Token::Ident("elif")));
                in_tag += 1;
            }
        }
        if in_tag > TOKEN_LIMIT {
            return Err(refusal(format!("the expression has more than {TOKEN_LIMIT} words and signs")));
        }
        if elifs > ELIF_LIMIT {
            return Err(refusal(format!("the template has more than {ELIF_LIMIT} `elif`")));
        }
    }
    Ok(())
}

fn has_filter(environment: &Environment<'_>, name: &str) -> bool {
    // There is no way to ask; a filter that exists complains about the missing argument instead.
    let outcome = environment.empty_state().apply_filter(name, &[]);
    !outcome.is_err_and(|error| error.kind() == ErrorKind::UnknownFilter)
}

/// Refuses `%`-formats with widths beyond the limit, written out or taken from a value.
pub(super) fn check_printf(arguments: &[Value]) -> Result<(), Error> {
    let Some((format, values)) = arguments.split_first() else { return Ok(()) };
    let is_spec = |c: char| c.is_ascii_digit() || "-+ #.*".contains(c);
    for piece in format.as_str().unwrap_or_default().split('%').skip(1) {
        let spec = piece.split(|c| !is_spec(c)).next().unwrap_or_default();
        check_spec(spec, spec.contains('*'), values)?;
    }
    Ok(())
}

/// The same for `str.format`.
pub(super) fn check_format(format: &Value, values: &[Value]) -> Result<(), Error> {
    for piece in format.as_str().unwrap_or_default().split('{').skip(1) {
        let (field, is_closed) = piece.split_once('}').map_or((piece, false), |(field, _)| (field, true));
        if let Some((_, spec)) = field.split_once(':') {
            check_spec(spec, !is_closed, values)?;
        }
    }
    Ok(())
}

fn check_spec(spec: &str, by_value: bool, values: &[Value]) -> Result<(), Error> {
    let digits = WIDTH_LIMIT.to_string().len();
    if spec.split(|c: char| !c.is_ascii_digit()).any(|number| number.len() > digits) {
        return Err(too_wide());
    }
    if by_value { check_widths(values) } else { Ok(()) }
}

/// Refuses numbers beyond the limit among the arguments, named ones included.
pub(super) fn check_widths(arguments: &[Value]) -> Result<(), Error> {
    let is_wide = |value: &Value| value.as_i64().is_some_and(|n| n.unsigned_abs() > WIDTH_LIMIT as u64);
    for argument in arguments {
        let named = if argument.is_kwargs() { Kwargs::try_from(argument.clone()).ok() } else { None };
        let wide_by_name = named.is_some_and(|named| {
            named.args().filter_map(|name| named.peek::<Value>(name).ok()).any(|value| is_wide(&value))
        });
        if is_wide(argument) || wide_by_name {
            return Err(too_wide());
        }
    }
    Ok(())
}

/// The error for a width beyond the limit.
pub(super) fn too_wide() -> Error {
    let message = format!("a width of more than {WIDTH_LIMIT} is not supported");
    Error::new(ErrorKind::InvalidOperation, message)
}
