//! Plans: who is to go, from which version to which, in which wave, and who is left alone and why.
//!
//! Planning reads the resources of a template page by page and makes a row of each ([`triage`], [`PlanRow`]). When all are
//! known, the targets are dealt to waves ([`assign_waves`]): of each target that needs no more than its number and a hash,
//! so a plan of 100,000 rows takes a few megabytes, and the rows themselves are never in memory together. The order of
//! targets is that of a hash of their names: it is the same whenever the plan is made, and spreads a canary over services,
//! accounts and regions instead of hitting whatever sorts first.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::policy::{EffectivePolicy, UpdateMode};
use super::selection::{Selectable, Selection, TagSelector};
use super::strategy::{Canary, Strategy};
use super::target::{Skip, SkipReason};
use super::window::MaintenanceWindow;
use crate::deployable::DeploymentStatus;
use crate::deployment::DeploymentTarget;
use crate::name::ResourceName;
use crate::tag::Tags;
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// A resource that may become a target.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The resource.
    pub resource: DeploymentTarget,
    /// The account that it lies in.
    pub account: String,
    /// The region that it lies in.
    pub region: String,
    /// The version that it is made of.
    pub version: VersionNumber,
    /// When it was made: tells it from a later one of the same name.
    pub made_at: Timestamp,
    /// How its last deployment stands.
    pub status: DeploymentStatus,
    /// Whether its service is in the middle of an operation.
    pub is_service_busy: bool,
    /// Its tags; of a pipeline those of its service.
    pub tags: Tags,
    /// The policy that holds for it.
    pub policy: EffectivePolicy,
}

/// What is planned.
#[derive(Debug, Clone, Copy)]
pub struct PlanRequest<'a> {
    /// The version to go to.
    pub to: VersionNumber,
    /// Who is meant.
    pub selection: &'a Selection,
    /// Whether the fleet update began by itself, and so is about those that opted in only.
    pub automatic: bool,
}

/// What is known of a candidate without looking at its spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Triage {
    /// It isn't meant: the plan doesn't mention it.
    Unselected,
    /// It is meant, and left alone.
    Skipped(Skip),
    /// It goes, if its spec and its environment allow it.
    Eligible,
}

/// Looks at a candidate.
#[must_use]
pub fn triage(candidate: &Candidate, request: &PlanRequest<'_>) -> Triage {
    let instance = match &candidate.resource {
        DeploymentTarget::ServiceInstance { name, .. } => Some(name),
        _ => None,
    };
    let is_selected = request.selection.matches(Selectable {
        version: candidate.version,
        environment: candidate.resource.environment(),
        service: candidate.resource.service(),
        instance,
        account: &candidate.account,
        tags: &candidate.tags,
    });
    if !is_selected {
        return Triage::Unselected;
    }
    skip(candidate, request).map_or(Triage::Eligible, Triage::Skipped)
}

fn skip(candidate: &Candidate, request: &PlanRequest<'_>) -> Option<Skip> {
    let (version, to) = (candidate.version, request.to);
    if version == to {
        return Some(Skip::new(SkipReason::UpToDate, format!("it is at version {to} already")));
    }
    if version > to {
        return Some(Skip::new(SkipReason::Newer, format!("it is at version {version}, which is newer")));
    }
    if let Some(skip) = policy_skip(&candidate.policy, request.automatic) {
        return Some(skip);
    }
    status_skip(candidate.status, candidate.is_service_busy)
}

/// Whether a policy keeps its resource out of a fleet update.
#[must_use]
pub fn policy_skip(policy: &EffectivePolicy, automatic: bool) -> Option<Skip> {
    match policy.mode {
        UpdateMode::Pinned => Some(Skip::new(
            SkipReason::Pinned,
            policy.problem.as_ref().map_or_else(
                || "its update policy is PINNED".to_owned(),
                |problem| format!("it counts as PINNED, because {problem}"),
            ),
        )),
        UpdateMode::Recommend if automatic => Some(Skip::new(
            SkipReason::OptedOut,
            "its update policy is RECOMMEND: it follows only when somebody asks for it",
        )),
        UpdateMode::Recommend | UpdateMode::AutoMinor => None,
    }
}

