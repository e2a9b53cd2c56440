//! Documents for programs, as docs/fleet-updates.md describes them: members in snake case, times as RFC 3339.

use super::show::instant;
use crate::api::CallError;
use protium_wire::{
    fleet::{
        FleetChange, FleetChangeKind, FleetChangeSeverity, FleetCounts, FleetLane, FleetSkipReason,
        FleetTarget, FleetTargetStatus, FleetUpdate, FleetUpdateKind, FleetUpdateStatus, FleetUpdateSummary,
        FleetVersionChanges,
    },
    update_policy::{UpdatePolicy, UpdatePolicyMode, UpdatePolicySource},
};
use serde::Serialize;
use serde_json::{Value, json};

/// A fleet update.
#[derive(Serialize)]
pub(super) struct UpdateDocument<'a> {
    id: &'a str,
    arn: &'a str,
    name: Option<&'a str>,
    template: &'a str,
    kind: FleetUpdateKind,
    to_version: String,
    status: FleetUpdateStatus,
    status_message: Option<&'a str>,
    counts: CountsDocument,
    current_wave: Option<i32>,
    waiting_until: Option<String>,
    waves: Vec<WaveDocument<'a>>,
    skipped: Vec<SkipDocument>,
    version_changes: Vec<VersionChangesDocument<'a>>,
    targets_not_compared: i32,
    failures: Vec<TargetDocument<'a>>,
    created_at: String,
    planned_at: Option<String>,
    started_at: Option<String>,
    completed_at: Option<String>,
    started_by: Option<&'a str>,
}

#[derive(Serialize)]
struct CountsDocument {
    selected: i32,
    attempted: i32,
    succeeded: i32,
    failed: i32,
    skipped: i32,
    rolled_back: i32,
    in_progress: i32,
    pending: i32,
}

#[derive(Serialize)]
struct WaveDocument<'a> {
    number: i32,
    name: &'a str,
    counts: CountsDocument,
    lanes: Vec<LaneDocument<'a>>,
}

#[derive(Serialize)]
struct LaneDocument<'a> {
    account: &'a str,
    region: &'a str,
    targets: i32,
}

#[derive(Serialize)]
struct SkipDocument {
    reason: FleetSkipReason,
    count: i32,
}

#[derive(Serialize)]
struct VersionChangesDocument<'a> {
    from_version: String,
    targets: i32,
    changes: Vec<ChangeDocument<'a>>,
    changes_left_out: i32,
    problem: Option<&'a str>,
}

#[derive(Serialize)]
struct ChangeDocument<'a> {
    severity: FleetChangeSeverity,
    kind: FleetChangeKind,
    path: &'a str,
    message: &'a str,
    why: &'a str,
}

/// A target.
#[derive(Serialize)]
struct TargetDocument<'a> {
    resource: &'a str,
    status: FleetTargetStatus,
    reason: Option<FleetSkipReason>,
    message: Option<&'a str>,
    wave: Option<i32>,
    from_version: Option<String>,
    changed_inputs: &'a [String],
    account: Option<&'a str>,
    region: Option<&'a str>,
    deployment: Option<&'a str>,
    roll_back_deployment: Option<&'a str>,
}

/// A fleet update of a list.
#[derive(Serialize)]
struct SummaryDocument<'a> {
    id: &'a str,
    name: Option<&'a str>,
    template: &'a str,
    kind: FleetUpdateKind,
    to_version: String,
    status: FleetUpdateStatus,
    created_at: String,
    completed_at: Option<String>,
}

/// A policy.
#[derive(Serialize)]
pub(super) struct PolicyDocument<'a> {
    resource: &'a str,
    mode: UpdatePolicyMode,
    windows: &'a [String],
    source: UpdatePolicySource,
    problem: Option<&'a str>,
}

