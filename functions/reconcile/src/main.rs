//! The Lambda that finishes what was left behind.

use std::process::ExitCode;

use protium_app::App;
use protium_aws::sfn::StateMachines;
use protium_reconcile::{Event, handle};
use protium_runtime::wiring::Wiring;
use protium_runtime::{About, State, serve};

#[derive(Clone)]
struct Reconciler {
    app: App,
    machines: StateMachines,
}

impl State for Reconciler {
    fn app(&mut self) -> &mut App {
        &mut self.app
    }
}

fn main() -> ExitCode {
    serve(
        wire,
        |_, _| About::default(),
        async |reconciler: &Reconciler, event: Event| {
            handle(&reconciler.app, &reconciler.machines, event).await
        },
    )
}

fn wire(wiring: Wiring) -> Reconciler {
    let machines = wiring.machines();
    // No artifacts: what is given up has a reason, which lies in the record, and no results.
    Reconciler { app: wiring.executions().task_tokens().events().app(), machines }
}
