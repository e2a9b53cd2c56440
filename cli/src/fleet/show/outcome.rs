//! How a fleet update stands or ended, and what to do next.

use super::{
    Table, done, failure,
    words::{age, duration, instant, progress_note, reason, status, title},
};
use crate::output::{BAD, DOUBTFUL, FAINT, GOOD, visible_line};
use protium_wire::fleet::{FleetTarget, FleetUpdate, FleetUpdateStatus};
use std::time::SystemTime;

/// Failures that are told in full; the others can be listed.
const FAILURES_SHOWN: usize = 10;

/// How it ended: one line with the sum of it, then whoever failed or was skipped.
pub(in crate::fleet) fn outcome(update: &FleetUpdate, failures: &[FleetTarget], now: SystemTime) -> String {
    let mark = match update.status {
        FleetUpdateStatus::Succeeded => format!("{GOOD}✓{GOOD:#}"),
        FleetUpdateStatus::Failed => format!("{BAD}✗{BAD:#}"),
        _ => format!("{DOUBTFUL}●{DOUBTFUL:#}"),
    };
    let took = duration(age(update, now));
    let mut text = format!("{mark} {}  {}  {FAINT}{took}{FAINT:#}\n", title(update), status(update.status));
    text.push_str(&message(update));
    text.push_str(&format!("  {}\n", counts(update)));
    text.push_str(&failed(update, failures));
    text.push_str(&skipped(update));
    text
}

/// How it stands, with its waves.
pub(in crate::fleet) fn card(update: &FleetUpdate, failures: &[FleetTarget], now: SystemTime) -> String {
    let mut text = format!("{}  {}\n", title(update), status(update.status));
    let mut facts = Table::default();
    let mut fact = |name: &str, value: String| facts.row([format!("{FAINT}{name}{FAINT:#}"), value]);
    fact("id", update.id.clone());
    if let Some(by) = &update.started_by {
        fact("started by", visible_line(by).into_owned());
    }
    fact("created", instant(update.created_at));
    fact("going for", duration(age(update, now)));
    let [order, watching] = super::plan::strategy(update);
    fact("strategy", order);
    fact("", watching);
    if let Some(note) = progress_note(update, now) {
        fact("now", note);
    }
    text.push_str(&facts.lines(2, &[]));
    text.push_str(&message(update));
    text.push_str(&format!("\n{}", waves(update)));
    text.push_str(&format!("\n  {}\n", counts(update)));
    text.push_str(&failed(update, failures));
    text.push_str(&skipped(update));
    text
}

fn message(update: &FleetUpdate) -> String {
    update
        .status_message
        .as_ref()
        .map_or_else(String::new, |message| format!("  {}\n", visible_line(message)))
}

fn counts(update: &FleetUpdate) -> String {
    let counts = &update.counts;
    let mut text = format!(
        "{} selected, {} attempted, {} succeeded, {} failed, {} skipped, {} rolled back",
        counts.selected,
        counts.attempted,
        counts.succeeded,
        counts.failed,
        counts.skipped,
        counts.rolled_back
    );
    if counts.pending + counts.in_progress > 0 {
        text.push_str(&format!("; {} under way, {} to come", counts.in_progress, counts.pending));
    }
    text
}

fn waves(update: &FleetUpdate) -> String {
    let mut table = Table::headed(&["WAVE", "", "DONE", "SUCCEEDED", "FAILED", "UNDER WAY", "SKIPPED"]);
    for wave in &update.waves {
        let counts = &wave.counts;
        let here = update.current_wave == Some(wave.number) && !update.status.is_final();
        let mark = if here { "◂" } else { "" };
        table.row([
            format!("{}{mark}", visible_line(&wave.name)),
            super::bar::bar(counts, 20),
            format!("{}/{}", done(counts), counts.selected),
            counts.succeeded.to_string(),
            counts.failed.to_string(),
            counts.in_progress.to_string(),
            counts.skipped.to_string(),
        ]);
    }
    table.lines(2, &[2, 3, 4, 5, 6])
}

fn failed(update: &FleetUpdate, failures: &[FleetTarget]) -> String {
    if failures.is_empty() {
        return String::new();
    }
    let mut text = format!("\n  {BAD}Failed{BAD:#}\n");
    for target in failures.iter().take(FAILURES_SHOWN) {
        text.push_str(&format!("    {}\n", failure(target)));
    }
    let told = failures.len().min(FAILURES_SHOWN);
    let all = usize::try_from(update.counts.failed).unwrap_or(0).max(failures.len());
    if all > told {
        let id = &update.id;
        text.push_str(&format!("    and {} more: protium fleet targets {id} --status failed\n", all - told));
    }
    text
}

/// Who was left alone, by reason.
pub(super) fn skipped(update: &FleetUpdate) -> String {
    if update.skipped.is_empty() {
        return String::new();
    }
    let mut table = Table::default();
    for skip in &update.skipped {
        table.row([skip.count.to_string(), reason(skip.reason).to_owned()]);
    }
    format!("\n  {FAINT}Skipped{FAINT:#}\n{}", table.lines(4, &[0]))
}

/// What people can do next, as commands.
pub(in crate::fleet) fn hints(update: &FleetUpdate) -> String {
    use FleetUpdateStatus as S;
    let steps: &[(&str, &str)] = match update.status {
        S::Planning => &[("status", "look again")],
        S::Planned => &[("start", "start it as it is planned"), ("cancel", "drop it")],
        S::Running | S::Baking => &[("status --wait", "watch it"), ("pause", "begin no more deployments")],
        S::AwaitingApproval => &[
            ("approve", "go on with the next wave"),
            ("rollback", "take back what was deployed"),
            ("cancel", "end it and leave everyone where they are"),
        ],
        S::Paused => &[
            ("resume", "go on"),
            ("rollback", "take back what was deployed"),
            ("cancel", "end it and leave everyone where they are"),
        ],
        S::RollingBack | S::Cancelling => &[("status --wait", "watch it")],
        S::Succeeded if update.counts.skipped > 0 => {
            &[("targets --status skipped", "who was skipped, and why")]
        }
        S::Succeeded | S::RolledBack => &[],
        S::Failed if update.counts.attempted == 0 => &[],
        S::Failed => &[
            ("targets --status failed", "who failed, and why"),
            ("rollback", "take everyone back to what they had"),
        ],
        S::Cancelled if update.counts.attempted == 0 => &[],
        S::Cancelled => &[("rollback", "take everyone back to what they had")],
    };
    let mut table = Table::default();
    for (command, why) in steps {
        let (command, flags) = command.split_once(' ').unwrap_or((command, ""));
        let line = format!("protium fleet {command} {} {flags}", update.id);
        table.row([line.trim_end().to_owned(), format!("{FAINT}{why}{FAINT:#}")]);
    }
    table.lines(2, &[])
}
