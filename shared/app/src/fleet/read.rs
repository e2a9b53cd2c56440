//! GetFleetUpdate, ListFleetUpdates, ListFleetUpdateTargets.

use protium_domain::arn::Resource;
use protium_domain::fleet::{
    FleetCounts, FleetTarget, FleetUpdate, FleetUpdateStatus, Lane, PlanRow, Progress, SkipReason,
    TargetStatus, Wave,
};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::version::VersionNumber;

use super::changes::VersionChanges;
use super::fleet_update_find;
use super::objects::{ROWS_PER_OBJECT, changes_load, lanes_find, rows_find};
use super::progress::{counts_load, counts_of};
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::{Page, PageRequest};
use crate::ports::{Entity, Key, ListQuery, Record, StoreExt};

/// A fleet update as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetUpdateView {
    /// Its record.
    pub update: FleetUpdate,
    /// How many targets are how far.
    pub counts: FleetCounts,
    /// Its waves, in order; none before it is planned, and without lanes once the plan is gone.
    pub waves: Vec<WaveView>,
    /// What changes, by the version that targets come from, most targets first; nothing before it is planned.
    pub changes: Vec<VersionChanges>,
}

/// A wave as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct WaveView {
    /// Name and size.
    pub wave: Wave,
    /// How many of its targets are how far.
    pub counts: FleetCounts,
    /// Where its targets lie, and when they may be touched.
    pub lanes: Vec<Lane>,
}

impl FleetUpdateView {
    pub(super) async fn load(app: &App, update: FleetUpdate) -> Result<Self> {
        let progress = counts_load(app, &update.id).await?;
        let counts = counts_of(&update, &progress);
        let Some(plan) = update.plan() else {
            return Ok(Self { update, counts, waves: Vec::new(), changes: Vec::new() });
        };
        let lanes = if plan.waves.is_empty() { None } else { lanes_find(app, &update.id).await? };
        let mut lanes = lanes.unwrap_or_default().into_iter();
        let waves = (0..).zip(&plan.waves).map(|(number, wave)| {
            let alone = Progress { waves: [(number, progress.wave(number))].into(), ..Progress::default() };
            let counts = FleetCounts::of(wave.targets, 0, &alone);
            WaveView { wave: wave.clone(), counts, lanes: lanes.next().unwrap_or_default() }
        });
        let waves = waves.collect();
        let changes = changes_load(app, &update.id).await?;
        Ok(Self { update, counts, waves, changes })
    }
}

/// Reads a fleet update.
///
/// # Errors
/// [`Error::NotFound`] for an unknown one.
pub async fn fleet_update_get(app: &App, id: &Identifier) -> Result<FleetUpdateView> {
    FleetUpdateView::load(app, fleet_update_find(app, id).await?).await
}

/// Which fleet updates are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetUpdateFilter {
    /// Those of the templates of this name.
    pub template: Option<ResourceName>,
    /// Those of this status.
    pub status: Option<FleetUpdateStatus>,
}

/// Lists fleet updates, newest first.
///
/// # Errors
/// The store's failures only.
pub async fn fleet_update_list(
    app: &App,
    filter: &FleetUpdateFilter,
    page: &PageRequest,
) -> Result<Page<FleetUpdate>> {
    let query = match &filter.template {
        Some(name) => ListQuery::FleetUpdatesOfTemplate(name.clone()),
        None => ListQuery::FleetUpdates,
    };
    let Some(wanted) = filter.status else { return Ok(app.store.page(&query, page).await?) };
    let is_wanted =
        |entity: &Entity| matches!(entity, Entity::FleetUpdate(update) if update.status() == wanted);
    Ok(app.store.page_where(&query, page, &is_wanted).await?)
}

/// Which targets are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FleetTargetFilter {
    /// Those that are so far.
    pub status: Option<TargetStatus>,
    /// Those of this wave, from 0.
    pub wave: Option<u32>,
}

/// A row of a plan, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetTargetView {
    /// Its number in the plan.
    pub ordinal: u32,
    /// The resource.
    pub resource: Resource,
    /// The account that it lies in.
    pub account: String,
    /// The region that it lies in.
    pub region: String,
    /// The version that it was at when the plan was made.
    pub from: VersionNumber,
    /// The wave that it goes in; nothing for what the plan skips.
    pub wave: Option<u32>,
    /// How far it is.
    pub status: TargetStatus,
    /// Why it is skipped.
    pub reason: Option<SkipReason>,
    /// What people should know of it. May quote a spec.
    pub message: Option<String>,
    /// Names of the inputs that get another value by the version alone: see [`PlanRow::changed_inputs`].
    pub changed_inputs: Vec<String>,
    /// The deployment to the new version.
    pub deployment_id: Option<Identifier>,
    /// The deployment back.
    pub roll_back_deployment_id: Option<Identifier>,
}

