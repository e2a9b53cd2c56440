//! What customers provision themselves: environments (behaviour 2.3, 4.1) and pipelines (behaviour 2.2, 2.4).

use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType, Provisioning, TemplateVersionStatus};

use crate::support::bundle::{Bundle, environment_spec, piped_spec, service_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::proton::{CONNECTION_ARN, compatible};
use crate::support::refusal::refused;
use crate::support::unique;

const SCHEMA: &str = "schema:
  format: {openapi: '3.0.0'}
  environment_input_type: Ours
  types:
    Ours:
      type: object
      properties:
        Label: {type: string}
      required: [Label]
";

impl Protium {
    async fn customer_managed_template(&self) -> String {
        let name = unique("ours");
        let create = self.proton.create_environment_template().name(&name);
        let create = create.provisioning(Provisioning::CustomerManaged);
        let template = create.send().await.expect("created").environment_template.expect("it is answered");
        assert_eq!(template.provisioning, Some(Provisioning::CustomerManaged));
        name
    }

    async fn customer_managed_update(&self, name: &str, label: &str) {
        let update = self.proton.update_environment().name(name).spec(environment_spec(label));
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion).send().await;
        let updated = update.expect("update accepted").environment.expect("it is answered");
        assert_eq!(updated.deployment_status, DeploymentStatus::Succeeded, "at once");
    }
}

#[test]
fn a_customer_managed_environment_shows_its_inputs_to_those_who_live_in_it() {
    with_protium(async |protium| {
        let template = protium.customer_managed_template().await;
        let bundle = Bundle::environment().file("schema/schema.yaml", SCHEMA);
        let with_code = protium.environment_version_begin(&template, None, &bundle).await;
        let major = with_code.major_version();
        let refused_version = protium.environment_version_registered(&template, major, "0").await;
        assert_eq!(refused_version.status, TemplateVersionStatus::RegistrationFailed);
        let why = refused_version.status_message().unwrap_or_default();
        assert!(why.contains("infrastructure") && why.contains("CUSTOMER_MANAGED"), "{why}");

        let bundle =
            bundle.without("infrastructure/manifest.yaml").without("infrastructure/cloudformation.yaml");
        protium.environment_version(&template, None, &bundle).await;
        protium.environment_version_publish(&template, "2", "0").await;
        let name = unique("ours");
        let create = protium.proton.create_environment().name(&name).template_name(&template);
        let create = create.template_major_version("2").spec(environment_spec("Label: mine"));
        refused(create.clone().send().await).is("ValidationException", &["protonServiceRoleArn"]);
        let create = create.proton_service_role_arn(&protium.outputs.provisioning_role_arn);
        let created = create.send().await.expect("created").environment.expect("it is answered");
        assert_eq!(created.provisioning, Some(Provisioning::CustomerManaged));
        assert_eq!(created.deployment_status, DeploymentStatus::Succeeded);
        assert_eq!(
            Some(created.last_deployment_attempted_at()),
            created.last_deployment_succeeded_at().into()
        );
        assert_eq!(protium.environment_output(&name, "Label").await.as_deref(), Some("mine"));
        let cancel = protium.proton.cancel_environment_deployment().environment_name(&name).send().await;
        refused(cancel).is("ConflictException", &["SUCCEEDED"]);

        let svc_template = unique("svc-template");
        protium.service_template_create(&svc_template).await;
        let create = protium.proton.create_service_template_version().template_name(&svc_template);
        let major_2 = aws_sdk_proton::types::CompatibleEnvironmentTemplateInput::builder();
        let major_2 = major_2.template_name(&template).major_version("2").build().expect("name and major");
        let create = create.compatible_environment_templates(major_2);
        create.source(protium.source(&Bundle::service()).await).send().await.expect("version created");
        protium.service_version_registered(&svc_template, "1", "0").await;
        protium.service_version_publish(&svc_template, "1", "0").await;
        let service = protium.service(&svc_template, &[("only", &name, "")]).await;
        let text = async || protium.instance_output(&service, "only", "Text").await.unwrap_or_default();
        assert_eq!(text().await, "one in mine");
        protium.customer_managed_update(&name, "Label: yours").await;
        let update = protium.proton.update_service_instance().service_name(&service).name("only");
        update.deployment_type(DeploymentUpdateType::CurrentVersion).send().await.expect("accepted");
        protium.instance_settled(&service, "only").await;
        assert_eq!(text().await, "one in yours");

        let delete = || protium.proton.delete_environment().name(&name).send();
        refused(delete().await).is("ConflictException", &[&service]);
        protium.proton.delete_service().name(&service).send().await.expect("deletion accepted");
        protium.service_gone(&service).await;
        delete().await.expect("nobody is in it");
        let gone = protium.proton.get_environment().name(&name).send().await;
        refused(gone).is("ResourceNotFoundException", &[&name]);
        assert_eq!(protium.stacks_about(created.arn()).await, []);
    });
}

#[test]
fn a_template_says_whose_the_pipelines_are() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let register = async |template: &str, bundle: &Bundle| {
            let create = protium.proton.create_service_template_version().template_name(template);
            let create = create.compatible_environment_templates(compatible(&env_template));
            create.source(protium.source(bundle).await).send().await.expect("version created");
            protium.service_version_registered(template, "1", "0").await
        };
        // Ours, and theirs with code for them: neither is registered.
        let ours = unique("ours");
        protium.proton.create_service_template().name(&ours).send().await.expect("created");
        let theirs = unique("theirs");
        protium.service_template_create(&theirs).await;
        for (template, bundle) in [(&ours, Bundle::service()), (&theirs, Bundle::piped_service())] {
            let version = register(template, &bundle).await;
            assert_eq!(version.status, TemplateVersionStatus::RegistrationFailed, "{template}");
            let why = version.status_message().unwrap_or_default();
            assert!(why.contains("pipelineProvisioning: CUSTOMER_MANAGED"), "{why}");
        }

        let template = protium.service_template(&env_template, &Bundle::service()).await;
        let instances = [("only", &environment[..], "")];
        let create = protium.proton.create_service().name(unique("svc")).template_name(&template);
        let create = create.template_major_version("1").spec(service_spec(&instances));
        let with_repository = create.clone().repository_id("owner/repo").branch_name("main");
        let with_repository = with_repository.repository_connection_arn(CONNECTION_ARN).send().await;
        refused(with_repository).is("ValidationException", &["repositoryConnectionArn"]);
        let with_section = create.spec(piped_spec("most: 2", &instances)).send().await;
        refused(with_section).is("ValidationException", &["pipeline"]);

        let service = protium.service(&template, &instances).await;
        let got = protium.proton.get_service().name(&service).send().await.expect("read").service;
        let got = got.expect("it is answered");
        assert_eq!((got.pipeline, got.repository_id, got.branch_name), (None, None, None));
        let update = protium.proton.update_service_pipeline().service_name(&service);
        let update = update.deployment_type(DeploymentUpdateType::None).spec(service_spec(&instances));
        refused(update.send().await).is("ResourceNotFoundException", &["pipeline"]);
        let outputs = protium.proton.list_service_pipeline_outputs().service_name(&service).send().await;
        refused(outputs).is("ResourceNotFoundException", &["pipeline"]);
        let cancel = protium.proton.cancel_service_pipeline_deployment().service_name(&service).send().await;
        refused(cancel).is("ResourceNotFoundException", &["pipeline"]);
    });
}
