//! The engine's errors, said to the author of the template.

use minijinja::{Error, ErrorKind};

use super::{FUEL, RenderError};

/// What went wrong, where and what to do.
pub(super) fn explain(file: &str, source: &str, error: &Error) -> RenderError {
    let (message, remedy) = words(error);
    let (line, column) = place(source, error, undefined_name(error));
    RenderError { file: file.to_owned(), line, column, message, remedy }
}

fn words(error: &Error) -> (String, Option<String>) {
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::UndefinedError => undefined(undefined_name(error), detail),
        ErrorKind::OutOfFuel => (
            format!("the template takes more than {FUEL} steps"),
            Some("Shorten its loops.".to_owned()),
        ),
        ErrorKind::SyntaxError if detail.contains("recursion") => ("nested too deeply".into(), None),
        ErrorKind::SyntaxError => (
            format!("not valid Jinja: {detail}"),
            Some("Text with braces of its own, like `{{resolve:…}}`, goes between `{% raw %}` and `{% endraw %}`.".into()),
        ),
        ErrorKind::TemplateNotFound => (
            "templates of a bundle can't include, import or extend other files".into(),
            Some("Put everything into one file.".into()),
        ),
        ErrorKind::InvalidOperation if detail.contains("use % operator") => {
            (detail.to_owned(), Some("For formats use the filter: `{{ '%s-%s' | format(a, b) }}`.".into()))
        }
        // The filters of Proton have their own, known words; and other details say enough by themselves.
        ErrorKind::InvalidOperation if !detail.is_empty() => (detail.to_owned(), None),
        kind if detail.is_empty() => (kind.to_string(), None),
        kind => (format!("{kind}: {detail}"), None),
    }
}

/// The dotted path that an undefined-value error is about.
fn undefined_name(error: &Error) -> Option<&str> {
    let detail = error.detail().filter(|_| error.kind() == ErrorKind::UndefinedError)?;
    detail.split('`').nth(1)
}

fn undefined(name: Option<&str>, detail: &str) -> (String, Option<String>) {
    let Some(name) = name else { return (detail.to_owned(), None) };
    let guard = "guard it with `is defined` or `default(…)`";
    let remedy = if name.contains(".outputs.") {
        format!("Add the output to the template that it comes from, or {guard}.")
    } else if name.contains(".inputs.") {
        format!("Give the input a default in the schema, or {guard}.")
    } else {
        format!("Check the name, or {guard}.")
    };
    (format!("`{name}` is not defined"), Some(remedy))
}

fn place(source: &str, error: &Error, name: Option<&str>) -> (Option<usize>, Option<usize>) {
    let Some(range) = error.range() else { return (error.line(), None) };
    // The engine points at the last step of a path; people look for its begin.
    let start = name.and_then(|name| source.get(..range.end)?.rfind(name)).unwrap_or(range.start);
    let Some(before) = source.get(..start) else { return (error.line(), None) };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (Some(line), Some(column))
}
