//! The life of a service and its instances.

use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType, ServiceStatus};

use crate::support::bundle::{Bundle, service_spec};
use crate::support::protium::with_protium;
use crate::support::refusal::refused;
use crate::support::unique;

#[test]
fn a_service_with_two_instances_is_created_updated_in_part_and_deleted() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let beta = protium.environment(&env_template, "label: beta").await;
        let prod = protium.environment(&env_template, "label: prod").await;
        let template = protium.service_template(&env_template, &Bundle::service()).await;

        let name = unique("shop");
        let spec = service_spec(&[("shop-beta", &beta, "label: one"), ("shop-prod", &prod, "label: one")]);
        let created = protium.service_begin(&name, &template, &spec).await;
        assert_eq!(created.status, ServiceStatus::CreateInProgress);
        let active = protium.service_settled(&name).await;
        assert_eq!(active.status, ServiceStatus::Active, "{:?}", active.status_message);
        assert_eq!(active.spec, spec);
        assert_eq!(protium.instance_output(&name, "shop-beta", "Text").await.as_deref(), Some("one in beta"));
        assert_eq!(protium.instance_output(&name, "shop-prod", "Text").await.as_deref(), Some("one in prod"));

        // As pipelines do it: one value edited in all sections, one instance updated.
        let edited = service_spec(&[("shop-beta", &beta, "label: two"), ("shop-prod", &prod, "label: two")]);
        let update = protium.proton.update_service_instance().service_name(&name).name("shop-beta");
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion).spec(&edited);
        let updating = update.send().await.expect("update accepted").service_instance.unwrap();
        assert_eq!(updating.deployment_status, DeploymentStatus::InProgress);
        assert_eq!(
            protium.service_settled(&name).await.status,
            ServiceStatus::Active,
            "the service stays active"
        );
        let updated = protium.instance_settled(&name, "shop-beta").await;
        assert_eq!(
            updated.deployment_status,
            DeploymentStatus::Succeeded,
            "{:?}",
            updated.deployment_status_message
        );
        assert_eq!(protium.instance_output(&name, "shop-beta", "Text").await.as_deref(), Some("two in beta"));
        assert_eq!(protium.instance_output(&name, "shop-prod", "Text").await.as_deref(), Some("one in prod"));
        let stored = protium.service_settled(&name).await.spec;
        assert!(
            stored.contains("two") && stored.contains("one"),
            "only the updated section changes: {stored}"
        );

        let list = protium.proton.list_service_instances().service_name(&name).send().await.expect("listed");
        let names: Vec<_> = list.service_instances.iter().map(|instance| instance.name.as_str()).collect();
        assert_eq!(names, ["shop-beta", "shop-prod"]);
        let list = protium.proton.list_service_instance_provisioned_resources().service_name(&name);
        let resources = list.service_instance_name("shop-beta").send().await.expect("resources");
        assert!(!resources.provisioned_resources.is_empty());
        let list = protium.proton.list_deployments().service_name(&name).service_instance_name("shop-beta");
        assert_eq!(list.send().await.expect("deployments").deployments.len(), 2);
        let list = protium.proton.list_deployments().service_name(&name).send().await.expect("deployments");
        assert_eq!(list.deployments.len(), 3, "those of all instances");

        let deleting = protium.proton.delete_service().name(&name).send().await.expect("deletion accepted");
        assert_eq!(deleting.service.unwrap().status, ServiceStatus::DeleteInProgress);
        protium.service_gone(&name).await;
        for instance in ["shop-beta", "shop-prod"] {
            let get = protium.proton.get_service_instance().service_name(&name).name(instance).send().await;
            refused(get).is("ResourceNotFoundException", &[instance]);
            let arn = protium.arn(&format!("service/{name}/service-instance/{instance}"));
            assert!(protium.stacks_of(&arn).await.is_empty(), "{instance} has no stack any more");
        }
        let again = protium.proton.delete_service().name(&name).send().await.expect("idempotent");
        assert!(again.service.is_none());
        protium.proton.delete_environment().name(&beta).send().await.expect("nobody lives there any more");
        protium.environment_gone(&beta).await;
    });
}

#[test]
fn a_service_that_fails_in_part_is_cleaned_up_and_says_why() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let template = protium.service_template(&env_template, &Bundle::service()).await;
        let name = unique("broken");
        let spec = service_spec(&[("good", &environment, ""), ("bad", &environment, "fail: true")]);
        protium.service_begin(&name, &template, &spec).await;
        let settled = protium.service_settled(&name).await;
        assert_eq!(
            settled.status,
            ServiceStatus::CreateFailedCleanupComplete,
            "{:?}",
            settled.status_message
        );
        let message = settled.status_message.unwrap_or_default();
        assert!(message.contains("bad") && message.contains("WaitCondition"), "{message}");
        for instance in ["good", "bad"] {
            let arn = protium.arn(&format!("service/{name}/service-instance/{instance}"));
            assert!(protium.stacks_of(&arn).await.is_empty(), "the stack of {instance} is gone");
        }
        protium.proton.delete_service().name(&name).send().await.expect("deletion accepted");
        protium.service_gone(&name).await;
    });
}

#[test]
fn instances_go_only_where_their_template_may() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let other_template = protium.environment_template(&Bundle::environment()).await;
        let (home, abroad) =
            tokio::join!(protium.environment(&env_template, ""), protium.environment(&other_template, ""));
        let template = protium.service_template(&env_template, &Bundle::service()).await;
        let create = |spec: String| {
            let create = protium.proton.create_service().name(unique("svc")).template_name(&template);
            create.template_major_version("1").spec(spec).send()
        };
        let refusal = refused(create(service_spec(&[("a", &home, ""), ("b", &abroad, "")])).await);
        refusal.is("ValidationException", &["instances[1]", &abroad]);
        let refusal = refused(create(service_spec(&[("a", "nowhere", "")])).await);
        refusal.is("ValidationException", &["nowhere"]);
        refused(create("proton: ServiceSpec\ninstances: []\n".into()).await)
            .is("ValidationException", &["instance"]);
        refused(create(service_spec(&[("a", &home, "size: 1")])).await).is("ValidationException", &["size"]);
    });
}

#[test]
fn an_instance_keeps_its_environment_and_takes_what_it_outputs_now() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let (environment, other) = tokio::join!(
            protium.environment(&env_template, "label: then"),
            protium.environment(&env_template, "label: elsewhere")
        );
        let template = protium.service_template(&env_template, &Bundle::service()).await;
        let service = protium.service(&template, &[("only", &environment, "label: x")]).await;
        let update = || {
            let update = protium.proton.update_service_instance().service_name(&service).name("only");
            update.deployment_type(DeploymentUpdateType::CurrentVersion)
        };
        let moved = service_spec(&[("only", &other, "label: x")]);
        refused(update().spec(moved).send().await).is("ValidationException", &["environment"]);

        let change = protium.proton.update_environment().name(&environment);
        let change = change.deployment_type(DeploymentUpdateType::CurrentVersion);
        let spec = crate::support::bundle::environment_spec("label: now");
        change.spec(spec).send().await.expect("update accepted");
        protium.environment_deployed(&environment).await;
        assert_eq!(protium.instance_output(&service, "only", "Text").await.as_deref(), Some("x in then"));
        update().send().await.expect("the stored spec serves again");
        protium.instance_settled(&service, "only").await;
        assert_eq!(protium.instance_output(&service, "only", "Text").await.as_deref(), Some("x in now"));
    });
}