/// Whether the state of a resource keeps it out.
#[must_use]
pub fn status_skip(status: DeploymentStatus, is_service_busy: bool) -> Option<Skip> {
    match status {
        DeploymentStatus::InProgress | DeploymentStatus::Cancelling => {
            Some(Skip::new(SkipReason::Busy, format!("a deployment of it is {status}")))
        }
        DeploymentStatus::DeleteInProgress | DeploymentStatus::DeleteComplete => {
            Some(Skip::new(SkipReason::Gone, "it is being deleted"))
        }
        DeploymentStatus::Failed | DeploymentStatus::DeleteFailed => Some(Skip::new(
            SkipReason::Failed,
            format!("its last deployment is {status}; mend it, and update it then"),
        )),
        DeploymentStatus::Succeeded | DeploymentStatus::Cancelled if is_service_busy => {
            Some(Skip::new(SkipReason::Busy, "its service is in the middle of an operation"))
        }
        DeploymentStatus::Succeeded | DeploymentStatus::Cancelled => None,
    }
}

/// One row of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanRow {
    /// Its number: rows are counted from 0 in the order of the list that they were read from.
    pub ordinal: u32,
    /// The resource.
    pub resource: DeploymentTarget,
    /// The account that it lies in.
    pub account: String,
    /// The region that it lies in.
    pub region: String,
    /// The version that it is at.
    pub from: VersionNumber,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it may be touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<MaintenanceWindow>,
    /// Names of the inputs that get another value by the version alone, with the spec that the resource has: a default came,
    /// went or changed. Never values, which may be secret. At most [`PlanRow::MOST_INPUTS`]; none of what is skipped, and
    /// where the version that it is at can't be read any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed_inputs: Vec<String>,
    /// Whether its tags ask for the canary.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// The wave that it goes in; absent while waves aren't dealt, and for what is skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<u32>,
    /// Why it is left alone; absent for a target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
}

impl PlanRow {
    /// The most inputs that it names.
    pub const MOST_INPUTS: usize = 20;

    /// The row of a candidate that is meant; with `skip` of one that is left alone.
    #[must_use]
    pub fn new(ordinal: u32, candidate: Candidate, canary: Option<&Canary>, skip: Option<Skip>) -> Self {
        let first = matches!(canary, Some(Canary::Tags(tags)) if matches_tags(tags, &candidate.tags));
        Self {
            ordinal,
            resource: candidate.resource,
            account: candidate.account,
            region: candidate.region,
            from: candidate.version,
            made_at: candidate.made_at,
            windows: candidate.policy.windows,
            changed_inputs: Vec::new(),
            first: first && skip.is_none(),
            wave: None,
            skip,
        }
    }

    /// What dealing the waves needs of a target; nothing for what is skipped.
    #[must_use]
    pub fn entry(&self) -> Option<WaveEntry> {
        let entry =
            WaveEntry { hash: hash(&self.resource.to_string()), ordinal: self.ordinal, first: self.first };
        self.skip.is_none().then_some(entry)
    }

    /// The lane that it goes in.
    #[must_use]
    pub fn lane(&self) -> LaneKey {
        LaneKey { account: self.account.clone(), region: self.region.clone(), windows: self.windows.clone() }
    }
}

fn matches_tags(selector: &TagSelector, tags: &Tags) -> bool {
    selector.matches(tags)
}

/// What targets of one wave have in common that go one behind the other: where they lie, and when they may be touched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneKey {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// When; always, when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<MaintenanceWindow>,
}

/// The targets of one wave in one account and region. They lie in chunks of up to [`Lane::CHUNK`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lane {
    /// Where and when.
    #[serde(flatten)]
    pub key: LaneKey,
    /// How many targets.
    pub targets: u64,
    /// How many chunks, counted from 0.
    pub chunks: u32,
}

impl Lane {
    /// The most targets of one chunk: one Map run takes a chunk.
    pub const CHUNK: usize = 1000;
}

/// One target in a chunk: all that its deployment has to know of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChunkItem {
    /// Its row.
    pub ordinal: u32,
    /// The resource.
    pub resource: DeploymentTarget,
    /// The account that it lies in.
    pub account: String,
    /// The version that it was at when the plan was made.
    pub from: VersionNumber,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it may be touched, as the plan knows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<MaintenanceWindow>,
    /// The inputs that get another value: see [`PlanRow::changed_inputs`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed_inputs: Vec<String>,
    /// Its wave.
    pub wave: u32,
}

impl ChunkItem {
    /// The item of a target's row, in this wave.
    #[must_use]
    pub fn of(row: &PlanRow, wave: u32) -> Self {
        Self {
            ordinal: row.ordinal,
            resource: row.resource.clone(),
            account: row.account.clone(),
            from: row.from,
            made_at: row.made_at,
            windows: row.windows.clone(),
            changed_inputs: row.changed_inputs.clone(),
            wave,
        }
    }
}

