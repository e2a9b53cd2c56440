//! A fleet update on its way: the frame of the display that lives, and the line of the one that scrolls.

use super::{
    bar::bar,
    done,
    words::{age, duration, progress_note, status, title},
};
use crate::{
    fleet::pace::Speed,
    output::{BAD, DOUBTFUL, FAINT, counted, visible_line},
};
use console::{measure_text_width, truncate_str};
use protium_wire::fleet::{FleetCounts, FleetUpdate, FleetUpdateStatus, FleetWave};
use std::time::SystemTime;

/// Waves that are shown at one time; the others are summed up.
const WAVES_SHOWN: usize = 6;
/// Columns of a wave's name.
const NAME_COLUMNS: usize = 12;
/// Columns of a bar, where there is room.
const BAR_COLUMNS: usize = 36;

/// What is known of a fleet update at some moment.
#[derive(Clone, Copy)]
pub(in crate::fleet) struct Frame<'a> {
    pub(in crate::fleet) update: &'a FleetUpdate,
    pub(in crate::fleet) speed: Option<Speed>,
    pub(in crate::fleet) now: SystemTime,
    /// What is wrong with watching, not with the fleet update.
    pub(in crate::fleet) trouble: Option<&'a str>,
}

/// The display of a terminal so many columns wide; the first line leaves room for a spinner.
pub(in crate::fleet) fn frame(frame: &Frame<'_>, columns: usize) -> String {
    let update = frame.update;
    let mut lines = vec![heading(frame, columns.saturating_sub(2))];
    lines.extend(waves(update, columns));
    lines.push(format!("  {}", summary(frame)));
    let note = progress_note(update, frame.now).map(|note| format!("{DOUBTFUL}{note}{DOUBTFUL:#}"));
    lines.extend(note.map(|note| format!("  {note}")));
    lines.extend(frame.trouble.map(|trouble| format!("  {BAD}{}{BAD:#}", visible_line(trouble))));
    let fitting = |line: String| truncate_str(&line, columns.saturating_sub(1), "…").into_owned();
    lines.into_iter().map(fitting).collect::<Vec<_>>().join("\n")
}

/// What it is, where it stands, and on the right how long it has been going.
fn heading(frame: &Frame<'_>, columns: usize) -> String {
    let left = format!("{}  {}", title(frame.update), status(frame.update.status));
    let right = duration(age(frame.update, frame.now));
    let used = measure_text_width(&left) + measure_text_width(&right) + 1;
    let gap = " ".repeat(columns.min(78).saturating_sub(used).max(2));
    format!("{left}{gap}{FAINT}{right}{FAINT:#}")
}

/// The waves around the one that it is at; those before and behind are summed up.
fn waves(update: &FleetUpdate, columns: usize) -> Vec<String> {
    let shown = WAVES_SHOWN.min(update.waves.len());
    let current = update.current_wave.and_then(|wave| usize::try_from(wave).ok()).unwrap_or(0);
    let first = current.saturating_sub(1).min(update.waves.len() - shown);
    let last = first + shown;
    let mut lines = Vec::new();
    lines.extend(summed(&update.waves[..first], "before"));
    lines.extend(update.waves[first..last].iter().map(|wave| wave_line(wave, columns)));
    lines.extend(summed(&update.waves[last..], "behind"));
    lines
}

fn summed(waves: &[FleetWave], place: &str) -> Option<String> {
    let targets: i32 = waves.iter().map(|wave| wave.counts.selected).sum();
    let waves = (!waves.is_empty()).then(|| counted(waves.len(), "wave"))?;
    Some(format!("  {FAINT}{waves} {place}, {targets} targets{FAINT:#}"))
}

fn wave_line(wave: &FleetWave, columns: usize) -> String {
    let name = visible_line(&wave.name);
    let name = truncate_str(&name, NAME_COLUMNS, "…");
    let length = BAR_COLUMNS.min(columns.saturating_sub(NAME_COLUMNS + 40)).max(8);
    let count = format!("{}/{}", done(&wave.counts), wave.counts.selected);
    let padding = " ".repeat(NAME_COLUMNS.saturating_sub(measure_text_width(&name)));
    let bar = bar(&wave.counts, length);
    format!("  {name}{padding}  {bar}  {count:>11}{}", details(&wave.counts))
}

/// What else there is to say of a wave.
fn details(counts: &FleetCounts) -> String {
    let mut text = String::new();
    let mut add = |count: i32, word: &str, style: anstyle::Style| {
        if count > 0 {
            text.push_str(&format!("  {style}{count} {word}{style:#}"));
        }
    };
    add(counts.failed, "failed", BAD);
    add(counts.rolled_back, "rolled back", DOUBTFUL);
    add(counts.skipped, "skipped", FAINT);
    add(counts.in_progress, "under way", anstyle::Style::new());
    text
}

/// All counts, and how fast it goes.
fn summary(frame: &Frame<'_>) -> String {
    let counts = &frame.update.counts;
    let mut parts = Vec::new();
    if frame.update.status == FleetUpdateStatus::Planning {
        return format!(
            "{} found so far, {} of them skipped",
            counts.selected + counts.skipped,
            counts.skipped
        );
    }
    parts.push(format!("{} of {} done", done(counts), counts.selected));
    for (count, word, style) in [
        (counts.failed, "failed", BAD),
        (counts.rolled_back, "rolled back", DOUBTFUL),
        (counts.skipped, "skipped", anstyle::Style::new()),
    ] {
        if count > 0 {
            parts.push(format!("{style}{count} {word}{style:#}"));
        }
    }
    if let Some(speed) = frame.speed {
        parts.push(format!("{:.1} a minute", speed.per_minute));
        parts.push(format!("about {} left", duration(speed.left)));
    }
    parts.join(" · ")
}

/// One line that says where it stands, without colours.
pub(in crate::fleet) fn line(frame: &Frame<'_>) -> String {
    let update = frame.update;
    let took = duration(age(update, frame.now));
    let current =
        update.current_wave.and_then(|number| update.waves.iter().find(|wave| wave.number == number));
    let wave = current.filter(|_| !update.status.is_final()).map_or_else(String::new, |wave| {
        format!("  {} {}/{}", visible_line(&wave.name), done(&wave.counts), wave.counts.selected)
    });
    let note = progress_note(update, frame.now).map_or_else(String::new, |note| format!("  {note}"));
    let trouble = frame.trouble.map_or_else(String::new, |trouble| format!("  {}", visible_line(trouble)));
    let text = format!("{took:>7}  {}{wave}  {}{note}{trouble}", update.status, summary(frame));
    console::strip_ansi_codes(&text).into_owned()
}
