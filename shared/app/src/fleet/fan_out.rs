//! The step that plans, and tells owners once the plan is carried out. It reads the resources page by page and writes rows,
//! then compares the versions, then deals the waves.
//!
//! A step takes a bounded number of pages and commits where it stands; the state machine calls it until the plan stands.
//! Objects are written before the commit that counts them, and written anew by a step that begins again, so that one that
//! dies leaves nothing wrong behind.

use protium_domain::fleet::{
    Change, FleetTransition, FleetUpdate, FleetUpdateStatus, PlanCursor, PlanRequest, PlanRow, PlanSummary,
    Skip, Triage, WaveEntry, assign_waves, triage,
};
use protium_domain::identifier::Identifier;

use super::candidates::candidates_page;
use super::changes::compare;
use super::chunks::{Census, Chunks};
use super::fit::Fitting;
use super::notice::tell_owners;
use super::objects::{ROWS_PER_OBJECT, lanes_save, rows_load, rows_save};
use super::progress::counts_of;
use super::{commit_change, commit_of, described, fleet_update_find};
use crate::context::App;
use crate::error::{Error, Result};
use crate::paging::PageRequest;
use crate::ports::CommitError;
use crate::race::Races;
use crate::template::template_get;

/// How many pages a step reads: some seconds' worth, far below what a function may take.
const PAGES: usize = 50;
const PAGE: usize = 100;

/// Goes on planning the fleet update `id`; the machine asks [`super::fleet_advance`] afterwards. Of one that isn't PLANNING
/// any more there is nothing to do.
///
/// # Errors
/// [`Error::NotFound`] for an unknown one, and the failures of ports; the step is repeated then. A version or template that
/// is gone makes the fleet update FAILED instead.
pub async fn fleet_fan_out(app: &App, id: &Identifier) -> Result<()> {
    let update = fleet_update_find(app, id).await?;
    let app = &app.part_of(update.trace);
    if update.owners_to_tell().is_some() {
        return tell_owners(app, id).await;
    }
    if update.status() != FleetUpdateStatus::Planning {
        return Ok(());
    }
    let planned = match update.planning() {
        PlanCursor { is_complete: false, .. } => collect(app, &update).await,
        PlanCursor { is_compared: false, .. } => compare(app, &update)
            .await
            .map(|()| Step::Collected(PlanCursor { is_compared: true, ..update.planning().clone() })),
        _ => deal(app, &update).await,
    };
    match planned {
        Ok(Step::Collected(cursor)) => {
            let read = update.planning().clone();
            commit(app, id, |update| {
                // Whoever else plans it, after this execution was taken for dead, may be further already.
                if *update.planning() == read {
                    update.note_planning(cursor.clone(), app.now());
                }
                Ok(None)
            })
            .await
        }
        Ok(Step::Dealt(plan)) if update.automatic && plan.targets() == 0 => forget(app, update).await,
        Ok(Step::Dealt(plan)) => {
            commit(app, id, |update| {
                let change = update.planned(plan.clone(), app.now())?;
                // Nobody has heard of an automatic one yet.
                let from = change.from.filter(|_| !update.automatic);
                Ok(Some(FleetTransition { from, ..change }))
            })
            .await
        }
        Ok(Step::Impossible(reason)) => fail(app, id, &reason).await,
        Err(Error::NotFound(reason) | Error::Validation(reason)) => fail(app, id, &reason).await,
        Err(error) => Err(error),
    }
}

/// What a step did.
enum Step {
    /// It came up to here.
    Collected(PlanCursor),
    /// It dealt the waves.
    Dealt(PlanSummary),
    /// There can be no plan.
    Impossible(String),
}

/// Nobody has opted in: removes it, without a word. Whoever was faster has done so, or has cancelled it.
async fn forget(app: &App, update: FleetUpdate) -> Result<()> {
    let mut commit = commit_of(&update);
    commit.delete(update);
    match commit.submit(app).await {
        Ok(()) | Err(CommitError::Condition(_)) => Ok(()),
        Err(CommitError::Port(error)) => Err(error.into()),
    }
}

async fn fail(app: &App, id: &Identifier, reason: &str) -> Result<()> {
    let reason = format!("it could not be planned: {reason}");
    commit(app, id, |update| Ok(update.apply(Change::Fail(reason.clone()), app.now())?)).await
}

/// Commits a change of a fleet update that is being planned; somebody may have cancelled it meanwhile.
async fn commit(
    app: &App,
    id: &Identifier,
    change: impl Fn(&mut FleetUpdate) -> Result<Option<FleetTransition>> + Send,
) -> Result<()> {
    let mut races = Races::few();
    loop {
        let mut update = fleet_update_find(app, id).await?;
        if update.status() != FleetUpdateStatus::Planning {
            return Ok(());
        }
        let changed = change(&mut update)?;
        let counts = counts_of(&update, &protium_domain::fleet::Progress::default());
        let mut commit = commit_of(&update);
        commit_change(app, &mut commit, update, changed, counts, false);
        match commit.submit(app).await {
            Ok(()) => return Ok(()),
            Err(error) => races.lost(error, &described(id))?,
        }
    }
}