/// A wave, as the record of a fleet update has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wave {
    /// `canary` or `batch-<n>`.
    pub name: String,
    /// How many targets.
    pub targets: u64,
}

impl Wave {
    /// The most waves of a plan.
    pub const MOST: usize = 200;
}

/// A target, while waves are dealt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaveEntry {
    /// Its place in the order of targets.
    pub hash: u64,
    /// Its row.
    pub ordinal: u32,
    /// Whether its tags ask for the canary.
    pub first: bool,
}

/// More waves than a plan may have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the strategy makes {0} waves of this plan, but there may be 200 at most; make its batches larger")]
pub struct TooManyWaves(pub usize);

/// Which wave each target goes in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The waves, in order. None is empty.
    pub waves: Vec<Wave>,
    by_ordinal: Vec<u16>,
}

impl Assignment {
    const NO_WAVE: u16 = u16::MAX;

    /// The wave of a row; nothing for what is skipped.
    #[must_use]
    pub fn wave_of(&self, ordinal: u32) -> Option<u32> {
        let wave = self.by_ordinal.get(ordinal as usize).copied()?;
        (wave != Self::NO_WAVE).then_some(u32::from(wave))
    }
}

/// Deals the targets to waves: the canary, then batches.
///
/// # Errors
/// [`TooManyWaves`] above [`Wave::MOST`].
pub fn assign_waves(strategy: &Strategy, mut entries: Vec<WaveEntry>) -> Result<Assignment, TooManyWaves> {
    let by_tag = matches!(strategy.canary, Some(Canary::Tags(_)));
    entries.sort_unstable_by_key(|entry| (!(by_tag && entry.first), entry.hash, entry.ordinal));
    let all = entries.len();
    let canary = match &strategy.canary {
        None => 0,
        Some(Canary::Share(share)) => size(share.of(all as u64)),
        Some(Canary::Tags(_)) => entries.iter().filter(|entry| entry.first).count(),
    };
    let rest = all.saturating_sub(canary);
    let batch = size(strategy.batch.of(rest as u64)).max(1);
    let waves = usize::from(canary > 0) + rest.div_ceil(batch);
    if waves > Wave::MOST {
        return Err(TooManyWaves(waves));
    }
    let mut assignment = Assignment::default();
    let rows = entries.iter().map(|entry| entry.ordinal as usize + 1).max().unwrap_or(0);
    assignment.by_ordinal = vec![Assignment::NO_WAVE; rows];
    let (first, others) = entries.split_at(canary);
    assignment.add("canary".to_owned(), first);
    for (index, batch) in others.chunks(batch).enumerate() {
        assignment.add(format!("batch-{}", index + 1), batch);
    }
    Ok(assignment)
}

impl Assignment {
    fn add(&mut self, name: String, entries: &[WaveEntry]) {
        if entries.is_empty() {
            return;
        }
        let wave = u16::try_from(self.waves.len()).unwrap_or(Self::NO_WAVE);
        self.waves.push(Wave { name, targets: entries.len() as u64 });
        for entry in entries {
            if let Some(place) = self.by_ordinal.get_mut(entry.ordinal as usize) {
                *place = wave;
            }
        }
    }
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A hash that is the same over releases, and spreads names that differ in one character only.
fn hash(text: &str) -> u64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The finaliser of MurmurHash3: FNV alone keeps neighbours close in its high bits.
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    mixed ^ (mixed >> 33)
}

/// What a fleet update is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FleetKind {
    /// Environments of an environment template.
    Environment,
    /// Instances of a service template.
    ServiceInstance,
    /// Pipelines of a service template.
    ServicePipeline,
}

impl FleetKind {
    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "ENVIRONMENT",
            Self::ServiceInstance => "SERVICE_INSTANCE",
            Self::ServicePipeline => "SERVICE_PIPELINE",
        }
    }

    /// The kind of template that it goes by.
    #[must_use]
    pub const fn template_kind(self) -> crate::template::TemplateKind {
        match self {
            Self::Environment => crate::template::TemplateKind::Environment,
            Self::ServiceInstance | Self::ServicePipeline => crate::template::TemplateKind::Service,
        }
    }
}

/// The template that a fleet update goes by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetTemplate {
    /// What of it is updated.
    pub kind: FleetKind,
    /// Its name.
    pub name: ResourceName,
    /// The version to go to.
    pub to: VersionNumber,
}

#[cfg(test)]
mod tests;
