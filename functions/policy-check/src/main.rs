//! The Lambda that hears of changed policies.

use std::process::ExitCode;
use std::sync::Arc;

use protium_app::App;
use protium_app::ports::Policies;
use protium_policy_check::{about, handle};
use protium_runtime::{State, serve};

fn main() -> ExitCode {
    serve(
        |wiring| Check { policies: wiring.policies(), app: wiring.app() },
        about,
        async |check, event| handle(&check.app, check.policies.as_ref(), event).await,
    )
}

#[derive(Clone)]
struct Check {
    app: App,
    policies: Arc<dyn Policies>,
}

impl State for Check {
    fn app(&mut self) -> &mut App {
        &mut self.app
    }
}
