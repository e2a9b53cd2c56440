//! What an examination finds.

use serde::Serialize;

/// How bad a finding is; the later, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// As it should be.
    Ok,
    /// It couldn't be looked at, and that says nothing of it.
    Skipped,
    /// It works, and won't always; or it may not be what was meant.
    Warning,
    /// Something doesn't work, or isn't safe.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What part of the installation it is about, such as `table`.
    pub(crate) area: &'static str,
    /// What is there, or what is wrong, and where.
    pub(crate) message: String,
    /// The command to run, or what else to do; nothing where there is nothing to do.
    pub(crate) fix: Option<String>,
}

impl Finding {
    pub(super) fn ok(area: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, area, message: message.into(), fix: None }
    }

    pub(super) fn skipped(area: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Skipped, area, message: message.into(), fix: Some(fix.into()) }
    }

    pub(super) fn warning(area: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, area, message: message.into(), fix: Some(fix.into()) }
    }

    pub(super) fn error(area: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { severity: Severity::Error, area, message: message.into(), fix: Some(fix.into()) }
    }

    /// Something could not be looked at: because the caller may not, it says nothing of the installation; else it is a
    /// warning.
    pub(super) fn unknown(area: &'static str, what: &str, why: &str) -> Self {
        let denied = ["AccessDenied", "UnauthorizedOperation", "AuthorizationError", "not authorized"];
        if denied.iter().any(|word| why.contains(word)) {
            return Self::skipped(
                area,
                format!("{what} may not be looked at by you: {why}"),
                "run it as somebody who may read it",
            );
        }
        Self::warning(
            area,
            format!("{what} can't be looked at: {why}"),
            "run protium doctor again; if it stays so, look by hand",
        )
    }
}
