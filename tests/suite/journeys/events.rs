//! Events: one per status transition, with a growing `sequence` (behaviour 9).

use serde_json::Value;

use crate::support::bundle::Bundle;
use crate::support::protium::with_protium;

#[test]
fn every_transition_is_told_in_order_of_its_sequence() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let svc_template = protium.service_template(&env_template, &Bundle::service()).await;
        let service = protium.service(&svc_template, &[("only", &environment, "")]).await;
        let list =
            protium.proton.list_deployments().environment_name(&environment).send().await.expect("listed");
        let deployment = list.deployments[0].arn.clone();
        protium.proton.delete_service().name(&service).send().await.expect("deletion accepted");
        protium.service_gone(&service).await;
        protium.proton.delete_environment().name(&environment).send().await.expect("deletion accepted");
        protium.environment_gone(&environment).await;
        for (kind, template) in [("environment", &env_template), ("service", &svc_template)] {
            match kind {
                "environment" => {
                    let delete = protium.proton.delete_environment_template_version().template_name(template);
                    delete.major_version("1").minor_version("0").send().await.expect("version deleted");
                    protium
                        .proton
                        .delete_environment_template()
                        .name(template)
                        .send()
                        .await
                        .expect("deleted");
                }
                _ => {
                    let delete = protium.proton.delete_service_template_version().template_name(template);
                    delete.major_version("1").minor_version("0").send().await.expect("version deleted");
                    protium.proton.delete_service_template().name(template).send().await.expect("deleted");
                }
            }
        }

        let registered = ["REGISTRATION_IN_PROGRESS", "DRAFT", "PUBLISHED", "DELETED"].as_slice();
        let deployed = ["IN_PROGRESS", "SUCCEEDED", "DELETE_IN_PROGRESS", "DELETED"].as_slice();
        for (tail, expected) in [
            (format!("environment-template/{env_template}"), ["DRAFT", "PUBLISHED", "DELETED"].as_slice()),
            (format!("environment-template/{env_template}:1.0"), registered),
            (format!("service-template/{svc_template}"), ["DRAFT", "PUBLISHED", "DELETED"].as_slice()),
            (format!("service-template/{svc_template}:1.0"), registered),
            (format!("environment/{environment}"), deployed),
            (
                format!("service/{service}"),
                ["CREATE_IN_PROGRESS", "ACTIVE", "DELETE_IN_PROGRESS", "DELETED"].as_slice(),
            ),
            (format!("service/{service}/service-instance/only"), deployed),
        ] {
            let arn = protium.arn(&tail);
            protium.events.status(&arn, "DELETED").await;
            assert_eq!(protium.events.statuses(&arn), expected, "{arn}");
        }
        protium.events.status(&deployment, "SUCCEEDED").await;
        assert_eq!(protium.events.statuses(&deployment), ["IN_PROGRESS", "SUCCEEDED"]);
    });
}

#[test]
fn an_event_names_the_previous_status_except_the_first() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let arn = protium.arn(&format!("environment-template/{template}:1.0"));
        let first = protium.events.status(&arn, "REGISTRATION_IN_PROGRESS").await;
        assert_eq!(first["detail"].get("previousStatus"), None, "{first}");
        let last = protium.events.status(&arn, "PUBLISHED").await;
        assert_eq!(last["detail"]["previousStatus"], "DRAFT");
        assert_eq!(last["source"], "protium");
        assert_eq!(last["account"], Value::from(protium.outputs.account_id.clone()));
    });
}