/// Reads candidates, and writes the rows of those that are meant.
async fn collect(app: &App, update: &FleetUpdate) -> Result<Step> {
    let kind = update.template.kind.template_kind();
    let template = template_get(app, kind, &update.template.name).await?;
    let mut fitting = Fitting::load(app, update).await?;
    let mut rows = Rows::resume(app, update).await?;
    for _ in 0..PAGES {
        let request = PageRequest { limit: PAGE, after: rows.cursor.after.take() };
        let page = candidates_page(app, update, &template, &request).await?;
        for found in page.items {
            let candidate = found.candidate(app, &template);
            let skip = match triage(&candidate, &plan_request(update)) {
                Triage::Unselected => continue,
                Triage::Skipped(skip) => Some(skip),
                Triage::Eligible => fitting.obstacle(app, &found).await?,
            };
            let from = candidate.version;
            let mut row = PlanRow::new(rows.cursor.rows, candidate, update.strategy.canary.as_ref(), skip);
            if row.skip.is_none() && rows.cursor.count_target(from) {
                row.changed_inputs = fitting.changed_inputs(app, &found, from).await?;
            }
            rows.push(app, row).await?;
        }
        rows.cursor.after = page.next;
        if rows.cursor.after.is_none() {
            rows.cursor.is_complete = true;
            break;
        }
    }
    rows.finish(app).await.map(Step::Collected)
}

/// What is planned.
pub(super) const fn plan_request(update: &FleetUpdate) -> PlanRequest<'_> {
    PlanRequest { to: update.template.to, selection: &update.selection, automatic: update.automatic }
}

/// Rows on their way into objects.
struct Rows<'a> {
    id: &'a Identifier,
    cursor: PlanCursor,
    /// Rows of the last object, which isn't full.
    open: Vec<PlanRow>,
}

impl<'a> Rows<'a> {
    async fn resume(app: &App, update: &'a FleetUpdate) -> Result<Self> {
        let cursor = update.planning().clone();
        let in_last = cursor.rows % ROWS_PER_OBJECT;
        let mut open = Vec::new();
        if in_last > 0 {
            open = rows_load(app, &update.id, cursor.rows / ROWS_PER_OBJECT).await?;
            // A step that died may have written more than it committed.
            open.truncate(in_last as usize);
        }
        Ok(Self { id: &update.id, cursor, open })
    }

    async fn push(&mut self, app: &App, row: PlanRow) -> Result<()> {
        if let Some(Skip { reason, .. }) = &row.skip {
            self.cursor.count_skip(*reason);
        }
        self.open.push(row);
        self.cursor.rows += 1;
        if self.open.len() >= ROWS_PER_OBJECT as usize {
            rows_save(app, self.id, (self.cursor.rows - 1) / ROWS_PER_OBJECT, &self.open).await?;
            self.open.clear();
        }
        Ok(())
    }

    async fn finish(self, app: &App) -> Result<PlanCursor> {
        if !self.open.is_empty() {
            rows_save(app, self.id, self.cursor.rows / ROWS_PER_OBJECT, &self.open).await?;
        }
        Ok(self.cursor)
    }
}

/// Deals the waves, and writes the chunks.
async fn deal(app: &App, update: &FleetUpdate) -> Result<Step> {
    let cursor = update.planning();
    let objects = cursor.rows.div_ceil(ROWS_PER_OBJECT);
    let mut entries: Vec<WaveEntry> = Vec::new();
    let mut census = Census::default();
    for object in 0..objects {
        for row in rows_load(app, &update.id, object).await? {
            census.see(&row);
            entries.extend(row.entry());
        }
    }
    let assignment = match assign_waves(&update.strategy, entries) {
        Ok(assignment) => assignment,
        Err(too_many) => return Ok(Step::Impossible(too_many.to_string())),
    };
    let mut chunks = Chunks::new(&update.id, census.chunk_sizes(&assignment, &update.strategy));
    for object in 0..objects {
        let mut rows = rows_load(app, &update.id, object).await?;
        for row in &mut rows {
            row.wave = assignment.wave_of(row.ordinal).filter(|_| row.skip.is_none());
            if let Some(wave) = row.wave {
                chunks.push(app, wave, row).await?;
            }
        }
        rows_save(app, &update.id, object, &rows).await?;
    }
    lanes_save(app, &update.id, &chunks.finish(app).await?).await?;
    let skipped = cursor.skipped.clone();
    Ok(Step::Dealt(PlanSummary { rows: cursor.rows, waves: assignment.waves, skipped }))
}
