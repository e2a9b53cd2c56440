//! What is asked of a fleet update: from the wire to the domain.

use protium_domain::fleet::{
    Alarms, Approval, Bake, Canary, Concurrency, FleetKind, FleetUpdateStatus, OnFailure, Selection, Share,
    Strategy, TagSelector, TargetStatus, Tolerance,
};
use protium_domain::name::ResourceName;
use protium_domain::version::VersionNumber;
use protium_wire::common::TagList;
use protium_wire::fleet as wire;

use super::super::convert;
use crate::error::{Answer, Failure};

/// What is updated.
pub(super) const fn kind(kind: wire::FleetUpdateKind) -> FleetKind {
    match kind {
        wire::FleetUpdateKind::Environment => FleetKind::Environment,
        wire::FleetUpdateKind::ServiceInstance => FleetKind::ServiceInstance,
        wire::FleetUpdateKind::ServicePipeline => FleetKind::ServicePipeline,
    }
}

/// Who is chosen; everyone, where nothing is said.
pub(super) fn selection(selection: Option<wire::FleetSelection>) -> Answer<Selection> {
    let Some(selection) = selection else { return Ok(Selection::default()) };
    let range = selection.from_versions;
    let (at_least, below) = range.map_or((None, None), |range| (range.at_least, range.below));
    Ok(Selection {
        from_version: at_least.as_deref().map(version).transpose()?,
        below_version: below.as_deref().map(version).transpose()?,
        environments: names(selection.environment_names)?,
        services: names(selection.service_names)?,
        instances: names(selection.service_instance_names)?,
        accounts: selection.account_ids.unwrap_or_default(),
        tags: selector(selection.tags)?,
    })
}

fn names(names: Option<Vec<String>>) -> Answer<Vec<ResourceName>> {
    names.unwrap_or_default().into_iter().map(convert::name).collect()
}

fn selector(tags: Option<TagList>) -> Answer<TagSelector> {
    let tags = convert::tags(tags)?;
    Ok(TagSelector(tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
}

fn version(text: &str) -> Answer<VersionNumber> {
    // The model asks for the dot; what isn't one part before and one behind it fails as a number.
    let (major, minor) = text.split_once('.').unwrap_or((text, ""));
    convert::version(major, minor)
}

/// How the version travels; the defaults, where nothing is said.
pub(super) fn strategy(strategy: Option<wire::FleetStrategy>) -> Answer<Strategy> {
    let mut made = Strategy::default();
    let Some(strategy) = strategy else { return Ok(made) };
    made.canary = strategy.canary.map(canary).transpose()?;
    if let Some(batch) = strategy.batch {
        made.batch = share(match batch {
            wire::FleetBatch::Count(count) => count.to_string(),
            wire::FleetBatch::Percent(percent) => format!("{percent}%"),
        })?;
    }
    if let Some(concurrency) = strategy.concurrency {
        made.concurrency = self::concurrency(concurrency)?;
    }
    made.lane_concurrency = strategy.lane_concurrency.map(concurrency).transpose()?;
    if let Some(tolerance) = strategy.tolerance {
        made.tolerance = self::tolerance(tolerance)?;
    }
    made.bake = Bake::seconds(unsigned(strategy.bake_seconds.unwrap_or(0))).map_err(refused)?;
    made.alarms = Alarms::new(strategy.alarms.unwrap_or_default()).map_err(refused)?;
    made.approval = strategy.approval.map_or(Approval::None, approval);
    made.on_failure = strategy.on_failure.map_or(OnFailure::Stop, on_failure);
    Ok(made)
}

fn canary(canary: wire::FleetCanary) -> Answer<Canary> {
    Ok(match canary {
        wire::FleetCanary::Count(count) => Canary::Share(share(count.to_string())?),
        wire::FleetCanary::Percent(percent) => Canary::Share(share(format!("{percent}%"))?),
        wire::FleetCanary::Tags(tags) => Canary::Tags(selector(Some(tags))?),
    })
}

fn share(text: String) -> Answer<Share> {
    text.parse().map_err(refused)
}

fn tolerance(tolerance: wire::FleetTolerance) -> Answer<Tolerance> {
    let text = match tolerance {
        wire::FleetTolerance::Count(count) => count.to_string(),
        wire::FleetTolerance::Percent(percent) => format!("{percent}%"),
    };
    text.parse::<Tolerance>().map_err(refused)
}

fn concurrency(number: i32) -> Answer<Concurrency> {
    Concurrency::new(unsigned(number)).map_err(refused)
}

/// A number that the model has seen to be none below zero.
fn unsigned(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::validation(error.to_string())
}

const fn approval(approval: wire::FleetApproval) -> Approval {
    match approval {
        wire::FleetApproval::None => Approval::None,
        wire::FleetApproval::AfterCanary => Approval::AfterCanary,
        wire::FleetApproval::EveryWave => Approval::EveryWave,
    }
}

const fn on_failure(action: wire::FleetFailureAction) -> OnFailure {
    match action {
        wire::FleetFailureAction::Stop => OnFailure::Stop,
        wire::FleetFailureAction::Continue => OnFailure::Continue,
        wire::FleetFailureAction::RollBack => OnFailure::RollBack,
    }
}

/// A status to filter by.
pub(super) const fn update_status(status: wire::FleetUpdateStatus) -> FleetUpdateStatus {
    use FleetUpdateStatus as Of;
    match status {
        wire::FleetUpdateStatus::Planning => Of::Planning,
        wire::FleetUpdateStatus::Planned => Of::Planned,
        wire::FleetUpdateStatus::Running => Of::Running,
        wire::FleetUpdateStatus::Baking => Of::Baking,
        wire::FleetUpdateStatus::AwaitingApproval => Of::AwaitingApproval,
        wire::FleetUpdateStatus::Paused => Of::Paused,
        wire::FleetUpdateStatus::Succeeded => Of::Succeeded,
        wire::FleetUpdateStatus::Failed => Of::Failed,
        wire::FleetUpdateStatus::RollingBack => Of::RollingBack,
        wire::FleetUpdateStatus::RolledBack => Of::RolledBack,
        wire::FleetUpdateStatus::Cancelling => Of::Cancelling,
        wire::FleetUpdateStatus::Cancelled => Of::Cancelled,
    }
}

/// A status of targets to filter by.
pub(super) const fn target_status(status: wire::FleetTargetStatus) -> TargetStatus {
    use TargetStatus as Of;
    match status {
        wire::FleetTargetStatus::Pending => Of::Pending,
        wire::FleetTargetStatus::Deploying => Of::Deploying,
        wire::FleetTargetStatus::Succeeded => Of::Succeeded,
        wire::FleetTargetStatus::Failed => Of::Failed,
        wire::FleetTargetStatus::Skipped => Of::Skipped,
        wire::FleetTargetStatus::RollingBack => Of::RollingBack,
        wire::FleetTargetStatus::RolledBack => Of::RolledBack,
        wire::FleetTargetStatus::RollBackFailed => Of::RollBackFailed,
        wire::FleetTargetStatus::Superseded => Of::Superseded,
    }
}
