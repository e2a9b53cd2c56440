//! `protium fleet …`: a template version for everyone who uses the template, from the terminal or a pipeline.
//!
//! Nothing is decided here: the API plans, runs and judges, and goes on when this program ends. What is here makes
//! requests ([`request`]), looks at a fleet update until it is over ([`watch`]), and shows it: texts for people
//! ([`show`]), a display that lives ([`live`]) or lines that scroll ([`lines`]), JSON for programs ([`json`]). Texts are
//! made by pure functions of what the API answered, so that tests read them without a terminal.
//!
//! Standard output has the outcome, in one form; progress, hints and questions go to standard error.

mod act;
mod json;
mod lines;
mod list;
mod live;
mod pace;
mod plan;
mod policy;
mod request;
#[cfg(test)]
mod sample;
mod show;
mod start;
mod status;
mod watch;

use crate::{
    Ending, Usage,
    api::{CallError, Client},
    args::fleet::{FleetArgs, FleetCommand, FleetForm},
    output::{print, visible_json},
};
use anyhow::Result;
use serde::Serialize;
use std::time::Duration;

/// What every command needs.
struct Session {
    client: Client,
    form: FleetForm,
    poll: Duration,
}

impl Session {
    /// Prints the outcome: text for people, or the document for programs.
    fn print<D: Serialize>(&self, text: impl FnOnce() -> String, document: impl FnOnce() -> D) -> Result<()> {
        match self.form {
            FleetForm::Human => print(&text())?,
            FleetForm::Json => print_json(&document())?,
        }
        Ok(())
    }
}

fn print_json(document: &impl Serialize) -> Result<()> {
    Ok(print(&format!("{}\n", visible_json(&serde_json::to_string_pretty(document)?)))?)
}

pub(crate) fn run(args: &FleetArgs, early: Option<FleetForm>) -> Result<Ending> {
    let form = args.output.or(early).unwrap_or_default();
    let outcome = form_run(args, form);
    if let (FleetForm::Json, Err(error)) = (form, &outcome) {
        print_json(&json::error(error))?;
    }
    outcome
}

fn form_run(args: &FleetArgs, form: FleetForm) -> Result<Ending> {
    let connection = args.connection.resolve().ok_or_else(|| {
        let output = "output `ApiEndpoint` of the control plane's stack";
        Usage(format!("no endpoint: set PROTIUM_ENDPOINT or say --endpoint-url, it is {output}"))
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let session = Session { client: Client::connect(&connection).await?, form, poll: args.poll };
        command_run(&session, &args.command).await
    })
}

async fn command_run(session: &Session, command: &FleetCommand) -> Result<Ending> {
    match command {
        FleetCommand::Plan(args) => plan::run(session, args).await,
        FleetCommand::Start(args) => start::run(session, args).await,
        FleetCommand::Status(args) => status::run(session, args).await,
        FleetCommand::List(args) => list::updates(session, args).await,
        FleetCommand::Targets(args) => list::targets(session, args).await,
        FleetCommand::Pause(args) => act::pause(session, args).await,
        FleetCommand::Resume(args) => act::resume(session, args).await,
        FleetCommand::Cancel(args) => act::cancel(session, args).await,
        FleetCommand::Approve(args) => act::approve(session, args).await,
        FleetCommand::Rollback(args) => act::roll_back(session, args).await,
        FleetCommand::Policy(command) => policy::run(session, command).await,
    }
}

/// An API's refusal of what the command line said is wrong use, exit code 2, as if we had known the rule ourselves.
fn refused(error: CallError) -> anyhow::Error {
    if error.is(protium_wire::ErrorCode::Validation) { Usage(error.to_string()).into() } else { error.into() }
}
