//! How findings are told: to people, by area, the worst last read first; to programs, as JSON.

use super::finding::{Finding, Severity};
use crate::output::{BAD, DOUBTFUL, FAINT, GOOD, HINT, counted, visible, visible_json, visible_line};
use serde::Serialize;

/// For people: a heading per area, a line per finding, and what to do beneath those that ask for something.
pub(super) fn human(title: &str, findings: &[Finding]) -> String {
    let mut text = format!("{HINT}{}{HINT:#}\n", visible_line(title));
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            area = finding.area;
            text.push_str(&format!("\n{FAINT}{area}{FAINT:#}\n"));
        }
        let (symbol, style) = match finding.severity {
            Severity::Ok => ("✓", GOOD),
            Severity::Skipped => ("–", FAINT),
            Severity::Warning => ("!", DOUBTFUL),
            Severity::Error => ("✗", BAD),
        };
        text.push_str(&format!("  {style}{symbol}{style:#} {}\n", visible_line(&finding.message)));
        for line in finding.fix.iter().flat_map(|fix| fix.lines()) {
            text.push_str(&format!("      {FAINT}{}{FAINT:#}\n", visible(line)));
        }
    }
    text + &summary(findings)
}

fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings, skipped) =
        (count(Severity::Error), count(Severity::Warning), count(Severity::Skipped));
    let verdict = match (errors, warnings) {
        (0, 0) => format!("{GOOD}healthy{GOOD:#}"),
        (0, _) => format!("{DOUBTFUL}works, {}{DOUBTFUL:#}", counted(warnings, "warning")),
        (_, 0) => format!("{BAD}{}{BAD:#}", counted(errors, "error")),
        _ => format!(
            "{BAD}{}{BAD:#}, {DOUBTFUL}{}{DOUBTFUL:#}",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    };
    let left_out = if skipped == 0 { String::new() } else { format!("; {skipped} not looked at") };
    format!(
        "\n{verdict} {FAINT}({} checked{left_out}){FAINT:#}\n",
        counted(findings.len() - skipped, "thing")
    )
}

#[derive(Serialize)]
struct Document<'a> {
    installation: &'a str,
    ok: bool,
    findings: &'a [Finding],
}

/// For programs: one document, to which members may be added.
pub(super) fn json(title: &str, findings: &[Finding]) -> serde_json::Result<String> {
    let ok = findings.iter().all(|finding| finding.severity != Severity::Error);
    let text = serde_json::to_string_pretty(&Document { installation: title, ok, findings })?;
    Ok(format!("{}\n", visible_json(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(findings: &[Finding]) -> String {
        anstream::adapter::strip_str(&human("protium in eu-west-1", findings)).to_string()
    }

    #[test]
    fn people_read_what_is_wrong_and_what_to_run() {
        let findings = [
            Finding::ok("table", "is well"),
            Finding::error("events", "rule a\u{1b}[31m is off", "aws events enable-rule --name a"),
            Finding::skipped("roles", "not looked at", "give --environment-profile"),
        ];
        assert_eq!(
            plain(&findings),
            "protium in eu-west-1\n\ntable\n  ✓ is well\n\nevents\n  ✗ rule a␛[31m is off\n      aws events enable-rule --name a\n\
             \nroles\n  – not looked at\n      give --environment-profile\n\n1 error (2 things checked; 1 not looked at)\n"
        );
        assert!(plain(&findings[..1]).ends_with("healthy (1 thing checked)\n"));
    }

    #[test]
    fn programs_read_json() {
        let text = json("x", &[Finding::warning("table", "a", "b")]).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["ok"], true);
        assert_eq!(value["findings"][0]["severity"], "warning");
        assert_eq!(value["findings"][0]["fix"], "b");
    }
}