pub(super) fn update<'a>(update: &'a FleetUpdate, failures: &'a [FleetTarget]) -> UpdateDocument<'a> {
    UpdateDocument {
        id: &update.id,
        arn: &update.arn,
        name: update.name.as_deref(),
        template: &update.template_name,
        kind: update.kind,
        to_version: super::show::version(update),
        status: update.status,
        status_message: update.status_message.as_deref(),
        counts: counts(&update.counts),
        current_wave: update.current_wave,
        waiting_until: update.waiting_until.map(instant),
        waves: update.waves.iter().map(wave).collect(),
        skipped: update
            .skipped
            .iter()
            .map(|skip| SkipDocument { reason: skip.reason, count: skip.count })
            .collect(),
        version_changes: update.version_changes.iter().map(version_changes).collect(),
        targets_not_compared: update.targets_not_compared.unwrap_or(0),
        failures: failures.iter().map(target).collect(),
        created_at: instant(update.created_at),
        planned_at: update.planned_at.map(instant),
        started_at: update.started_at.map(instant),
        completed_at: update.completed_at.map(instant),
        started_by: update.started_by.as_deref(),
    }
}

fn counts(counts: &FleetCounts) -> CountsDocument {
    CountsDocument {
        selected: counts.selected,
        attempted: counts.attempted,
        succeeded: counts.succeeded,
        failed: counts.failed,
        skipped: counts.skipped,
        rolled_back: counts.rolled_back,
        in_progress: counts.in_progress,
        pending: counts.pending,
    }
}

fn wave(wave: &protium_wire::fleet::FleetWave) -> WaveDocument<'_> {
    WaveDocument {
        number: wave.number,
        name: &wave.name,
        counts: counts(&wave.counts),
        lanes: wave.lanes.iter().map(lane).collect(),
    }
}

fn version_changes(changes: &FleetVersionChanges) -> VersionChangesDocument<'_> {
    fn told(change: &FleetChange) -> ChangeDocument<'_> {
        ChangeDocument {
            severity: change.severity,
            kind: change.kind,
            path: &change.path,
            message: &change.message,
            why: &change.why,
        }
    }
    VersionChangesDocument {
        from_version: format!("{}.{}", changes.from_major_version, changes.from_minor_version),
        targets: changes.targets,
        changes: changes.changes.iter().map(told).collect(),
        changes_left_out: changes.changes_left_out.unwrap_or(0),
        problem: changes.problem.as_deref(),
    }
}

fn lane(lane: &FleetLane) -> LaneDocument<'_> {
    LaneDocument { account: &lane.account_id, region: &lane.region, targets: lane.targets }
}

fn target(target: &FleetTarget) -> TargetDocument<'_> {
    let from = target.from_major_version.as_ref().zip(target.from_minor_version.as_ref());
    TargetDocument {
        resource: &target.resource_arn,
        status: target.status,
        reason: target.skip_reason,
        message: target.status_message.as_deref(),
        wave: target.wave,
        from_version: from.map(|(major, minor)| format!("{major}.{minor}")),
        changed_inputs: target.changed_inputs.as_deref().unwrap_or_default(),
        account: target.account_id.as_deref(),
        region: target.region.as_deref(),
        deployment: target.deployment_id.as_deref(),
        roll_back_deployment: target.roll_back_deployment_id.as_deref(),
    }
}

pub(super) fn targets(targets: &[FleetTarget]) -> Value {
    json!({"targets": targets.iter().map(target).collect::<Vec<_>>()})
}

pub(super) fn updates(updates: &[FleetUpdateSummary]) -> Value {
    let updates: Vec<_> = updates
        .iter()
        .map(|update| SummaryDocument {
            id: &update.id,
            name: update.name.as_deref(),
            template: &update.template_name,
            kind: update.kind,
            to_version: format!("{}.{}", update.to_major_version, update.to_minor_version),
            status: update.status,
            created_at: instant(update.created_at),
            completed_at: update.completed_at.map(instant),
        })
        .collect();
    json!({"fleet_updates": updates})
}

pub(super) fn policy(policy: &UpdatePolicy) -> PolicyDocument<'_> {
    PolicyDocument {
        resource: &policy.resource_arn,
        mode: policy.mode,
        windows: &policy.maintenance_windows,
        source: policy.source,
        problem: policy.problem.as_deref(),
    }
}

/// What a command that failed leaves on standard output.
pub(super) fn error(error: &anyhow::Error) -> Value {
    let code = match error.downcast_ref::<CallError>() {
        Some(CallError::Refused { code, .. }) if !code.is_empty() => code,
        _ => "",
    };
    let code = (!code.is_empty()).then_some(code);
    json!({"error": {"code": code, "message": format!("{error:#}")}})
}
