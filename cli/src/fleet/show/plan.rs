//! A plan as people read it before they say yes.

use super::{
    Table,
    changes::changes,
    outcome::skipped,
    words::{duration, kind_word, resource, title},
};
use crate::output::{FAINT, counted, visible_line};
use protium_wire::fleet::{
    FleetApproval, FleetBatch, FleetCanary, FleetFailureAction, FleetLane, FleetTarget, FleetTolerance,
    FleetUpdate, FleetWave,
};
use std::time::Duration;

/// Waves that are listed; the others are summed up.
const WAVES_SHOWN: usize = 10;
/// Accounts and regions of a wave that are listed.
const LANES_SHOWN: usize = 4;
/// Inputs of a target that are named.
const INPUTS_SHOWN: usize = 4;

/// Who goes when, who stays and why, and a few of those who go.
pub(in crate::fleet) fn plan(update: &FleetUpdate, sample: &[FleetTarget]) -> String {
    let counts = &update.counts;
    let mut text = format!("{}  {FAINT}{}{FAINT:#}\n", title(update), update.id);
    text.push_str(&format!("  {}\n", strategy(update).join("\n  ")));
    text.push('\n');
    if counts.selected == 0 {
        text.push_str("  Nobody is to be updated.\n");
    } else {
        text.push_str(&waves(update));
        let who = kind_word(update.kind, counts.selected);
        text.push_str(&format!("\n  {} {who} to update, {} skipped\n", counts.selected, counts.skipped));
    }
    text.push_str(&skipped(update));
    text.push_str(&changes(update));
    text.push_str(&some(update, sample));
    text
}

fn waves(update: &FleetUpdate) -> String {
    let mut table = Table::headed(&["WAVE", "TARGETS", "ACCOUNTS AND REGIONS"]);
    for wave in update.waves.iter().take(WAVES_SHOWN) {
        let name = visible_line(&wave.name).into_owned();
        table.row([name, wave.counts.selected.to_string(), lanes(wave)]);
    }
    if update.waves.len() > WAVES_SHOWN {
        let rest = &update.waves[WAVES_SHOWN..];
        let targets: i32 = rest.iter().map(|wave| wave.counts.selected).sum();
        table.row([format!("{} more", rest.len()), targets.to_string(), String::new()]);
    }
    table.lines(2, &[1])
}

fn lanes(wave: &FleetWave) -> String {
    let lanes = &wave.lanes;
    let lane = |lane: &FleetLane| {
        let place = format!("{}/{}", visible_line(&lane.account_id), visible_line(&lane.region));
        if lanes.len() == 1 { place } else { format!("{place} {}", lane.targets) }
    };
    let mut shown: Vec<String> = lanes.iter().take(LANES_SHOWN).map(lane).collect();
    if lanes.len() > LANES_SHOWN {
        shown.push(format!("{} more", lanes.len() - LANES_SHOWN));
    }
    shown.join(", ")
}

/// A few of those who go, from which version to which, and which of their inputs get another value by that.
fn some(update: &FleetUpdate, sample: &[FleetTarget]) -> String {
    if sample.is_empty() {
        return String::new();
    }
    let mut table = Table::default();
    for target in sample {
        let from = target.from_major_version.as_ref().zip(target.from_minor_version.as_ref());
        let from = from.map_or_else(String::new, |(major, minor)| format!("{major}.{minor}"));
        let wave = target.wave.and_then(|number| update.waves.iter().find(|wave| wave.number == number));
        table.row([
            resource(&target.resource_arn),
            format!("{from} → {}", super::version(update)),
            wave.map_or_else(String::new, |wave| format!("{FAINT}{}{FAINT:#}", visible_line(&wave.name))),
            inputs(target),
        ]);
    }
    let shown = i32::try_from(sample.len()).unwrap_or(i32::MAX);
    let heading = if shown < update.counts.selected {
        format!("Who goes, {shown} of {}", update.counts.selected)
    } else {
        "Who goes".to_owned()
    };
    format!("\n  {FAINT}{heading}{FAINT:#}\n{}", table.lines(4, &[]))
}

/// The inputs that get another value by the version alone.
fn inputs(target: &FleetTarget) -> String {
    let names = target.changed_inputs.as_deref().unwrap_or_default();
    if names.is_empty() {
        return String::new();
    }
    let mut shown = names.iter().take(INPUTS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > INPUTS_SHOWN {
        shown.push_str(&format!(" and {} more", names.len() - INPUTS_SHOWN));
    }
    format!("other values of {}", visible_line(&shown))
}

/// The strategy as two sentences: who goes when, and what is looked at.
pub(super) fn strategy(update: &FleetUpdate) -> [String; 2] {
    [order(update).join(", "), watching(update).join(", ")]
}

/// Who goes when.
fn order(update: &FleetUpdate) -> Vec<String> {
    let strategy = &update.strategy;
    let mut parts = Vec::new();
    parts.extend(strategy.canary.as_ref().map(|canary| match canary {
        FleetCanary::Count(count) => format!("{count} first"),
        FleetCanary::Percent(percent) => format!("{percent}% first"),
        FleetCanary::Tags(tags) => {
            let tags: Vec<_> = tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect();
            format!("{} first", visible_line(&tags.join(" ")))
        }
    }));
    parts.extend(strategy.batch.as_ref().and_then(|batch| match batch {
        FleetBatch::Percent(100) => None,
        FleetBatch::Count(count) => Some(format!("waves of {count}")),
        FleetBatch::Percent(percent) => Some(format!("waves of {percent}%")),
    }));
    parts.extend(strategy.concurrency.map(|concurrency| format!("{concurrency} at a time")));
    parts.extend(strategy.lane_concurrency.map(|lane| format!("{lane} per account and region")));
    parts
}

/// What is looked at between waves, and what a failure leads to.
fn watching(update: &FleetUpdate) -> Vec<String> {
    let strategy = &update.strategy;
    let mut parts = Vec::new();
    let bake = strategy.bake_seconds.and_then(|bake| u64::try_from(bake).ok()).filter(|bake| *bake > 0);
    parts.extend(bake.map(|bake| format!("each wave watched for {}", duration(Duration::from_secs(bake)))));
    let alarms = strategy.alarms.as_ref().map_or(0, Vec::len);
    if alarms > 0 {
        parts.push(counted(alarms, "alarm"));
    }
    parts.extend(match strategy.approval {
        Some(FleetApproval::AfterCanary) => Some("approval after the canary".to_owned()),
        Some(FleetApproval::EveryWave) => Some("approval before each next wave".to_owned()),
        Some(FleetApproval::None) | None => None,
    });
    parts.push(failure(update));
    parts
}

/// How many failures lead to what.
fn failure(update: &FleetUpdate) -> String {
    let more = match &update.strategy.tolerance {
        None | Some(FleetTolerance::Count(0) | FleetTolerance::Percent(0)) => "any failure".to_owned(),
        Some(FleetTolerance::Count(1)) => "a second failure".to_owned(),
        Some(FleetTolerance::Count(count)) => format!("more than {count} failures"),
        Some(FleetTolerance::Percent(percent)) => format!("failure of more than {percent}% of a wave"),
    };
    match update.strategy.on_failure {
        Some(FleetFailureAction::RollBack) => format!("{more} rolls back"),
        Some(FleetFailureAction::Continue) => format!("{more} doesn't stop it"),
        Some(FleetFailureAction::Stop) | None => format!("{more} stops it"),
    }
}
