//! An upgrade in the middle of work: data of the release before, and executions that it began.

use std::collections::BTreeMap;

use aws_sdk_proton::types::{
    DeploymentStatus, DeploymentUpdateType, ServiceStatus, Tag, TemplateVersionSourceInput,
};
use aws_sdk_sfn::types::ExecutionStatus;

use crate::support::bundle::{Bundle, environment_spec, service_spec};
use crate::support::protium::Protium;
use crate::support::random;
use crate::support::unique;
use crate::support::upgrade::with_previous;
use crate::support::wait::eventually;

/// Infrastructure of a developer's own.
const COMPONENT: &str =
    "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\nOutputs: {Topic: {Value: !Ref Topic}}\n";

/// What came to rest before the upgrade.
struct Data {
    env_template: String,
    svc_template: String,
    environment: String,
    service: String,
    component: String,
    /// The token of the call that made the second version of the environment template, and its bundle.
    token: String,
    source: TemplateVersionSourceInput,
}

/// What the upgrade comes in the middle of; the stack of each stands at a gate.
struct UnderWay {
    /// An environment on its way to its first stack.
    created: String,
    /// One whose stack is being changed.
    updated: String,
    /// A service whose only instance is on its way, so that an execution waits for another.
    service: String,
}

impl Data {
    async fn make(protium: &Protium) -> Self {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let (token, source) = (random(), protium.source(&Bundle::environment()).await);
        let data = Self {
            svc_template: protium.service_template(&env_template, &Bundle::service()).await,
            environment: protium.environment(&env_template, "label: home").await,
            service: String::new(),
            component: String::new(),
            env_template,
            token,
            source,
        };
        data.second_version(protium).await;
        protium.environment_version_registered(&data.env_template, "1", "1").await;
        let service = protium.service(&data.svc_template, &[("only", &data.environment, "label: x")]).await;
        let component = protium.component(&data.environment, COMPONENT).await;
        let arn = protium.arn(&format!("environment/{}", data.environment));
        let tag = Tag::builder().key("team").value("red").build().expect("key and value are set");
        protium.proton.tag_resource().resource_arn(arn).tags(tag).send().await.expect("tagged");
        Self { service, component, ..data }
    }

    /// Makes the second version of the environment template, or asks for it again. Its minor.
    async fn second_version(&self, protium: &Protium) -> String {
        let create = protium.proton.create_environment_template_version().template_name(&self.env_template);
        let create = create.major_version("1").source(self.source.clone()).client_token(&self.token);
        let version = create.send().await.expect("version created").environment_template_version;
        version.expect("the answer holds the version").minor_version
    }

    /// What the API says of all that is at rest, in lines that can be compared; new members of answers don't count.
    async fn told(&self, protium: &Protium) -> Vec<String> {
        let proton = &protium.proton;
        let mut lines = Vec::new();
        let template = proton.get_environment_template().name(&self.env_template).send().await;
        let template = template.expect("template read").environment_template.expect("the answer holds it");
        lines.push(format!("{} {:?} {}", template.arn, template.recommended_version, template.created_at));
        for minor in ["0", "1"] {
            let get = proton.get_environment_template_version().template_name(&self.env_template);
            let got = get.major_version("1").minor_version(minor).send().await.expect("version read");
            let version = got.environment_template_version.expect("the answer holds it");
            lines.push(format!("{} {} {:?}", version.arn, version.status, version.schema));
        }
        let listed = proton.list_service_template_versions().template_name(&self.svc_template).send().await;
        for version in listed.expect("versions listed").template_versions {
            lines.push(format!("{} {}", version.arn, version.status));
        }
        let got = proton.get_environment().name(&self.environment).send().await.expect("environment read");
        let environment = got.environment.expect("the answer holds it");
        let (version, spec) = (environment.template_minor_version(), environment.spec());
        let status = environment.deployment_status();
        lines.push(format!("{} {status} {version} {spec:?}", environment.arn));
        let label = protium.environment_output(&self.environment, "Label").await;
        let tags = proton.list_tags_for_resource().resource_arn(environment.arn()).send().await;
        lines.push(format!("{label:?} {:?}", tags.expect("tags listed").tags));
        let got = proton.get_service().name(&self.service).send().await.expect("service read");
        let service = got.service.expect("the answer holds it");
        lines.push(format!("{} {} {:?}", service.arn, service.status, service.spec));
        let instance = protium.instance(&self.service, "only").await;
        lines.push(format!("{} {} {:?}", instance.arn, instance.deployment_status, instance.spec));
        lines.push(format!("{:?}", protium.instance_output(&self.service, "only", "Text").await));
        let component = protium.component_deployed(&self.component).await;
        lines.push(format!("{} {}", component.arn, component.environment_name));
        let deployments = proton.list_deployments().environment_name(&self.environment).send().await;
        for deployment in deployments.expect("deployments listed").deployments {
            let got = proton.get_deployment().id(deployment.id()).send().await.expect("deployment read");
            let deployment = got.deployment.expect("the answer holds it");
            let status = deployment.deployment_status();
            lines.push(format!("{} {status} {:?}", deployment.arn, deployment.completed_at));
        }
        lines
    }

