//! The Lambda behind the HTTP API; see the library.

use std::process::ExitCode;
use std::sync::Arc;

use protium_api::gate::{Gate, Posture};
use protium_api::handle;
use protium_app::App;
use protium_authorization::Administrators;
use protium_runtime::wiring::Wiring;
use protium_runtime::{Failure, State, serve_untold};

fn main() -> ExitCode {
    // The handler tells of each request itself: it knows the operation, and errors are answers here.
    serve_untold(
        // Specs, outputs and schemas lie in the artifact bucket; everything else follows from the table's stream.
        |wiring| {
            let (policies, posture) = (wiring.policies(), posture(&wiring));
            let app = wiring.artifacts().app();
            let gate = Gate::new(policies, posture, app.clock.clone());
            Api { app, gate: Arc::new(gate) }
        },
        async |api, request| Ok::<_, Failure>(handle(&api.app, &api.gate, request).await),
    )
}

#[derive(Clone)]
struct Api {
    app: App,
    gate: Arc<Gate>,
}

impl State for Api {
    fn app(&mut self) -> &mut App {
        &mut self.app
    }
}

fn posture(wiring: &Wiring) -> Posture {
    let config = wiring.config();
    Posture {
        administrators: Administrators::new(&config.administrator_arns),
        is_open_without_policies: config.is_open_without_policies,
    }
}
