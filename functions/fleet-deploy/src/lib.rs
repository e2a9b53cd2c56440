//! Step of the `fleet` machine: begins the deployment of one target, or its roll back.

use protium_app::fleet::{FleetTargetDeploy, fleet_target_deploy};
use protium_app::{App, Result};
use protium_domain::arn::Location;
use protium_runtime::About;

/// Whose work it is: that of the target.
#[must_use]
pub fn about(step: &FleetTargetDeploy, location: &Location) -> About {
    About { trace: step.trace, resource: Some(location.arn(&step.item.resource.resource())) }
}

/// Begins. The task ends when its token is answered: by this step when there is nothing to wait for, else by the commit
/// that closes the deployment.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the machine repeats the step with a new token.
pub async fn handle(app: &App, step: FleetTargetDeploy) -> Result<()> {
    fleet_target_deploy(app, &step).await
}

#[cfg(test)]
mod tests {
    use protium_testkit::TestApp;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn nothing_begins_of_a_fleet_update_that_is_gone() {
        let json = include_str!("../../../events-samples/fleet-deploy/step.json");
        let step: FleetTargetDeploy = serde_json::from_str(json).expect("the sample is the step's input");
        let test = TestApp::new();
        let told = about(&step, test.app.location()).resource.expect("of a target");
        assert!(told.ends_with(":service/shop/service-instance/one"), "{told}");
        let token = step.task_token.0.clone();
        handle(&test.app, step).await.expect("nothing fails");
        assert_eq!(test.task_tokens.resumed(), [(token, json!({}))]);
    }
}
