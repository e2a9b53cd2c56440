//! What can go wrong, said to the author of the template.

use crate::render::RenderError;

/// A place in the template: line and column from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub line: usize,
    pub column: usize,
}

/// Why a template isn't taken or rendering stops. The place is filled in by the innermost expression that knows one.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub place: Option<Place>,
    pub message: String,
    pub remedy: Option<String>,
    /// It is a reference to what isn't there.
    pub is_undefined: bool,
}

/// Boxed, because it is rare and results are everywhere.
pub(super) type Result<T> = std::result::Result<T, Box<Failure>>;

/// A failure without place.
pub(super) fn failure(message: impl Into<String>) -> Box<Failure> {
    Box::new(Failure { place: None, message: message.into(), remedy: None, is_undefined: false })
}

/// What Python could do and this engine doesn't: said, never guessed at.
pub(super) fn unsupported(what: impl std::fmt::Display) -> Box<Failure> {
    failure(format!("{what} is not supported"))
}

impl Failure {
    /// The failure with a place, unless it has one.
    pub(super) fn at(mut self: Box<Self>, place: Place) -> Box<Self> {
        self.place.get_or_insert(place);
        self
    }

    pub(super) fn with_remedy(mut self: Box<Self>, remedy: impl Into<String>) -> Box<Self> {
        self.remedy = Some(remedy.into());
        self
    }

    /// As an error in a file.
    pub(super) fn into_error(self, file: &str) -> RenderError {
        RenderError {
            line: self.place.map(|place| place.line),
            column: self.place.map(|place| place.column),
            remedy: self.remedy,
            ..RenderError::new(file, self.message)
        }
    }
}

/// Malformed template text.
pub(super) fn syntax(place: Place, message: impl std::fmt::Display) -> Box<Failure> {
    failure(format!("not valid Jinja: {message}")).at(place)
}

/// What is wrong between `{{` and `}}`, which may not have been meant for Jinja at all.
pub(super) fn in_braces(failure: Box<Failure>) -> Box<Failure> {
    if failure.remedy.is_some() || !failure.message.starts_with("not valid") {
        return failure;
    }
    failure.with_remedy("Text with braces of its own goes between `{% raw %}` and `{% endraw %}`.")
}

/// A reference to what isn't there; `name` is the dotted path when known.
pub(super) fn undefined(name: &str) -> Box<Failure> {
    // What has no name is described, in words.
    if name.contains(' ') {
        return failure(format!("{name} is not defined")).with_remedy("Guard it with `default(…)`.");
    }
    let guard = "guard it with `is defined` or `default(…)`";
    let remedy = if name.contains(".outputs.") {
        format!("Add the output to the template that it comes from, or {guard}.")
    } else if name.contains(".inputs.") {
        format!("Give the input a default in the schema, or {guard}.")
    } else {
        format!("Check the name, or {guard}.")
    };
    let failure = failure(format!("`{name}` is not defined")).with_remedy(remedy);
    Box::new(Failure { is_undefined: true, ..*failure })
}