    /// Changes all of it, and takes it away.
    async fn change(&self, protium: &Protium) {
        let proton = &protium.proton;
        assert_eq!(self.second_version(protium).await, "1", "a client token is remembered");
        protium.environment_version_publish(&self.env_template, "1", "1").await;
        let update = proton.update_environment().name(&self.environment).template_minor_version("1");
        let update = update.deployment_type(DeploymentUpdateType::MinorVersion);
        update.spec(environment_spec("label: new")).send().await.expect("update accepted");
        let environment = protium.environment_deployed(&self.environment).await;
        assert_eq!(environment.template_minor_version(), "1");
        let update = proton.update_service_instance().service_name(&self.service).name("only");
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        update.send().await.expect("update accepted");
        let instance = protium.instance_settled(&self.service, "only").await;
        assert_eq!(instance.deployment_status, DeploymentStatus::Succeeded);
        let text = protium.instance_output(&self.service, "only", "Text").await;
        assert_eq!(text.as_deref(), Some("x in new"));

        proton.delete_component().name(&self.component).send().await.expect("deletion accepted");
        protium.component_gone(&self.component).await;
        proton.delete_service().name(&self.service).send().await.expect("deletion accepted");
        protium.service_gone(&self.service).await;
        proton.delete_environment().name(&self.environment).send().await.expect("deletion accepted");
        protium.environment_gone(&self.environment).await;
        for tail in [
            format!("environment/{}", self.environment),
            format!("service/{}/service-instance/only", self.service),
            format!("component/{}", self.component),
        ] {
            assert!(protium.stacks_of(&protium.arn(&tail)).await.is_empty(), "the stack of {tail} is gone");
        }
    }
}

impl UnderWay {
    async fn begin(protium: &Protium, data: &Data) -> Self {
        let template = &data.env_template;
        let (updated, home) =
            tokio::join!(protium.environment(template, "label: then"), protium.environment(template, ""));
        let under_way = Self { created: unique("created"), updated, service: unique("service") };
        protium.environment_begin(&under_way.created, template, "gate: Create").await;
        let update = protium.proton.update_environment().name(&under_way.updated);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        update.spec(environment_spec("label: now, gate: Update")).send().await.expect("update accepted");
        let spec = service_spec(&[("only", &home, "gate: Instance")]);
        protium.service_begin(&under_way.service, &data.svc_template, &spec).await;
        for (arn, gate) in under_way.gates(protium) {
            protium.gate_reached(&arn, gate).await;
        }
        under_way
    }

    /// The ARNs of the resources whose stacks wait, and the gates at which they do.
    fn gates(&self, protium: &Protium) -> [(String, &'static str); 3] {
        [
            (protium.arn(&format!("environment/{}", self.created)), "Create"),
            (protium.arn(&format!("environment/{}", self.updated)), "Update"),
            (protium.arn(&format!("service/{}/service-instance/only", self.service)), "Instance"),
        ]
    }

    async fn finish(&self, protium: &Protium) {
        for (name, deployments) in [(&self.created, 1), (&self.updated, 2)] {
            let got = protium.proton.get_environment().name(name).send().await.expect("environment read");
            let environment = got.environment.expect("the answer holds it");
            assert_eq!(environment.deployment_status, DeploymentStatus::InProgress, "the stack waits");
            let listed = protium.proton.list_deployments().environment_name(name).send().await;
            assert_eq!(listed.expect("deployments listed").deployments.len(), deployments, "of {name}");
        }
        for (arn, gate) in self.gates(protium) {
            protium.gate_open(&arn, gate).await;
        }
        protium.environment_deployed(&self.created).await;
        protium.environment_deployed(&self.updated).await;
        assert_eq!(protium.environment_output(&self.updated, "Label").await.as_deref(), Some("now"));
        let service = protium.service_settled(&self.service).await;
        assert_eq!(service.status, ServiceStatus::Active, "{:?}", service.status_message);
        for (arn, _) in self.gates(protium) {
            protium.stack_of(&arn).await;
            protium.events.status(&arn, "SUCCEEDED").await;
        }
        let (created, _) = &self.gates(protium)[0];
        assert_eq!(protium.events.statuses(created), ["IN_PROGRESS", "SUCCEEDED"], "each event once");
    }
}

#[test]
fn an_upgrade_in_place_keeps_all_data_and_loses_no_execution() {
    with_previous(async |protium, previous| {
        let data = Data::make(protium).await;
        let told = data.told(protium).await;
        let indexes = protium.indexes().await;
        let under_way = UnderWay::begin(protium, &data).await;
        let before = protium.executions().await;
        let running = before.values().filter(|status| **status == ExecutionStatus::Running).count();
        assert_eq!(running, 4, "three deployments and a service: {before:?}");

        protium.upgrade(previous).await;
        let protium: &Protium = protium;

        let made = protium.indexes().await;
        let changes = made.iter().filter(|index| !indexes.contains(index)).count()
            + indexes.iter().filter(|index| !made.contains(index)).count();
        assert!(changes <= 1, "DynamoDB makes or drops one index per update: {indexes:?}, then {made:?}");
        assert_eq!(data.told(protium).await, told, "what was told before is told now");
        under_way.finish(protium).await;
        let ended = async || match running_or_lost(&protium.executions().await, before.keys()) {
            None => Ok(()),
            Some(execution) => Err(execution),
        };
        eventually("every execution came to a good end", ended).await;
        data.change(protium).await;
        eventually("all intents are carried out", async || match protium.intents().await {
            0 => Ok(()),
            left => Err(format!("{left} left")),
        })
        .await;
    });
}

/// The first execution that hasn't succeeded, whether it is known or has only just begun; or that nobody knows now.
fn running_or_lost<'a>(
    now: &BTreeMap<String, ExecutionStatus>,
    before: impl Iterator<Item = &'a String>,
) -> Option<String> {
    let lost = before.filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is lost"));
    let unfinished = now.iter().filter(|(_, status)| **status != ExecutionStatus::Succeeded);
    lost.chain(unfinished.map(|(name, status)| format!("{name} is {status}"))).next()
}
