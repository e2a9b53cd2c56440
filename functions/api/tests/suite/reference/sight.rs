//! What the API shows, asked for by every operation that reads: lines by what they are about.

use std::collections::BTreeMap;

use protium_testkit::TestApp;
use serde_json::{Value, json};

use super::acts::{
    Account, COMPONENTS, ENVIRONMENT_TEMPLATES, ENVIRONMENTS, INSTANCES, Kind, Known, REPOSITORIES,
    SERVICE_TEMPLATES, SERVICES, Subject, Target, Thing,
};
use super::class;
use super::domain::Class;
use crate::connections::call_as;

/// What can be read, by what it is read of.
pub(super) type Seen = BTreeMap<String, String>;

/// Somebody who reads.
pub(super) struct Reader<'a> {
    pub(super) test: &'a TestApp,
    pub(super) known: &'a Known,
    pub(super) seen: Seen,
    /// The versions of templates that there are.
    pub(super) versions: Vec<Thing>,
    /// The operations that were asked.
    pub(super) asked: Vec<&'static str>,
}

impl Reader<'_> {
    async fn read(&mut self, operation: &'static str, input: Value) -> Option<Value> {
        self.asked.push(operation);
        let answer = call_as(self.test, Account::Own.number(), operation, input).await;
        match class(&answer) {
            None => Some(answer.body),
            Some(Class::NotFound) => None,
            Some(_) => panic!("{operation}: {}", answer.body),
        }
    }

    /// Every item that an operation lists, by its pages.
    async fn list(&mut self, operation: &'static str, mut input: Value, member: &str) -> Vec<Value> {
        let mut items = Vec::new();
        loop {
            let Some(body) = self.read(operation, input.clone()).await else { return items };
            items.extend(body[member].as_array().cloned().unwrap_or_default());
            match &body["nextToken"] {
                Value::Null => return items,
                token => input["nextToken"] = token.clone(),
            }
        }
    }

    fn see(&mut self, what: impl Into<String>, line: impl Into<String>) {
        self.seen.insert(what.into(), line.into());
    }

    /// All that the API shows.
    pub(super) async fn look(&mut self) {
        self.look_at_lists().await;
        self.look_at_templates(Kind::Environment).await;
        self.look_at_templates(Kind::Service).await;
        self.look_at_environments().await;
        self.look_at_services().await;
        self.look_at_components().await;
        self.look_at_connections().await;
        self.look_at_repositories().await;
        self.look_at_syncs().await;
        self.look_at_account().await;
        self.look_at_tags().await;
        self.look_at_deployments().await;
    }

    /// Lists name what there is; what they tell of each is read one by one.
    async fn look_at_lists(&mut self) {
        let lists = [
            ("environment templates", "ListEnvironmentTemplates", "templates"),
            ("service templates", "ListServiceTemplates", "templates"),
            ("environments", "ListEnvironments", "environments"),
            ("services", "ListServices", "services"),
            ("instances", "ListServiceInstances", "serviceInstances"),
            ("components", "ListComponents", "components"),
            ("repositories", "ListRepositories", "repositories"),
        ];
        for (what, operation, member) in lists {
            let items = self.list(operation, json!({"maxResults": 2}), member).await;
            let name = |item: &Value| match item["serviceName"].as_str().filter(|_| what == "instances") {
                Some(service) => format!("{service}/{}", text(item, "name")),
                None => text(item, "name").to_owned(),
            };
            self.see(what, items.iter().map(name).collect::<Vec<_>>().join(", "));
        }
    }

    async fn look_at_templates(&mut self, kind: Kind) {
        let (names, operations, member) = match kind {
            Kind::Environment => (
                &ENVIRONMENT_TEMPLATES[..],
                [
                    "GetEnvironmentTemplate",
                    "ListEnvironmentTemplateVersions",
                    "GetEnvironmentTemplateVersion",
                ],
                "environmentTemplate",
            ),
            Kind::Service => (
                &SERVICE_TEMPLATES[..],
                ["GetServiceTemplate", "ListServiceTemplateVersions", "GetServiceTemplateVersion"],
                "serviceTemplate",
            ),
        };
        let [get, list, get_version] = operations;
        for name in names {
            let Some(body) = self.read(get, json!({"name": name})).await else { continue };
            self.see(format!("{} template {name}", kind.word()), text(&body[member], "recommendedVersion"));
            for major in 1..9_u64 {
                let input = json!({"templateName": name, "majorVersion": major.to_string()});
                let mut paged = input.clone();
                paged["maxResults"] = 2.into();
                for listed in self.list(list, paged, "templateVersions").await {
                    let minor = text(&listed, "minorVersion");
                    let mut input = input.clone();
                    input["minorVersion"] = minor.into();
                    let body = self.read(get_version, input).await.expect("it was listed");
                    let status = text(&body[format!("{member}Version")], "status");
                    self.see(format!("{} template {name} {major}.{minor}", kind.word()), status);
                    let number = (major, minor.parse().expect("a number"));
                    self.versions.push(Thing::Version(kind, name, number));
                }
            }
        }
    }

    /// What was provisioned: by each pair of operations the names of it.
    async fn provisioned(&mut self, [outputs, resources]: [&'static str; 2], input: Value) -> String {
        let outputs = self.list(outputs, input.clone(), "outputs").await;
        let resources = self.list(resources, input, "provisionedResources").await;
        let outputs = outputs.iter().map(|output| text(output, "key"));
        let names = outputs.chain(resources.iter().map(|resource| text(resource, "name")));
        names.collect::<Vec<_>>().join(" ")
    }

    async fn look_at_environments(&mut self) {
        for name in ENVIRONMENTS {
            let Some(body) = self.read("GetEnvironment", json!({"name": name})).await else { continue };
            let operations = ["ListEnvironmentOutputs", "ListEnvironmentProvisionedResources"];
            let provisioned = self.provisioned(operations, json!({"environmentName": name})).await;
            let it = &body["environment"];
            let connection = text(it, "environmentAccountConnectionId");
            let number = self.known.connections.iter().position(|(_, id)| id == connection);
            self.see(
                format!("environment {name}"),
                format!("{} {} by {number:?}: {provisioned}", text(it, "deploymentStatus"), version(it)),
            );
        }
    }

    async fn look_at_services(&mut self) {
        for name in SERVICES {
            let Some(body) = self.read("GetService", json!({"name": name})).await else { continue };
            self.see(format!("service {name}"), text(&body["service"], "status"));
            let pipeline = &body["service"]["pipeline"];
            if !pipeline.is_null() {
                let operations = ["ListServicePipelineOutputs", "ListServicePipelineProvisionedResources"];
                let provisioned = self.provisioned(operations, json!({"serviceName": name})).await;
                self.see(
                    format!("pipeline {name}"),
                    format!("{} {}: {provisioned}", text(pipeline, "deploymentStatus"), version(pipeline)),
                );
            }
            for instance in INSTANCES {
                self.look_at_instance(name, instance).await;
            }
        }
    }

    async fn look_at_instance(&mut self, service: &str, name: &str) {
        let input = json!({"serviceName": service, "name": name});
        let Some(body) = self.read("GetServiceInstance", input).await else { return };
        let operations = ["ListServiceInstanceOutputs", "ListServiceInstanceProvisionedResources"];
        let input = json!({"serviceName": service, "serviceInstanceName": name});
        let provisioned = self.provisioned(operations, input).await;
        let it = &body["serviceInstance"];
        let (status, environment) = (text(it, "deploymentStatus"), text(it, "environmentName"));
        self.see(
            format!("instance {service}/{name}"),
            format!("{status} {} in {environment}: {provisioned}", version(it)),
        );
    }

    async fn look_at_components(&mut self) {
        for name in COMPONENTS {
            let Some(body) = self.read("GetComponent", json!({"name": name})).await else { continue };
            let operations = ["ListComponentOutputs", "ListComponentProvisionedResources"];
            let provisioned = self.provisioned(operations, json!({"componentName": name})).await;
            let it = &body["component"];
            let attached = format!("{}/{}", text(it, "serviceName"), text(it, "serviceInstanceName"));
            self.see(
                format!("component {name}"),
                format!("{} {attached}: {provisioned}", text(it, "deploymentStatus")),
            );
        }
    }

    async fn look_at_connections(&mut self) {
        for (number, (_, id)) in self.known.connections.iter().enumerate() {
            let found = self.read("GetEnvironmentAccountConnection", json!({"id": id})).await;
            if let Some(body) = found {
                let it = &body["environmentAccountConnection"];
                let line = format!("{} for {}", text(it, "status"), text(it, "environmentName"));
                self.see(format!("connection {number}"), line);
            }
        }
        let (operation, member) = ("ListEnvironmentAccountConnections", "environmentAccountConnections");
        let input = json!({"requestedBy": "MANAGEMENT_ACCOUNT", "maxResults": 2});
        let listed = self.list(operation, input, member).await;
        let number = |it: &Value| self.known.connections.iter().position(|(_, id)| id == text(it, "id"));
        let numbers: Vec<usize> = listed.iter().filter_map(number).collect();
        self.see("connections", format!("{numbers:?}"));
    }

    async fn look_at_repositories(&mut self) {
        for name in REPOSITORIES {
            let input = json!({"provider": "GITHUB", "name": name});
            let Some(body) = self.read("GetRepository", input).await else { continue };
            let connection = text(&body["repository"], "connectionArn");
            let number = connection.rsplit('/').next().unwrap_or_default().to_owned();
            let mut parents = Vec::new();
            for sync_type in ["TEMPLATE_SYNC", "SERVICE_SYNC"] {
                let input =
                    json!({"repositoryProvider": "GITHUB", "repositoryName": name, "syncType": sync_type});
                let listed =
                    self.list("ListRepositorySyncDefinitions", input.clone(), "syncDefinitions").await;
                parents.extend(listed.iter().map(|it| text(it, "parent").to_owned()));
                let mut input = input;
                input["branch"] = "main".into();
                self.read("GetRepositorySyncStatus", input).await.expect("it is linked");
            }
            self.see(format!("repository {name}"), format!("{number} for {}", parents.join(", ")));
        }
    }

    async fn look_at_syncs(&mut self) {
        for name in ENVIRONMENT_TEMPLATES {
            let (_, input) = Subject::Template(name).call("Get", None);
            if let Some(body) = self.read("GetTemplateSyncConfig", input.clone()).await {
                self.see(format!("sync {name}"), text(&body["templateSyncConfig"], "repositoryName"));
            }
            let mut input = input;
            input["templateVersion"] = "1".into();
            if self.read("GetTemplateSyncStatus", input).await.is_some() {
                self.see(format!("sync status {name}"), "");
            }
        }
        for name in SERVICES {
            let (_, input) = Subject::Service(name).call("Get", None);
            if let Some(body) = self.read("GetServiceSyncConfig", input.clone()).await {
                self.see(format!("sync {name}"), text(&body["serviceSyncConfig"], "repositoryName"));
            }
            self.look_at_blockers(name, None).await;
            for instance in INSTANCES {
                let input = json!({"serviceName": name, "serviceInstanceName": instance});
                if self.read("GetServiceInstanceSyncStatus", input).await.is_some() {
                    self.see(format!("sync status {name}/{instance}"), "");
                }
                self.look_at_blockers(name, Some(instance)).await;
            }
        }
    }

    async fn look_at_blockers(&mut self, service: &str, instance: Option<&str>) {
        let mut input = json!({"serviceName": service});
        if let Some(instance) = instance {
            input["serviceInstanceName"] = instance.into();
        }
        let Some(body) = self.read("GetServiceSyncBlockerSummary", input).await else { return };
        let blockers = body["serviceSyncBlockerSummary"]["latestBlockers"].as_array();
        let statuses: Vec<_> = blockers.into_iter().flatten().map(|it| text(it, "status")).collect();
        self.see(format!("blockers {service}/{}", instance.unwrap_or_default()), statuses.join(", "));
    }

    async fn look_at_account(&mut self) {
        let body = self.read("GetAccountSettings", json!({})).await.expect("there always are some");
        let it = &body["accountSettings"];
        let role = !text(it, "pipelineServiceRoleArn").is_empty();
        let repository = text(&it["pipelineProvisioningRepository"], "name");
        self.see("settings", format!("{role} {repository}"));
        let body = self.read("GetResourcesSummary", json!({})).await.expect("there always is one");
        for (kind, counts) in body["counts"].as_object().expect("an object") {
            let of = |member: &str| counts[member].as_i64().unwrap_or_default();
            let members = ["total", "failed", "upToDate", "behindMinor", "behindMajor"];
            self.see(format!("count of {kind}"), format!("{:?}", members.map(of)));
        }
    }

    async fn look_at_tags(&mut self) {
        for thing in self.things() {
            let input = json!({"resourceArn": self.known.arn(thing)});
            let tags = self.list("ListTagsForResource", input, "tags").await;
            let own = tags.iter().filter(|tag| !text(tag, "key").starts_with("aws:"));
            let own: Vec<_> = own.map(|tag| format!("{}={}", text(tag, "key"), text(tag, "value"))).collect();
            if !own.is_empty() {
                self.see(format!("tags of {thing:?}"), own.join(" "));
            }
        }
    }

    /// Everything that might carry tags.
    fn things(&self) -> Vec<Thing> {
        let mut things = self.versions.clone();
        for (kind, names) in
            [(Kind::Environment, &ENVIRONMENT_TEMPLATES[..]), (Kind::Service, &SERVICE_TEMPLATES)]
        {
            things.extend(names.iter().map(|name| Thing::Template(kind, name)));
        }
        things.extend(ENVIRONMENTS.map(Thing::Environment));
        things.extend(SERVICES.map(Thing::Service));
        things
            .extend(SERVICES.iter().flat_map(|service| INSTANCES.map(|name| Thing::Instance(service, name))));
        things.extend(COMPONENTS.map(Thing::Component));
        things.extend(REPOSITORIES.map(Thing::Repository));
        things.extend((0..self.known.connections.len()).map(Thing::Connection));
        things
    }

    async fn look_at_deployments(&mut self) {
        let listed = self.list("ListDeployments", json!({"maxResults": 20}), "deployments").await;
        for target in targets() {
            let of_it = listed.iter().filter(|it| text(it, "targetArn") == target.arn());
            let statuses: Vec<_> = of_it.clone().map(|it| text(it, "deploymentStatus")).collect();
            if let Some(latest) = of_it.clone().next() {
                let body =
                    self.read("GetDeployment", json!({"id": latest["id"]})).await.expect("it was listed");
                assert_eq!(text(&body["deployment"], "deploymentStatus"), statuses[0]);
                self.see(format!("deployments of {target:?}"), statuses.join(", "));
            }
        }
    }
}

/// All that may have deployments.
pub(super) fn targets() -> Vec<Target> {
    let mut targets: Vec<_> = ENVIRONMENTS.map(Target::Environment).into();
    targets.extend(SERVICES.iter().flat_map(|service| INSTANCES.map(|name| Target::Instance(service, name))));
    targets.extend(SERVICES.map(Target::Pipeline));
    targets.extend(COMPONENTS.map(Target::Component));
    targets
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn version(value: &Value) -> String {
    format!("{}.{}", text(value, "templateMajorVersion"), text(value, "templateMinorVersion"))
}
