//! What is told of a fleet update: from the domain to the wire.

use protium_app::fleet::{FleetTargetView, FleetUpdateView, WaveView};
use protium_domain::arn::{Location, Resource};
use protium_domain::fleet::{
    Approval, Canary, FleetCounts, FleetKind, FleetUpdate, FleetUpdateStatus, Lane, OnFailure, Selection,
    SkipCount, SkipReason, Strategy, TagSelector, TargetStatus,
};
use protium_domain::name::ResourceName;
use protium_wire::common::{Tag, TagList};
use protium_wire::fleet as wire;

use super::super::convert;
use super::changes;

/// A fleet update as lists show it.
pub(super) fn summary(location: &Location, update: &FleetUpdate) -> wire::FleetUpdateSummary {
    wire::FleetUpdateSummary {
        arn: location.arn(&Resource::FleetUpdate { id: update.id.clone() }),
        completed_at: update.completed_at.map(convert::timestamp),
        created_at: convert::timestamp(update.created_at),
        id: update.id.to_string(),
        kind: kind(update.template.kind),
        name: update.name.clone(),
        status: status(update.status()),
        template_name: update.template.name.to_string(),
        to_major_version: update.template.to.major.to_string(),
        to_minor_version: update.template.to.minor.to_string(),
    }
}

/// A fleet update with its waves and counts.
pub(super) fn detail(location: &Location, view: &FleetUpdateView) -> wire::FleetUpdate {
    let update = &view.update;
    let common = summary(location, update);
    wire::FleetUpdate {
        arn: common.arn,
        completed_at: common.completed_at,
        counts: counts(&view.counts),
        created_at: common.created_at,
        current_wave: current_wave(update),
        id: common.id,
        kind: common.kind,
        last_modified_at: convert::timestamp(update.last_modified_at),
        name: common.name,
        planned_at: update.planned_at.map(convert::timestamp),
        selection: selection(&update.selection),
        skipped: skipped(update),
        started_at: update.started_at.map(convert::timestamp),
        started_by: update.requested_by.clone(),
        status: common.status,
        status_message: update.message().map(ToOwned::to_owned),
        targets_not_compared: positive(update.planning().other_versions),
        strategy: strategy(&update.strategy),
        template_name: common.template_name,
        to_major_version: common.to_major_version,
        to_minor_version: common.to_minor_version,
        version_changes: view.changes.iter().map(changes::version).collect(),
        waiting_until: update.waiting_until().map(convert::timestamp),
        waves: (0..).zip(&view.waves).map(|(number, of)| wave(number, of)).collect(),
    }
}

/// The wave that it stands at: none before its first one begins, and none once it is over.
fn current_wave(update: &FleetUpdate) -> Option<i32> {
    let stands = update.started_at.is_some() && !update.status().is_final();
    (stands && update.current_wave().is_some()).then(|| small(u64::from(update.wave())))
}

/// What the plan skips, by reason. What is skipped later is among the counts, and its reasons with the targets.
fn skipped(update: &FleetUpdate) -> Vec<wire::FleetSkipCount> {
    let cursor = &update.planning().skipped;
    let mut skipped: Vec<SkipCount> = update.plan().map_or(cursor, |plan| &plan.skipped).clone();
    skipped.sort_by_key(|skip| (std::cmp::Reverse(skip.count), skip.reason));
    let told =
        |skip: SkipCount| wire::FleetSkipCount { count: small(skip.count), reason: skip_reason(skip.reason) };
    skipped.into_iter().map(told).collect()
}

fn wave(number: u64, view: &WaveView) -> wire::FleetWave {
    wire::FleetWave {
        counts: counts(&view.counts),
        lanes: lanes(&view.lanes),
        name: view.wave.name.clone(),
        number: small(number),
    }
}

