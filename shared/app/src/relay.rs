//! Carrying out intents: what follows from a commit (design 2.5).

use protium_domain::intent::Intent;
use serde_json::json;

use crate::context::App;
use crate::error::{Error, Result};
use crate::ports::{JournalEntry, Key, Write};
use crate::stack_event;

/// Publishes the events of `intent`, starts its workflows, wakes and resumes whom it concerns, and removes it.
///
/// It may be carried out more than once, when the process dies before the end: events are delivered at least once,
/// with the same `sequence`; a workflow starts once, because its execution's name is taken; whoever is woken once too
/// often looks once too often; and a task ends once.
///
/// # Errors
/// [`Error`] when a port fails. The intent stays then, and is carried out again by the stream or by the reconciler.
pub async fn carry_out(app: &App, intent: &Intent) -> Result<()> {
    if !intent.events.is_empty() {
        app.events.publish(&intent.events).await?;
    }
    for workflow in &intent.workflows {
        app.executions.start(workflow, intent.trace).await?;
    }
    for stack in &intent.wakes {
        stack_event::wake(app, stack).await?;
    }
    for token in &intent.resumes {
        app.task_tokens.resume(&token.0, json!({})).await?;
    }
    let key = Key::Intent(intent.partition.clone(), intent.id.clone());
    app.store.commit(&[Write::Remove(key)]).await.map_err(|error| Error::Internal(Box::new(error)))?;
    app.tell(JournalEntry::Relayed {
        intent: intent.id.clone(),
        trace: intent.trace.map(|trace| trace.id),
        executions: intent.workflows.iter().map(|workflow| workflow.name.clone()).collect(),
        lag: app.now().since(intent.created_at),
    });
    Ok(())
}
