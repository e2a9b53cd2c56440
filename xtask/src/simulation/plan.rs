//! The plan of a made-up fleet, by the real planner.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::DeploymentTarget;
use protium_domain::fleet::{
    Candidate, ChunkId, Concurrency, EffectivePolicy, Lane, LaneKey, PlanRequest, PlanRow, PlanSummary,
    Selection, Triage, assign_waves, chunk_sizes, triage,
};
use protium_domain::name::ResourceName;
use protium_domain::tag::Tags;
use protium_domain::time::Timestamp;
use protium_domain::version::VersionNumber;

use super::scenario::Scenario;

/// The version that the fleet update goes to.
pub(super) const TO: VersionNumber = VersionNumber::new(1, 1);
const FROM: VersionNumber = VersionNumber::new(1, 0);
const REGION: &str = "eu-west-1";

/// A plan, with what lies in objects.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) summary: PlanSummary,
    /// The lanes of each wave.
    pub(super) lanes: Vec<Vec<Lane>>,
    /// The targets of each chunk of each wave, by their ordinals.
    pub(super) chunks: BTreeMap<(u32, ChunkId), Vec<u32>>,
}

/// The account of an instance.
pub(super) fn account_of(ordinal: u32, accounts: usize) -> usize {
    ordinal as usize % accounts.max(1)
}

/// Plans it.
///
/// # Errors
/// A strategy that makes too many waves.
pub(super) fn plan(scenario: &Scenario) -> Result<Plan> {
    let (selection, policy) = (Selection::default(), EffectivePolicy::default());
    let request = PlanRequest { to: TO, selection: &selection, automatic: false };
    let mut entries = Vec::with_capacity(scenario.instances as usize);
    for ordinal in 0..scenario.instances {
        let row = row(ordinal, scenario, &request, &policy)?;
        entries.extend(row.entry());
    }
    let assignment = assign_waves(&scenario.strategy, entries)?;
    let mut lanes: Vec<BTreeMap<usize, Vec<u32>>> = vec![BTreeMap::new(); assignment.waves.len()];
    for ordinal in 0..scenario.instances {
        let account = account_of(ordinal, scenario.accounts.len());
        let wave = assignment.wave_of(ordinal).and_then(|wave| lanes.get_mut(wave as usize));
        wave.context("every target has a wave")?.entry(account).or_default().push(ordinal);
    }
    let mut plan = Plan {
        summary: PlanSummary { rows: scenario.instances, waves: assignment.waves, skipped: Vec::new() },
        lanes: Vec::new(),
        chunks: BTreeMap::new(),
    };
    for (wave, of_wave) in (0..).zip(lanes) {
        let mut made = Vec::new();
        let targets: Vec<u64> = of_wave.values().map(|ordinals| ordinals.len() as u64).collect();
        let strategy = &scenario.strategy;
        let limit = strategy.lane_concurrency.map(Concurrency::get);
        let sizes = chunk_sizes(&targets, strategy.concurrency.get(), limit);
        for ((lane, (account, ordinals)), sizes) in (0..).zip(of_wave).zip(sizes) {
            let key = LaneKey { account: name(account), region: REGION.to_owned(), windows: Vec::new() };
            let (mut rest, mut chunk) = (ordinals.as_slice(), 0);
            for size in sizes.iter().cycle() {
                let (targets, more) = rest.split_at((*size).min(rest.len()));
                plan.chunks.insert((wave, ChunkId { lane, chunk }), targets.to_vec());
                (rest, chunk) = (more, chunk + 1);
                if rest.is_empty() {
                    break;
                }
            }
            made.push(Lane { key, targets: ordinals.len() as u64, chunks: chunk });
        }
        plan.lanes.push(made);
    }
    Ok(plan)
}

fn row(
    ordinal: u32,
    scenario: &Scenario,
    request: &PlanRequest<'_>,
    policy: &EffectivePolicy,
) -> Result<PlanRow> {
    let candidate = Candidate {
        resource: DeploymentTarget::ServiceInstance {
            service: ResourceName::new(format!("service-{}", ordinal / 20))?,
            name: ResourceName::new(format!("instance-{}", ordinal % 20))?,
            environment: ResourceName::new(format!("environment-{}", ordinal % 500))?,
        },
        account: name(account_of(ordinal, scenario.accounts.len())),
        region: REGION.to_owned(),
        version: FROM,
        made_at: Timestamp::from_millis(0),
        status: DeploymentStatus::Succeeded,
        is_service_busy: false,
        tags: Tags::default(),
        policy: policy.clone(),
    };
    match triage(&candidate, request) {
        Triage::Eligible => Ok(PlanRow::new(ordinal, candidate, scenario.strategy.canary.as_ref(), None)),
        other => bail!("the planner leaves out what it should take: {other:?}"),
    }
}

fn name(account: usize) -> String {
    format!("{:012}", account + 1)
}
