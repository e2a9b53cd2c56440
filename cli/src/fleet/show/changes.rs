//! What a fleet update changes, as people read it.

use super::{Table, kind_word, version};
use crate::output::{BAD, DOUBTFUL, FAINT, GOOD, visible_line};
use protium_wire::fleet::{FleetChange, FleetChangeSeverity, FleetUpdate, FleetVersionChanges};

/// Versions that are listed; the others are summed up.
const VERSIONS_SHOWN: usize = 5;
/// Changes of a version that are listed.
const CHANGES_SHOWN: usize = 8;

/// The changes by the version that targets come from, those that concern most first.
pub(super) fn changes(update: &FleetUpdate) -> String {
    let versions = &update.version_changes;
    if versions.is_empty() {
        return String::new();
    }
    let mut text = format!("\n  {FAINT}What changes{FAINT:#}\n");
    for of in versions.iter().take(VERSIONS_SHOWN) {
        let (from, who) = (from(of), kind_word(update.kind, of.targets));
        text.push_str(&format!("    {from} → {}  {FAINT}{} {who}{FAINT:#}\n", version(update), of.targets));
        text.push_str(&of_version(of));
    }
    let rest = versions.get(VERSIONS_SHOWN..).unwrap_or_default();
    let others = rest.iter().map(|of| of.targets).sum::<i32>() + update.targets_not_compared.unwrap_or(0);
    if others > 0 {
        let who = kind_word(update.kind, others);
        text.push_str(&format!("    {FAINT}and {others} {who} of other versions{FAINT:#}\n"));
    }
    text
}

fn from(of: &FleetVersionChanges) -> String {
    let from = format!("{}.{}", of.from_major_version, of.from_minor_version);
    visible_line(&from).into_owned()
}

fn of_version(of: &FleetVersionChanges) -> String {
    if let Some(problem) = &of.problem {
        return format!("      {DOUBTFUL}unknown{DOUBTFUL:#}   {}\n", visible_line(problem));
    }
    if of.changes.is_empty() {
        return format!("      {FAINT}nothing: the bundles are the same{FAINT:#}\n");
    }
    let mut table = Table::default();
    of.changes.iter().take(CHANGES_SHOWN).for_each(|change| table.row(row(change)));
    let mut text = table.lines(6, &[]);
    let shown = of.changes.len().min(CHANGES_SHOWN);
    let more = of.changes.len() - shown + usize::try_from(of.changes_left_out.unwrap_or(0)).unwrap_or(0);
    if more > 0 {
        text.push_str(&format!("      {FAINT}and {more} more; --output json lists them{FAINT:#}\n"));
    }
    text
}

fn row(change: &FleetChange) -> [String; 2] {
    let (style, word) = match change.severity {
        FleetChangeSeverity::Breaking => (BAD, "breaking"),
        FleetChangeSeverity::Doubtful => (DOUBTFUL, "doubtful"),
        FleetChangeSeverity::Fine => (GOOD, "fine"),
    };
    let what = format!("{}: {}", change.path, change.message);
    [format!("{style}{word}{style:#}"), visible_line(&what).into_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::sample;
    use console::strip_ansi_codes;
    use protium_wire::fleet::{FleetChangeKind, FleetUpdateStatus};

    fn told(update: &FleetUpdate) -> String {
        strip_ansi_codes(&changes(update)).into_owned()
    }

    fn of(minor: usize, changes: usize, problem: Option<&str>) -> FleetVersionChanges {
        let change = |number| FleetChange {
            kind: FleetChangeKind::InputAdded,
            message: "a new input".to_owned(),
            path: format!("input{number}"),
            severity: FleetChangeSeverity::Fine,
            why: String::new(),
        };
        FleetVersionChanges {
            changes: (0..changes).map(change).collect(),
            changes_left_out: None,
            from_major_version: "1".to_owned(),
            from_minor_version: minor.to_string(),
            problem: problem.map(str::to_owned),
            targets: 10,
        }
    }

    #[test]
    fn what_is_much_is_summed_up() {
        let mut update = sample::update(FleetUpdateStatus::Planned);
        assert_eq!(told(&update), "");
        update.version_changes = (0..7).map(|minor| of(minor, 0, None)).collect();
        update.version_changes[0] = of(0, CHANGES_SHOWN + 2, None);
        update.version_changes[0].changes_left_out = Some(3);
        update.version_changes[1] = of(1, 0, Some("version 1.1 is deleted"));
        update.targets_not_compared = Some(2);
        let text = told(&update);
        for line in [
            "    1.0 → 1.4  10 service instances\n      fine  input0: a new input\n",
            "      and 5 more; --output json lists them\n",
            "      unknown   version 1.1 is deleted\n",
            "      nothing: the bundles are the same\n",
            "    and 22 service instances of other versions\n",
        ] {
            assert!(text.contains(line), "{line}\nin {text}");
        }
    }
}
