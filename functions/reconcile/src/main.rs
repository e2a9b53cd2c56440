//! The Lambda that finishes what was left behind.

use std::process::ExitCode;

use protium_app::App;
use protium_app::reconcile::SweepReport;
use protium_aws::sfn::StateMachines;
use protium_reconcile::{Event, handle};
use protium_runtime::metrics::Metrics;
use protium_runtime::serve;
use protium_runtime::wiring::Wiring;

struct Reconciler {
    app: App,
    machines: StateMachines,
    metrics: Metrics,
}

fn main() -> ExitCode {
    serve(wire, async |reconciler: &Reconciler, event: Event| {
        let report = handle(&reconciler.app, &reconciler.machines, event).await?;
        if let Some(SweepReport { oldest_intent, .. }) = report {
            reconciler.metrics.oldest_intent(oldest_intent);
        }
        Ok::<_, protium_app::Error>(())
    })
}

fn wire(wiring: Wiring) -> Reconciler {
    let (machines, metrics) = (wiring.machines(), wiring.metrics());
    // No artifacts: what is given up has a reason, which lies in the record, and no results.
    Reconciler { app: wiring.executions().task_tokens().events().app(), machines, metrics }
}
