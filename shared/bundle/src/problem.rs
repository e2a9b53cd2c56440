//! What is wrong with a bundle, said so that its author can repair it.
//!
//! A bundle is judged as a whole: every check adds its [`Problem`]s to one list, and registration fails when one of
//! them is an [`Severity::Error`]. A problem names the place, what is wrong there and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a problem forbids the registration of the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Told to the author; the version is registered nevertheless.
    Warning,
    /// The version becomes `REGISTRATION_FAILED`.
    Error,
}

/// One thing wrong with a bundle. Its `Display` form is a line of a status message:
/// `schema/schema.yaml:3:5: what is wrong. What to do.`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// Path inside the bundle; absent when the archive as a whole is meant.
    pub file: Option<String>,
    /// Line in that file, from 1.
    pub line: Option<usize>,
    /// Column in that line, from 1, in characters.
    pub column: Option<usize>,
    /// Characters that are meant, from the column on, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// What is wrong, without final stop.
    pub message: String,
    /// What to do about it, a sentence.
    pub remedy: Option<String>,
}

impl Problem {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: None,
            line: None,
            column: None,
            length: None,
            message: message.into(),
            remedy: None,
        }
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// The same problem, placed in a file of the bundle.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same problem, placed on a line and column (both from 1).
    #[must_use]
    pub fn at(mut self, line: usize, column: usize) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// The same problem, about so many characters from its column on.
    #[must_use]
    pub fn long(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// The same problem with what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Whether it forbids registration.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}")?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
                if let Some(column) = self.column {
                    write!(f, ":{column}")?;
                }
            }
            write!(f, ": ")?;
        }
        if self.severity == Severity::Warning {
            write!(f, "warning: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(remedy) = &self.remedy {
            write!(f, ". {remedy}")?;
        }
        Ok(())
    }
}

/// Whether any of the problems is an error.
pub fn any_error(problems: &[Problem]) -> bool {
    problems.iter().any(Problem::is_error)
}

/// The text of a version's status message: one problem per line, errors first, at most `limit` characters; what
/// doesn't fit is counted at the end.
pub fn status_message(problems: &[Problem], limit: usize) -> String {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let mut message = String::new();
    for (shown, problem) in sorted.iter().enumerate() {
        let line = problem.to_string();
        let rest = format!("… and {} more", sorted.len() - shown);
        // Room stays for the note on the rest, unless this is the last one.
        let reserve = if shown + 1 == sorted.len() { 0 } else { rest.chars().count() + 1 };
        let used = message.chars().count();
        if used + line.chars().count() + usize::from(shown > 0) + reserve > limit {
            if shown == 0 {
                return line.chars().take(limit).collect();
            }
            message.push('\n');
            message.push_str(&rest);
            return message;
        }
        if shown > 0 {
            message.push('\n');
        }
        message.push_str(&line);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_place_fault_and_remedy() {
        let problem = Problem::error("`file` is missing").in_file("infrastructure/manifest.yaml").at(3, 7);
        assert_eq!(problem.to_string(), "infrastructure/manifest.yaml:3:7: `file` is missing");
        let problem = problem.remedy("Name the template file.");
        assert_eq!(
            problem.to_string(),
            "infrastructure/manifest.yaml:3:7: `file` is missing. Name the template file."
        );
    }

    #[test]
    fn a_status_message_stays_within_its_limit_and_counts_the_rest() {
        let problems: Vec<_> = (0..9).map(|n| Problem::error(format!("problem number {n}"))).collect();
        let message = status_message(&problems, 60);
        assert!(message.chars().count() <= 60, "{message}");
        assert!(message.ends_with("… and 7 more"), "{message}");
        assert!(status_message(&problems, 10_000).ends_with("number 8"));
        assert_eq!(status_message(&[], 10), "");
    }
}