impl FleetTargetView {
    fn new(row: PlanRow, target: Option<FleetTarget>) -> Self {
        let (reason, message) = row.skip.map(|skip| (skip.reason, skip.message)).unzip();
        let status = if reason.is_some() { TargetStatus::Skipped } else { TargetStatus::Pending };
        let view = Self {
            ordinal: row.ordinal,
            resource: row.resource.resource(),
            account: row.account,
            region: row.region,
            from: row.from,
            wave: row.wave,
            status,
            reason,
            message,
            changed_inputs: row.changed_inputs,
            deployment_id: None,
            roll_back_deployment_id: None,
        };
        let Some(target) = target else { return view };
        Self {
            status: target.status(),
            reason: target.reason(),
            message: target.message().map(str::to_owned),
            deployment_id: target.deployment_id,
            roll_back_deployment_id: target.roll_back_deployment_id,
            ..view
        }
    }

    fn is_wanted(&self, filter: FleetTargetFilter) -> bool {
        filter.status.is_none_or(|status| status == self.status)
            && filter.wave.is_none_or(|wave| self.wave == Some(wave))
    }
}

fn gone(update: &FleetUpdate) -> Error {
    Error::NotFound(format!(
        "the plan and the targets of the fleet update {} are gone: they are kept for {} days after it was asked for; its \
         counts stay",
        update.id,
        update.retention.as_days()
    ))
}

/// At most so many objects of rows are read for one page: it may come out short, and its position leads on.
const MOST_OBJECTS: usize = 4;

/// Lists the rows of a plan in order, with what became of each. A page may come out short, or empty, and its position leads
/// on.
///
/// # Errors
/// [`Error::NotFound`] for an unknown fleet update, and for one whose targets aren't kept any longer
/// (`protium_domain::fleet::Retention`); [`Error::Conflict`] while it is PLANNING; [`Error::Validation`] for a
/// position that isn't one of this list.
pub async fn fleet_update_targets(
    app: &App,
    id: &Identifier,
    filter: FleetTargetFilter,
    page: &PageRequest,
) -> Result<Page<FleetTargetView>> {
    let update = fleet_update_find(app, id).await?;
    let Some(plan) = update.plan() else {
        return Err(Error::Conflict(format!(
            "the fleet update {id} is {}: there is no plan to list",
            update.status()
        )));
    };
    if update.is_past(app.now()) {
        return Err(gone(&update));
    }
    if let Some(status) = filter.status.filter(|status| !UNCLAIMED.contains(status)) {
        return of_status(app, id, status, filter.wave, page).await;
    }
    let mut next = match &page.after {
        None => 0,
        Some(position) => {
            position.parse().map_err(|_| Error::from(crate::ports::PortError::ForeignPosition))?
        }
    };
    let mut items = Vec::new();
    for _ in 0..MOST_OBJECTS {
        if next >= plan.rows || items.len() >= page.limit {
            break;
        }
        let rows = rows_find(app, id, next / ROWS_PER_OBJECT).await?.ok_or_else(|| gone(&update))?;
        let rows: Vec<PlanRow> = rows.into_iter().filter(|row| row.ordinal >= next).collect();
        let Some(last) = rows.last() else { break };
        next = last.ordinal + 1;
        for view in views(app, id, rows).await?.into_iter().filter(|view| view.is_wanted(filter)) {
            if items.len() == page.limit {
                next = view.ordinal;
                break;
            }
            items.push(view);
        }
    }
    Ok(Page { items, next: (next < plan.rows).then(|| next.to_string()) })
}

/// What may have no record: such rows are found in the plan only.
const UNCLAIMED: [TargetStatus; 2] = [TargetStatus::Pending, TargetStatus::Skipped];

/// The targets of one status, of which each has a record.
async fn of_status(
    app: &App,
    id: &Identifier,
    status: TargetStatus,
    wave: Option<u32>,
    page: &PageRequest,
) -> Result<Page<FleetTargetView>> {
    let query = ListQuery::FleetTargetsOfStatus(id.clone(), status);
    let is_wanted = |entity: &Entity| matches!(entity, Entity::FleetTarget(target) if wave.is_none_or(|wave| target.wave == wave));
    let page = app.store.page_where::<FleetTarget>(&query, page, &is_wanted).await?;
    Ok(page.map(|target| FleetTargetView {
        ordinal: target.ordinal,
        resource: target.resource.resource(),
        account: target.account.clone(),
        region: app.location().region.clone(),
        from: target.from.as_ref().map_or(target.to, |from| from.version),
        wave: Some(target.wave),
        status: target.status(),
        reason: target.reason(),
        message: target.message().map(str::to_owned),
        changed_inputs: target.changed_inputs,
        deployment_id: target.deployment_id,
        roll_back_deployment_id: target.roll_back_deployment_id,
    }))
}

async fn views(app: &App, id: &Identifier, rows: Vec<PlanRow>) -> Result<Vec<FleetTargetView>> {
    let claimable: Vec<Key> = rows
        .iter()
        .filter(|row| row.skip.is_none())
        .map(|row| Key::FleetTarget(id.clone(), row.ordinal))
        .collect();
    let mut targets = Vec::with_capacity(claimable.len());
    for keys in claimable.chunks(100) {
        targets.extend(app.store.get_many(keys).await?);
    }
    let mut targets = targets.into_iter();
    let view = |row: PlanRow| {
        let target = if row.skip.is_none() { targets.next().flatten() } else { None };
        FleetTargetView::new(row, target.and_then(FleetTarget::from_entity))
    };
    Ok(rows.into_iter().map(view).collect())
}
