//! The Jinja engine, set up to do what Python's does.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Rest, Value, ValueOrKwargs};
use minijinja::{AutoEscape, Environment, Error, State, UndefinedBehavior};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::{FUEL, bounds, filters, python};

/// Macros that call themselves deeper than this are bombs.
const RECURSION_LIMIT: usize = 100;

/// An engine without templates.
pub(super) fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::new();
    // Only malformed delimiters could fail here, and none are set.
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(|state, value, method, arguments| {
        if method == "format" {
            bounds::check_format(value, arguments)?;
        }
        unknown_method_callback(state, value, method, arguments)
    });
    // Undefined values get here only from an inline `if` without `else`, which Jinja prints as nothing even when strict.
    environment.set_formatter(
        |out, _, value| if value.is_undefined() { Ok(()) } else { python::write_str(out, value) },
    );
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(RECURSION_LIMIT);
    // Errors carry the place in the source only with this.
    environment.set_debug(true);
    bounded(
        &mut environment,
        "format",
        Value::from_function(minijinja::filters::format),
        bounds::check_printf,
    );
    bounded(
        &mut environment,
        "indent",
        Value::from_function(minijinja::filters::indent),
        bounds::check_widths,
    );
    bounded(
        &mut environment,
        "urlencode",
        Value::from_function(minijinja::filters::urlencode),
        python::check_text,
    );
    environment.add_filter("e", python::escape);
    environment.add_filter("escape", python::escape);
    environment.add_test("sequence", python::is_sequence);
    environment.add_test("iterable", python::is_sequence);
    environment.add_filter("tojson", python::to_json);
    environment.add_filter("truncate", python::truncate);
    environment.add_filter("proton_cfn_sanitize", |value: &Value| filters::sanitize(value));
    environment.add_filter("proton_cfn_iam_policy_arns", |value: &Value| filters::iam_policy_arns(value));
    environment.add_filter(
        "proton_cfn_ecs_task_definition_formatted_env_vars",
        |value: &Value, raw: Option<bool>, options: Kwargs| {
            filters::ecs_environment(value, is_raw(raw, &options)?)
        },
    );
    environment.add_filter(
        "proton_cfn_lambda_function_formatted_env_vars",
        |value: &Value, raw: Option<bool>, options: Kwargs| {
            filters::lambda_environment(value, is_raw(raw, &options)?)
        },
    );
    environment
}

/// One of the engine's own filters behind a check of its arguments.
fn bounded(
    environment: &mut Environment<'_>,
    name: &'static str,
    filter: Value,
    check: impl Fn(&[Value]) -> Result<(), Error> + Send + Sync + 'static,
) {
    environment.add_filter(name, move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| {
        let arguments = arguments.into_values();
        check(&arguments)?;
        filter.call(state, &arguments)
    });
}

/// `raw`, by position or by name; true when not given.
fn is_raw(positional: Option<bool>, options: &Kwargs) -> Result<bool, Error> {
    let named: Option<bool> = options.get("raw")?;
    options.assert_all_used()?;
    Ok(positional.or(named).unwrap_or(true))
}
