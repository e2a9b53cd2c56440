//! The life of an environment.

use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType, TemplateVersionStatus};

use crate::support::bundle::{Bundle, environment_spec};
use crate::support::protium::with_protium;
use crate::support::refusal::refused;
use crate::support::unique;

#[test]
fn an_environment_is_published_created_updated_and_deleted() {
    with_protium(async |protium| {
        let template = unique("net");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let draft = protium.environment_version(&template, None, &Bundle::environment()).await;
        assert_eq!((draft.major_version.as_str(), draft.minor_version.as_str()), ("1", "0"));
        assert_eq!(draft.status, TemplateVersionStatus::Draft);
        assert!(draft.schema.is_some_and(|schema| schema.contains("label")), "the schema is the file's text");
        protium.environment_version_publish(&template, "1", "0").await;
        let got = protium.proton.get_environment_template().name(&template).send().await.expect("template");
        assert_eq!(got.environment_template.unwrap().recommended_version.as_deref(), Some("1.0"));

        let name = unique("beta");
        let created = protium.environment_begin(&name, &template, "label: first").await;
        assert_eq!(created.deployment_status, DeploymentStatus::InProgress);
        assert_eq!(created.arn, protium.arn(&format!("environment/{name}")));
        let deployed = protium.environment_deployed(&name).await;
        assert_eq!(deployed.template_minor_version, "0");
        assert_eq!(deployed.spec.as_deref(), Some(environment_spec("label: first").as_str()));
        assert_eq!(Some(deployed.last_deployment_attempted_at), Some(deployed.last_deployment_succeeded_at));
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("first"));
        let topic = protium.environment_output(&name, "TopicArn").await.expect("an output");
        let list = protium.proton.list_environment_provisioned_resources().environment_name(&name);
        let resources = list.send().await.expect("resources").provisioned_resources;
        let identifiers: Vec<_> = resources.iter().filter_map(|resource| resource.identifier()).collect();
        assert!(identifiers.contains(&topic.as_str()), "{identifiers:?}");

        // A new minor: drafts are not recommended, so the default stays behind until it is published.
        protium.environment_version(&template, Some("1"), &Bundle::environment()).await;
        protium.environment_version_publish(&template, "1", "1").await;
        let update = protium.proton.update_environment().name(&name);
        let update = update.deployment_type(DeploymentUpdateType::MinorVersion);
        let updating = update.spec(environment_spec("label: second")).send().await.expect("update accepted");
        let updating = updating.environment.unwrap();
        assert_eq!(updating.deployment_status, DeploymentStatus::InProgress);
        assert_eq!(updating.template_minor_version, "0", "the old state until the new one is deployed");
        let updated = protium.environment_deployed(&name).await;
        assert_eq!(updated.template_minor_version, "1");
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("second"));
        assert_eq!(protium.environment_output(&name, "TopicArn").await.as_deref(), Some(topic.as_str()));

        let listed = protium.proton.list_deployments().environment_name(&name).send().await.expect("listed");
        let ids: Vec<_> = listed.deployments.iter().map(|deployment| deployment.id.clone()).collect();
        assert_eq!(ids.first(), updated.last_succeeded_deployment_id.as_ref(), "the newest first");
        assert_eq!(ids.last(), deployed.last_succeeded_deployment_id.as_ref());
        let first = protium.proton.get_deployment().id(ids.last().unwrap()).send().await.expect("deployment");
        let first = first.deployment.unwrap();
        assert_eq!(first.deployment_status, DeploymentStatus::Succeeded);
        assert!(
            first.initial_state.is_none() && first.target_state.is_some() && first.completed_at.is_some()
        );
        let then = protium.proton.list_environment_outputs().environment_name(&name).deployment_id(&first.id);
        let then = then.send().await.expect("outputs of a past deployment").outputs;
        assert!(then.iter().any(|output| output.value_string() == Some("first")), "{then:?}");

        let stack = protium.stack_of(&created.arn).await;
        let deleting =
            protium.proton.delete_environment().name(&name).send().await.expect("deletion accepted");
        assert_eq!(deleting.environment.unwrap().deployment_status, DeploymentStatus::DeleteInProgress);
        protium.environment_gone(&name).await;
        let status = protium.stack_status(stack.stack_id().unwrap()).await;
        assert!(matches!(status.as_deref(), None | Some("DELETE_COMPLETE")), "{status:?}");
        let again = protium.proton.delete_environment().name(&name).send().await.expect("idempotent");
        assert!(again.environment.is_none(), "once finished, a repeat answers an empty object");
        protium.proton.get_deployment().id(&first.id).send().await.expect("history outlives its target");
    });
}

