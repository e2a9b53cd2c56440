//! What a spec, or a namespace, makes of a bundle; and what goes wrong with that.

use super::{report::Snippet, source::Source};
use crate::output;
use protium_bundle::{
    Bundle, Part, Problem, RenderError, SpecProblem,
    render::{Preview, PreviewOptions, previews, render_part},
};
use std::collections::BTreeMap;

/// One rendered part.
#[derive(Debug)]
pub(crate) struct Rendering {
    /// The part.
    pub(crate) part: Part,
    /// Name of the environment, the service instance or the service.
    pub(crate) name: String,
    /// Contents by name.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Rendering {
    /// Folder for its files among those of all renderings of a spec: named like the bundle's own directories, and
    /// instances below by name.
    pub(crate) fn folder(&self) -> String {
        match self.part {
            Part::InstanceInfrastructure => format!("{}/{}", self.part.directory(), self.name),
            part => part.directory().to_owned(),
        }
    }
}

/// A problem with the spec, or one with the bundle that showed in rendering.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) problem: Problem,
    /// Whether its place is in the spec.
    pub(crate) in_spec: bool,
}

impl Fault {
    fn spec(problem: SpecProblem) -> Self {
        let problem =
            Problem { line: problem.line, column: problem.column, ..Problem::error(problem.to_string()) };
        Self { problem, in_spec: true }
    }

    pub(crate) fn bundle(error: RenderError) -> Self {
        Self { problem: error.into_problem(), in_spec: false }
    }
}

/// Everything that a spec has deployed.
///
/// # Errors
/// All that is wrong with the spec; or else all that can't be rendered.
pub(crate) fn with_spec(
    bundle: &Bundle,
    spec: &str,
    options: &PreviewOptions,
    wanted: impl Fn(&Preview) -> bool,
) -> Result<Vec<Rendering>, Vec<Fault>> {
    let previews = previews(bundle, spec, options)
        .map_err(|problems| problems.into_iter().map(Fault::spec).collect::<Vec<_>>())?;
    let (mut renderings, mut faults) = (Vec::new(), Vec::<Fault>::new());
    for preview in previews.into_iter().filter(wanted) {
        match render_part(bundle, preview.part, &preview.context) {
            Ok(part) => renderings.push(Rendering { part: part.part, name: preview.name, files: part.files }),
            Err(error) => {
                let fault = Fault::bundle(error);
                // What is wrong with one instance is wrong with most of them.
                if !faults.iter().any(|known| known.problem == fault.problem) {
                    faults.push(fault);
                }
            }
        }
    }
    if faults.is_empty() { Ok(renderings) } else { Err(faults) }
}

/// The faults with their source lines. `spec` is its path and its text.
pub(crate) fn draw(faults: &[Fault], source: &Source, spec: Option<(&str, &str)>) -> String {
    let mut text = String::new();
    for fault in faults {
        let file = fault.problem.file.as_deref();
        let (place, content) = match spec.filter(|_| fault.in_spec) {
            Some((path, text)) => (path.to_owned(), Some(text.as_bytes())),
            None => (source.place(file), file.and_then(|file| source.file(file))),
        };
        text.push_str(&Snippet { problem: &fault.problem, place: Some(place), content }.draw());
        text.push('\n');
    }
    text
}

/// `1 error`, `2 errors`.
pub(crate) fn tally(faults: &[Fault]) -> String {
    output::counted(faults.iter().filter(|fault| fault.problem.is_error()).count(), "error")
}