/// A row of the plan, and what became of it.
pub(super) fn target(location: &Location, view: FleetTargetView) -> wire::FleetTarget {
    wire::FleetTarget {
        account_id: Some(view.account),
        changed_inputs: (!view.changed_inputs.is_empty()).then_some(view.changed_inputs),
        deployment_id: view.deployment_id.map(Into::into),
        from_major_version: Some(view.from.major.to_string()),
        from_minor_version: Some(view.from.minor.to_string()),
        region: Some(view.region),
        resource_arn: location.arn(&view.resource),
        roll_back_deployment_id: view.roll_back_deployment_id.map(Into::into),
        skip_reason: view.reason.map(skip_reason),
        status: target_status(view.status),
        status_message: view.message,
        wave: view.wave.map(|wave| small(u64::from(wave))),
    }
}

/// Lanes of one account and region are one lane to people, whatever windows they have.
fn lanes(lanes: &[Lane]) -> Vec<wire::FleetLane> {
    let mut told: Vec<wire::FleetLane> = Vec::new();
    for lane in lanes {
        let place = |known: &&mut wire::FleetLane| {
            known.account_id == lane.key.account && known.region == lane.key.region
        };
        match told.iter_mut().find(place) {
            Some(known) => known.targets = known.targets.saturating_add(small(lane.targets)),
            None => told.push(wire::FleetLane {
                account_id: lane.key.account.clone(),
                region: lane.key.region.clone(),
                targets: small(lane.targets),
            }),
        }
    }
    told
}

fn counts(counts: &FleetCounts) -> wire::FleetCounts {
    wire::FleetCounts {
        attempted: small(counts.attempted),
        failed: small(counts.failed),
        in_progress: small(counts.in_progress),
        pending: small(counts.pending),
        rolled_back: small(counts.rolled_back),
        selected: small(counts.selected),
        skipped: small(counts.skipped),
        succeeded: small(counts.succeeded),
    }
}

/// What needn't be told when there is none.
pub(super) fn positive(number: u64) -> Option<i32> {
    (number > 0).then(|| small(number))
}