#[test]
fn the_stack_carries_the_name_and_the_tags_that_proton_gave() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "").await;
        let arn = protium.arn(&format!("environment/{name}"));
        let stack = protium.stack_of(&arn).await;
        let pattern = format!("AWSProton-{}-", &name[..name.len().min(15)]);
        assert!(stack.stack_name().unwrap().starts_with(&pattern), "{:?}", stack.stack_name());
        let tag = |key: &str| {
            stack
                .tags()
                .iter()
                .find(|tag| tag.key() == Some(key))
                .and_then(|tag| tag.value())
                .map(str::to_owned)
        };
        assert_eq!(tag("proton:account").as_ref(), Some(&protium.outputs.account_id));
        assert_eq!(tag("proton:template"), Some(protium.arn(&format!("environment-template/{template}"))));
        assert_eq!(tag("proton:environment"), Some(arn));
    });
}

#[test]
fn updates_follow_the_rules_of_their_deployment_type() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        protium.environment_version(&template, None, &Bundle::environment()).await;
        protium.environment_version_publish(&template, "2", "0").await;
        let name = protium.environment(&template, "label: same").await;
        let update = |kind| protium.proton.update_environment().name(&name).deployment_type(kind);

        use DeploymentUpdateType as Type;
        let described = update(Type::None).description("for tests").send().await.expect("metadata");
        let described = described.environment.unwrap();
        assert_eq!(described.description.as_deref(), Some("for tests"));
        assert_eq!(described.deployment_status, DeploymentStatus::Succeeded, "nothing is deployed");
        refused(update(Type::CurrentVersion).template_minor_version("0").send().await)
            .is("ValidationException", &["CURRENT_VERSION"]);
        refused(update(Type::MinorVersion).template_major_version("2").send().await)
            .is("ValidationException", &[]);
        refused(update(Type::MinorVersion).template_minor_version("7").send().await)
            .is("ResourceNotFoundException", &["1.7"]);
        refused(update(Type::CurrentVersion).spec(environment_spec("colour: red")).send().await)
            .is("ValidationException", &["colour"]);

        update(Type::CurrentVersion).send().await.expect("a deployment without changes is one");
        protium.environment_deployed(&name).await;
        update(Type::MajorVersion).send().await.expect("update accepted");
        let deployed = protium.environment_deployed(&name).await;
        assert_eq!(
            (deployed.template_major_version.as_str(), deployed.template_minor_version.as_str()),
            ("2", "0")
        );
        assert_eq!(
            protium.environment_output(&name, "Label").await.as_deref(),
            Some("same"),
            "the spec is kept"
        );
    });
}

#[test]
fn current_values_stand_for_what_was_deployed_last() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "label: kept").await;
        let update = protium.proton.update_environment().name(&name);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        let spec = environment_spec("label: '${Proton::CURRENT_VAL}'");
        update.spec(spec).send().await.expect("update accepted");
        let deployed = protium.environment_deployed(&name).await;
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("kept"));
        assert!(deployed.spec.unwrap().contains("kept"), "the value itself is stored");
    });
}

#[test]
fn what_cannot_be_created_is_refused_with_the_reason() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let create = || {
            let create = protium.proton.create_environment().name(unique("env")).template_name(&template);
            create.proton_service_role_arn(&protium.outputs.provisioning_role_arn)
        };
        refused(create().template_major_version("9").spec(environment_spec("")).send().await)
            .is("ResourceNotFoundException", &["9"]);
        refused(create().template_major_version("1").spec(environment_spec("label: ''")).send().await)
            .is("ValidationException", &["label"]);
        refused(create().template_major_version("1").spec("proton: ServiceSpec\n").send().await)
            .is("ValidationException", &["EnvironmentSpec"]);
        let stranger = "arn:aws:iam::000000000000:role/somebody-elses";
        let request = create().template_major_version("1").spec(environment_spec(""));
        refused(request.proton_service_role_arn(stranger).send().await)
            .is("ValidationException", &[stranger, "ProvisioningRoleArns"]);
    });
}

#[test]
fn an_environment_in_progress_takes_no_other_change() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = unique("busy");
        let arn = protium.environment_begin(&name, &template, "gate: One").await.arn;
        protium.gate_reached(&arn, "One").await;
        let update = protium.proton.update_environment().name(&name);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion).send().await;
        refused(update).is("ConflictException", &["IN_PROGRESS"]);
        refused(protium.proton.delete_environment().name(&name).send().await)
            .is("ConflictException", &["IN_PROGRESS"]);
        protium.gate_open(&arn, "One").await;
        protium.environment_deployed(&name).await;
    });
}
