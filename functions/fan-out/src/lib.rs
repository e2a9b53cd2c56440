//! Step of the `fleet` machine: plans a fleet update, as far as one invocation gets.

use protium_app::fleet::fleet_fan_out;
use protium_app::{App, Result};
use protium_domain::arn::{Location, Resource};
use protium_domain::identifier::Identifier;
use protium_domain::trace::TraceId;
use protium_runtime::About;
use serde::Deserialize;

/// The step's input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The fleet update.
    pub fleet_update_id: Identifier,
    /// The trace that it is part of.
    #[serde(default)]
    pub trace: Option<TraceId>,
}

impl Step {
    /// Whose work it is.
    #[must_use]
    pub fn about(&self, location: &Location) -> About {
        let update = Resource::FleetUpdate { id: self.fleet_update_id.clone() };
        About { trace: self.trace, resource: Some(location.arn(&update)) }
    }
}

/// Goes on planning.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the machine repeats the step.
pub async fn handle(app: &App, step: Step) -> Result<()> {
    fleet_fan_out(app, &step.fleet_update_id).await
}

#[cfg(test)]
mod tests {
    use protium_app::Error;
    use protium_testkit::TestApp;

    use super::*;

    #[tokio::test]
    async fn an_unknown_fleet_update_is_an_error() {
        let json = include_str!("../../../events-samples/fan-out/step.json");
        let step: Step = serde_json::from_str(json).expect("the sample is the step's input");
        let told = step.about(TestApp::new().app.location()).resource.expect("of a fleet update");
        assert!(told.ends_with(step.fleet_update_id.as_str()), "{told}");
        let failed = handle(&TestApp::new().app, step).await;
        assert!(matches!(failed, Err(Error::NotFound(_))), "{failed:?}");
    }
}
