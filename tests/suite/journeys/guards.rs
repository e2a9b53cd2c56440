//! What is used can't be deleted, and the refusal names a user.

use aws_sdk_proton::types::DeploymentUpdateType;

use crate::support::bundle::Bundle;
use crate::support::protium::with_protium;
use crate::support::refusal::refused;

#[test]
fn nothing_goes_while_it_is_used_and_everything_goes_in_the_end() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let svc_template = protium.service_template(&env_template, &Bundle::service()).await;
        let service = protium.service(&svc_template, &[("only", &environment, "")]).await;
        let env_version = || {
            let delete = protium.proton.delete_environment_template_version().template_name(&env_template);
            delete.major_version("1").minor_version("0").send()
        };
        let svc_version = || {
            let delete = protium.proton.delete_service_template_version().template_name(&svc_template);
            delete.major_version("1").minor_version("0").send()
        };
        let proton = &protium.proton;
        refused(env_version().await).is("ConflictException", &[&environment]);
        refused(svc_version().await).is("ConflictException", &[&service]);
        refused(proton.delete_environment_template().name(&env_template).send().await)
            .is("ConflictException", &[]);
        refused(proton.delete_service_template().name(&svc_template).send().await)
            .is("ConflictException", &[]);
        refused(proton.delete_environment().name(&environment).send().await)
            .is("ConflictException", &[&service]);

        proton.delete_service().name(&service).send().await.expect("nobody uses a service");
        protium.service_gone(&service).await;
        svc_version().await.expect("no instance runs it any more");
        proton.delete_service_template().name(&svc_template).send().await.expect("it has no versions");
        refused(env_version().await).is("ConflictException", &[&environment]);
        proton.delete_environment().name(&environment).send().await.expect("no instance lives there");
        protium.environment_gone(&environment).await;
        env_version().await.expect("no environment runs it any more");
        proton.delete_environment_template().name(&env_template).send().await.expect("it has no versions");
        let again = proton.delete_environment_template().name(&env_template).send().await;
        again.expect("synchronous deletes are idempotent");
    });
}

#[test]
fn a_version_is_held_by_the_update_towards_it_and_let_go_by_the_update_away_from_it() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "").await;
        for minor in ["1", "2"] {
            protium.environment_version(&template, Some("1"), &Bundle::environment()).await;
            protium.environment_version_publish(&template, "1", minor).await;
        }
        let delete = |minor: &str| {
            let delete = protium.proton.delete_environment_template_version().template_name(&template);
            delete.major_version("1").minor_version(minor).send()
        };
        let update = protium.proton.update_environment().name(&name);
        let update = update.deployment_type(DeploymentUpdateType::MinorVersion).template_minor_version("1");
        let spec = crate::support::bundle::environment_spec("gate: Held");
        update.spec(spec).send().await.expect("update accepted");
        let arn = protium.arn(&format!("environment/{name}"));
        protium.gate_reached(&arn, "Held").await;
        refused(delete("0").await).is("ConflictException", &[&name]);
        refused(delete("1").await).is("ConflictException", &[&name]);
        protium.gate_open(&arn, "Held").await;
        protium.environment_deployed(&name).await;
        delete("0").await.expect("nobody runs 1.0 any more");
        refused(delete("1").await).is("ConflictException", &[&name]);
    });
}
