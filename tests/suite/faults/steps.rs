//! Every step may run twice: with the input of the first time it finds its own work and leaves it alone.

use aws_sdk_proton::types::{DeploymentStatus, ServiceStatus, TemplateVersionStatus};
use serde_json::json;

use crate::support::bundle::Bundle;
use crate::support::protium::with_protium;
use crate::support::records::step;
use crate::support::unique;

#[test]
fn the_steps_of_a_deployment_may_run_twice_while_it_runs() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = unique("twice");
        let begun = protium.environment_begin(&name, &template, "gate: Twice").await;
        let deployment = begun.last_attempted_deployment_id.expect("an attempt");
        protium.gate_reached(&begun.arn, "Twice").await;
        let stack = protium.stack_of(&begun.arn).await.stack_name.unwrap();
        let token = protium.task_token(&stack).await;
        protium.invoke("render", &json!({"deploymentId": deployment})).await;
        protium.invoke("provision-start", &step(&deployment, &token)).await;
        protium.invoke("provision-start", &step(&deployment, &token)).await;
        protium.invoke("provision-observe", &step(&deployment, &token)).await;
        assert_eq!(protium.stack_of(&begun.arn).await.stack_name.as_ref(), Some(&stack), "still one stack");
        protium.gate_open(&begun.arn, "Twice").await;
        protium.environment_deployed(&name).await;
        assert_eq!(protium.stack_of(&begun.arn).await.stack_name.as_ref(), Some(&stack), "still one stack");
    });
}

#[test]
fn the_steps_of_a_deployment_change_nothing_once_it_is_over() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "label: done").await;
        let got = protium.proton.get_environment().name(&name).send().await.expect("environment");
        let before = got.environment.unwrap();
        let deployment = before.last_succeeded_deployment_id.clone().expect("a deployment");
        protium.invoke("render", &json!({"deploymentId": deployment})).await;
        let failed = json!({"deploymentId": deployment, "outcome": {"outcome": "FAILED"}});
        protium.invoke("provision-record", &failed).await;
        let broken =
            json!({"deploymentId": deployment, "error": {"Error": "Lambda.Unknown", "Cause": "late"}});
        protium.invoke("provision-record", &broken).await;
        let got = protium.proton.get_environment().name(&name).send().await.expect("environment");
        assert_eq!(got.environment.unwrap(), before);
        let got = protium.proton.get_deployment().id(&deployment).send().await.expect("deployment");
        assert_eq!(got.deployment.unwrap().deployment_status, DeploymentStatus::Succeeded);
    });
}

#[test]
fn a_bundle_is_registered_once_however_often_it_is_validated() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let input = json!({
            "kind": "ENVIRONMENT", "templateName": template, "majorVersion": "1", "minorVersion": "0"
        });
        protium.invoke("validate-bundle", &input).await;
        let version = protium.environment_version_registered(&template, "1", "0").await;
        assert_eq!(version.status, TemplateVersionStatus::Published, "it isn't made a draft again");
    });
}

#[test]
fn a_service_settles_once_however_often_it_is_asked() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let template = protium.service_template(&env_template, &Bundle::service()).await;
        let name = unique("settled");
        let spec = crate::support::bundle::service_spec(&[("only", &environment, "gate: Settle")]);
        protium.service_begin(&name, &template, &spec).await;
        let arn = protium.arn(&format!("service/{name}/service-instance/only"));
        protium.gate_reached(&arn, "Settle").await;
        let record = protium.record(&format!("SERVICE#{name}"), "SERVICE").await.expect("the record");
        let operation = record["operation"]["id"].as_str().expect("an operation runs").to_owned();
        let input = json!({"serviceName": name, "operationId": operation, "phase": "DEPLOY"});
        let early = protium.invoke("service-settle", &input).await;
        assert_eq!(early["wait"], true, "a deployment still runs: {early}");
        protium.gate_open(&arn, "Settle").await;
        assert_eq!(protium.service_settled(&name).await.status, ServiceStatus::Active);
        let late = protium.invoke("service-settle", &input).await;
        assert_eq!(late["done"], true, "{late}");
        assert_eq!(protium.service_settled(&name).await.status, ServiceStatus::Active);
    });
}
