//! Changing one's mind: behaviour 7.6.

use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType, ServiceStatus};

use crate::support::bundle::{Bundle, environment_spec, service_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::refusal::refused;
use crate::support::stacks::status;

const MESSAGE: &str = "User initiated cancellation.";

impl Protium {
    async fn environment_update_begin(&self, name: &str, inputs: &str) {
        let update = self.proton.update_environment().name(name).spec(environment_spec(inputs));
        update.deployment_type(DeploymentUpdateType::CurrentVersion).send().await.expect("update accepted");
    }
}

#[test]
fn the_update_of_an_environment_is_cancelled_and_leaves_it_as_it_was() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "label: one").await;
        let before = protium.environment_deployed(&name).await;
        let cancel = || protium.proton.cancel_environment_deployment().environment_name(&name).send();
        refused(cancel().await).is("ConflictException", &["SUCCEEDED"]);

        protium.environment_update_begin(&name, "label: two, gate: 'Env'").await;
        protium.gate_reached(before.arn(), "Env").await;
        let cancelling = cancel().await.expect("in progress").environment.expect("the answer holds it");
        assert_eq!(cancelling.deployment_status, DeploymentStatus::Cancelling);
        refused(cancel().await).is("ConflictException", &["CANCELLING"]);

        let after = protium.environment_settled(&name).await;
        assert_eq!(after.deployment_status, DeploymentStatus::Cancelled);
        assert_eq!(after.deployment_status_message(), Some(MESSAGE));
        assert_eq!(after.spec, before.spec);
        assert_eq!(after.last_succeeded_deployment_id, before.last_succeeded_deployment_id);
        assert_eq!(status(&protium.stack_of(before.arn()).await), "UPDATE_ROLLBACK_COMPLETE");
        let id = after.last_attempted_deployment_id().expect("it was attempted");
        let got = protium.proton.get_deployment().id(id).send().await.expect("deployment read").deployment;
        assert_eq!(got.expect("the answer holds it").deployment_status, DeploymentStatus::Cancelled);
        let of_it = |event: &serde_json::Value| event["resources"][0] == before.arn();
        for wanted in ["CANCELLING", "CANCELLED"] {
            let is_it = |event: &serde_json::Value| of_it(event) && event["detail"]["status"] == wanted;
            protium.events.wait_for("AWS Proton Environment Status Change", is_it).await;
        }

        protium.environment_update_begin(&name, "label: three").await;
        let updated = protium.environment_deployed(&name).await;
        assert!(updated.spec().is_some_and(|spec| spec.contains("three")));
    });
}

#[test]
fn the_update_of_an_instance_is_cancelled_and_its_service_stays_active() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let template = protium.service_template(&env_template, &Bundle::service()).await;
        let service = protium.service(&template, &[("only", &environment, "label: one")]).await;
        let before = protium.instance(&service, "only").await;

        let spec = service_spec(&[("only", &environment, "label: two, gate: 'Inst'")]);
        let update = protium.proton.update_service_instance().service_name(&service).name("only").spec(spec);
        update.deployment_type(DeploymentUpdateType::CurrentVersion).send().await.expect("update accepted");
        protium.gate_reached(before.arn(), "Inst").await;
        let cancel = protium.proton.cancel_service_instance_deployment().service_name(&service);
        let cancelling = cancel.service_instance_name("only").send().await.expect("in progress");
        let cancelling = cancelling.service_instance.expect("the answer holds it");
        assert_eq!(cancelling.deployment_status, DeploymentStatus::Cancelling);

        let after = protium.instance_settled(&service, "only").await;
        assert_eq!(after.deployment_status, DeploymentStatus::Cancelled);
        assert_eq!(after.deployment_status_message(), Some(MESSAGE));
        assert_eq!(after.spec, before.spec);
        let stored = protium.service_settled(&service).await;
        assert_eq!(stored.status, ServiceStatus::Active);
        assert!(!stored.spec.contains("two"), "{}", stored.spec);
        assert_eq!(protium.instance_output(&service, "only", "Text").await.as_deref(), Some("one in one"));
    });
}

#[test]
fn a_creation_is_not_cancelled() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = crate::support::unique("env");
        let begun = protium.environment_begin(&name, &template, "gate: 'New'").await;
        let cancel = protium.proton.cancel_environment_deployment().environment_name(&name).send().await;
        refused(cancel).is("ConflictException", &["being created"]);
        protium.gate_open(begun.arn(), "New").await;
        protium.environment_deployed(&name).await;
    });
}
