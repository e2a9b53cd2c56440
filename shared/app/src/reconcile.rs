//! The reconciler: finishes what died (design 2.5).
//!
//! Streams forget after a day, executions can be lost, functions can be killed between two calls. So every minute
//! somebody looks at two short lists of the sparse index: intents that nobody carried out, and work in progress whose
//! watch is due. Nothing is read that is not overdue.

mod watch;

use std::time::Duration;

use protium_domain::intent::{Intent, Workflow};
use protium_domain::time::Timestamp;
use serde_json::Value;

use crate::context::App;
use crate::error::Result;
use crate::paging::PageRequest;
use crate::ports::{ListQuery, StoreExt};
use crate::relay;

/// How long an intent is left to the stream before the reconciler carries it out.
const INTENT_PATIENCE: Duration = Duration::from_secs(60);
/// At most this many items of either list in one sweep; the next one is a minute away.
const SWEEP_LIMIT: usize = 500;
const PAGE: usize = 100;

/// What one sweep found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// The age of the oldest intent that nobody had carried out: the stream's health.
    pub oldest_intent: Duration,
    /// Intents carried out.
    pub intents: usize,
    /// Works in progress looked at.
    pub checked: usize,
    /// Workflows started again.
    pub restarted: usize,
    /// Things that failed; they stay in their list, and the log says why.
    pub failures: usize,
}

/// One sweep. A failure of one item doesn't keep the others from being handled.
///
/// # Errors
/// [`crate::Error`] when the lists can't be read.
pub async fn sweep(app: &App) -> Result<SweepReport> {
    let mut report = SweepReport::default();
    sweep_intents(app, &mut report).await?;
    sweep_watches(app, &mut report).await?;
    Ok(report)
}

async fn sweep_intents(app: &App, report: &mut SweepReport) -> Result<()> {
    let now = app.now();
    let query = ListQuery::IntentsBefore(now.minus(INTENT_PATIENCE));
    let mut after = None;
    while report.intents < SWEEP_LIMIT {
        let page = app.store.page::<Intent>(&query, &PageRequest { limit: PAGE, after }).await?;
        for intent in page.items {
            report.oldest_intent = report.oldest_intent.max(now.since(intent.created_at));
            match relay::carry_out(app, &intent).await {
                Ok(()) => report.intents += 1,
                Err(error) => report.failed(&error, "an old intent could not be carried out"),
            }
        }
        match page.next {
            Some(position) => after = Some(position),
            None => break,
        }
    }
    Ok(())
}

async fn sweep_watches(app: &App, report: &mut SweepReport) -> Result<()> {
    let query = ListQuery::WatchesDue(app.now());
    let mut after = None;
    while report.checked < SWEEP_LIMIT {
        let page = app.store.list(&query, &PageRequest { limit: PAGE, after }).await?;
        for entity in page.items {
            report.checked += 1;
            match watch::check(app, entity).await {
                Ok(restarted) => report.restarted += usize::from(restarted),
                Err(error) => report.failed(&error, "work in progress could not be checked"),
            }
        }
        match page.next {
            Some(position) => after = Some(position),
            None => break,
        }
    }
    Ok(())
}

impl SweepReport {
    fn failed(&mut self, error: &crate::Error, what: &str) {
        self.failures += 1;
        tracing::error!(error = error as &dyn std::error::Error, "{what}");
    }
}

/// An execution of ours ended badly: looks at once after the work that it was for, instead of when its watch is due.
/// `input` is what the execution was started with. Work that has a newer execution, or is over, is left alone.
///
/// # Errors
/// [`crate::Error`] when a port fails; the sweep comes back to it.
pub async fn execution_ended(app: &App, workflow: Workflow, name: &str, input: &Value) -> Result<()> {
    for key in watch::keys_of(workflow, input) {
        match app.store.get(&key).await? {
            Some(entity) if watch::execution_name(&entity).as_deref() == Some(name) => {
                return watch::check(app, entity).await.map(|_| ());
            }
            _ => {}
        }
    }
    Ok(())
}

/// When a sweep leaves an intent to the stream.
#[must_use]
pub fn intent_is_overdue(created_at: Timestamp, now: Timestamp) -> bool {
    now.since(created_at) >= INTENT_PATIENCE
}
