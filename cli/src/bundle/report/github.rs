//! Annotations of GitHub Actions: workflow commands on standard output that mark lines of a pull request.

use crate::{
    bundle::{check::Checked, writing},
    output::visible,
};
use protium_bundle::{Problem, Severity};
use std::path::Path;

/// One annotation per problem.
pub(crate) fn bundle(checked: &Checked, workspace: Option<&Path>) -> String {
    let place = |problem: &Problem| match &checked.source {
        Some(source) => source.place(problem.file.as_deref()),
        None => checked.path.to_string_lossy().into_owned(),
    };
    checked.problems.iter().map(|problem| annotation(problem, &place(problem), workspace)).collect()
}

/// The workflow command for a problem in a file.
pub(crate) fn annotation(problem: &Problem, place: &str, workspace: Option<&Path>) -> String {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = vec![format!("file={}", property(&relative(place, workspace)))];
    if let Some(line) = problem.line {
        properties.push(format!("line={line}"));
        if let Some(column) = problem.column {
            properties.push(format!("col={column}"));
            properties.extend(problem.length.map(|length| format!("endColumn={}", column + length)));
        }
    }
    let mut message = problem.message.clone();
    if let Some(remedy) = &problem.remedy {
        message.push('\n');
        message.push_str(remedy);
    }
    format!("::{level} {}::{}\n", properties.join(","), data(&message))
}

/// GitHub finds files by their path from the checkout on, wherever in it the command runs.
fn relative(place: &str, workspace: Option<&Path>) -> String {
    let below = |workspace: &Path| {
        let (path, workspace) = (writing::resolved(Path::new(place)), writing::resolved(workspace));
        path.strip_prefix(workspace).ok().map(Path::to_owned)
    };
    let path = workspace.and_then(below).unwrap_or_else(|| place.into());
    let path = path.to_string_lossy();
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// Line ends end commands; the escapes are those of GitHub's own toolkit.
fn data(text: &str) -> String {
    visible(&text.replace('%', "%25").replace('\r', "%0D")).replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a/b.yaml", None, "a/b.yaml")]
    #[case("./a/b.yaml", None, "a/b.yaml")]
    #[case("/runner/repo/a/b.yaml", Some("/runner/repo"), "a/b.yaml")]
    #[case("/elsewhere/b.yaml", Some("/runner/repo"), "/elsewhere/b.yaml")]
    fn files_are_named_from_the_checkout_on(
        #[case] place: &str,
        #[case] workspace: Option<&str>,
        #[case] expected: &str,
    ) {
        assert_eq!(relative(place, workspace.map(Path::new)), expected);
    }

    #[test]
    fn no_content_ends_a_command_or_begins_another() {
        let problem = Problem::error("50% off\n::error::fake\r\nx")
            .in_file("a")
            .at(3, 5)
            .long(2)
            .remedy("Do: it, now.");
        assert_eq!(
            annotation(&problem, "a,b:c\n.yaml", None),
            "::error file=a%2Cb%3Ac%0A.yaml,line=3,col=5,endColumn=7::50%25 off%0A::error::fake%0D%0Ax%0ADo: it, now.\n"
        );
    }
}