/// A number of targets: the wire's numbers hold more than any fleet has.
pub(super) fn small(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn selection(selection: &Selection) -> wire::FleetSelection {
    let names =
        |names: &[ResourceName]| (!names.is_empty()).then(|| names.iter().map(ToString::to_string).collect());
    let (at_least, below) = (selection.from_version, selection.below_version);
    let range = (at_least.is_some() || below.is_some()).then(|| wire::FleetVersionRange {
        at_least: at_least.map(|version| version.to_string()),
        below: below.map(|version| version.to_string()),
    });
    wire::FleetSelection {
        account_ids: (!selection.accounts.is_empty()).then(|| selection.accounts.clone()),
        environment_names: names(&selection.environments),
        from_versions: range,
        service_instance_names: names(&selection.instances),
        service_names: names(&selection.services),
        tags: (!selection.tags.0.is_empty()).then(|| tags(&selection.tags)),
    }
}

fn tags(tags: &TagSelector) -> TagList {
    tags.0.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

fn strategy(strategy: &Strategy) -> wire::FleetStrategy {
    let batch = strategy.batch.to_string();
    let tolerance = strategy.tolerance.to_string();
    let alarms = strategy.alarms.as_slice();
    wire::FleetStrategy {
        alarms: (!alarms.is_empty()).then(|| alarms.to_vec()),
        approval: Some(match strategy.approval {
            Approval::None => wire::FleetApproval::None,
            Approval::AfterCanary => wire::FleetApproval::AfterCanary,
            Approval::EveryWave => wire::FleetApproval::EveryWave,
        }),
        bake_seconds: Some(small(strategy.bake.duration().as_secs())),
        batch: Some(amount(&batch, wire::FleetBatch::Count, wire::FleetBatch::Percent)),
        canary: strategy.canary.as_ref().map(canary),
        concurrency: Some(small(u64::from(strategy.concurrency.get()))),
        lane_concurrency: strategy.lane_concurrency.map(|lane| small(u64::from(lane.get()))),
        on_failure: Some(match strategy.on_failure {
            OnFailure::Stop => wire::FleetFailureAction::Stop,
            OnFailure::Continue => wire::FleetFailureAction::Continue,
            OnFailure::RollBack => wire::FleetFailureAction::RollBack,
        }),
        tolerance: Some(amount(&tolerance, wire::FleetTolerance::Count, wire::FleetTolerance::Percent)),
    }
}

fn canary(canary: &Canary) -> wire::FleetCanary {
    match canary {
        Canary::Share(share) => {
            amount(&share.to_string(), wire::FleetCanary::Count, wire::FleetCanary::Percent)
        }
        Canary::Tags(selector) => wire::FleetCanary::Tags(tags(selector)),
    }
}

/// An amount of the domain, `5` or `20%`, as the union that it is on the wire.
fn amount<T>(text: &str, count: fn(i32) -> T, percent: fn(i32) -> T) -> T {
    match text.strip_suffix('%') {
        Some(digits) => percent(digits.parse().unwrap_or(i32::MAX)),
        None => count(text.parse().unwrap_or(i32::MAX)),
    }
}

const fn kind(kind: FleetKind) -> wire::FleetUpdateKind {
    match kind {
        FleetKind::Environment => wire::FleetUpdateKind::Environment,
        FleetKind::ServiceInstance => wire::FleetUpdateKind::ServiceInstance,
        FleetKind::ServicePipeline => wire::FleetUpdateKind::ServicePipeline,
    }
}

const fn status(status: FleetUpdateStatus) -> wire::FleetUpdateStatus {
    use wire::FleetUpdateStatus as Told;
    match status {
        FleetUpdateStatus::Planning => Told::Planning,
        FleetUpdateStatus::Planned => Told::Planned,
        FleetUpdateStatus::Running => Told::Running,
        FleetUpdateStatus::Baking => Told::Baking,
        FleetUpdateStatus::AwaitingApproval => Told::AwaitingApproval,
        FleetUpdateStatus::Paused => Told::Paused,
        FleetUpdateStatus::Succeeded => Told::Succeeded,
        FleetUpdateStatus::Failed => Told::Failed,
        FleetUpdateStatus::RollingBack => Told::RollingBack,
        FleetUpdateStatus::RolledBack => Told::RolledBack,
        FleetUpdateStatus::Cancelling => Told::Cancelling,
        FleetUpdateStatus::Cancelled => Told::Cancelled,
    }
}

/// How far a target is.
const fn target_status(status: TargetStatus) -> wire::FleetTargetStatus {
    use wire::FleetTargetStatus as Told;
    match status {
        TargetStatus::Pending => Told::Pending,
        TargetStatus::Deploying => Told::Deploying,
        TargetStatus::Succeeded => Told::Succeeded,
        TargetStatus::Failed => Told::Failed,
        TargetStatus::Skipped => Told::Skipped,
        TargetStatus::RollingBack => Told::RollingBack,
        TargetStatus::RolledBack => Told::RolledBack,
        TargetStatus::RollBackFailed => Told::RollBackFailed,
        TargetStatus::Superseded => Told::Superseded,
    }
}

/// Why something is skipped.
const fn skip_reason(reason: SkipReason) -> wire::FleetSkipReason {
    use wire::FleetSkipReason as Told;
    match reason {
        SkipReason::Pinned => Told::Pinned,
        SkipReason::OptedOut => Told::OptedOut,
        SkipReason::UpToDate => Told::UpToDate,
        SkipReason::Newer => Told::Newer,
        SkipReason::Busy => Told::Busy,
        SkipReason::Failed => Told::Failed,
        SkipReason::IncompatibleSpec => Told::IncompatibleSpec,
        SkipReason::EnvironmentIncompatible => Told::EnvironmentIncompatible,
        SkipReason::Changed => Told::Changed,
        SkipReason::Gone => Told::Gone,
    }
}
