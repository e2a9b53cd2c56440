//! One right call of each operation that this release carries out.

use protium_testkit::{SequentialIds, TestApp, records};
use protium_wire::{Interface, Operation};
use serde_json::{Value, json};

const SPEC: &str = "proton: EnvironmentSpec\nspec:\n  size: large\n";
pub(crate) const SERVICE_SPEC: &str =
    "proton: ServiceSpec\ninstances:\n  - name: one\n    environment: beta\n    spec:\n      size: small\n";
const TWO_INSTANCES: &str = "proton: ServiceSpec\ninstances:\n  - name: one\n    environment: beta\n    spec:\n      \
                             size: small\n  - name: two\n    environment: beta\n    spec:\n      size: small\n";
/// Numbers of the ids of a sync blocker and of a failed deployment.
pub(crate) const BLOCKER: u64 = 9_001;
pub(crate) const FAILED: u64 = 9_002;
const MANIFEST: &str = "infrastructure:\n  templates:\n    - file: queue.yaml\n      rendering_engine: jinja\n      \
                        template_language: cloudformation\n";

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Account {
    /// The installation's own account.
    Own,
    /// An environment account.
    Other,
}

/// An operation and its input.
pub(crate) struct Call {
    pub operation: &'static str,
    /// What is special about it.
    pub note: &'static str,
    pub input: Value,
    pub account: Account,
    /// What is called before, unmeasured.
    before: Vec<Call>,
    /// Where the answer of the last call before has the `id` of the input.
    id: Option<&'static str>,
}

fn call(operation: &'static str, input: Value) -> Call {
    Call { operation, note: "", input, account: Account::Own, before: Vec::new(), id: None }
}

impl Call {
    fn after(mut self, operation: &'static str, input: Value) -> Self {
        self.before.push(call(operation, input));
        self
    }

    fn by(self, account: Account) -> Self {
        Self { account, ..self }
    }

    /// Calls what comes before; the call and its whole input.
    pub(crate) async fn prepared(&self, test: &TestApp) -> (&Self, Value) {
        let (mut input, mut last) = (self.input.clone(), Value::Null);
        for before in &self.before {
            (_, _, last) = crate::measured(test, before, &before.input).await;
        }
        if let Some(id) = self.id {
            input["id"] = last.pointer(id).cloned().unwrap_or_default();
        }
        (self, input)
    }

    /// The header that names the operation.
    pub(crate) fn target(&self) -> String {
        let operation = Operation::ALL.iter().find(|operation| operation.name() == self.operation);
        let interface = operation.map(|operation| operation.description().interface);
        format!("{}.{}", interface.map_or("", Interface::target_prefix), self.operation)
    }
}

/// The operations that have no call here.
pub(crate) fn unmeasured() -> Vec<&'static str> {
    let calls = all();
    let measured = |operation: &Operation| calls.iter().any(|call| call.operation == operation.name());
    Operation::ALL.iter().filter(|operation| !measured(operation)).map(|operation| operation.name()).collect()
}

/// All operations.
pub(crate) fn all() -> Vec<Call> {
    let mut calls = templates("Environment", &json!({}));
    let compatible =
        json!({"compatibleEnvironmentTemplates": [{"templateName": "net", "majorVersion": "1"}]});
    calls.extend(templates("Service", &compatible));
    calls.extend(environments());
    calls.extend(services());
    calls.extend(instances());
    calls.extend(pipelines());
    calls.extend(components());
    calls.extend(connections());
    calls.extend(repositories());
    calls.extend(template_syncs());
    calls.extend(service_syncs());
    calls.extend(own());
    calls.extend(deployments_and_others());
    calls
}

/// Reads of instances whose cost must not grow with their number.
pub(crate) fn instance_lists() -> Vec<Call> {
    let list = |note: &'static str, filter: Value| Call { note, ..call("ListServiceInstances", filter) };
    vec![
        list("no filter", json!({"maxResults": 100})),
        list("of a service", json!({"serviceName": "svc-00007", "maxResults": 5})),
        list(
            "in an environment",
            json!({"filters": [{"key": "environmentName", "value": "env-3"}], "maxResults": 50}),
        ),
        Call { note: "one page", ..call("ListServices", json!({"maxResults": 50})) },
    ]
}

fn merged(mut input: Value, more: &Value) -> Value {
    if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
        input.extend(more.clone());
    }
    input
}

/// The operations of templates of one kind, which differ in their names and in what a version needs.
fn templates(kind: &str, version: &Value) -> Vec<Call> {
    let name = |name: &str| -> &'static str {
        let names: &[&'static str] =
            if kind == "Service" { &SERVICE_TEMPLATES } else { &ENVIRONMENT_TEMPLATES };
        names.iter().find(|found| found.replace(kind, "") == name).copied().unwrap_or_default()
    };
    let used = if kind == "Service" { "web" } else { "net" };
    let number = |minor: &str| json!({"templateName": "spare", "majorVersion": "1", "minorVersion": minor});
    let source = json!({"templateName": used, "source": {"s3": {"bucket": "uploads", "key": "a.tar.gz"}}});
    vec![
        call(
            name("CreateTemplate"),
            json!({"name": "new", "description": "d", "tags": [{"key": "a", "value": "b"}]}),
        ),
        call(name("GetTemplate"), json!({"name": used})),
        call(name("ListTemplates"), json!({})),
        call(name("UpdateTemplate"), json!({"name": used, "description": "e"})),
        call(name("DeleteTemplate"), json!({"name": "unused"})),
        call(name("CreateTemplateVersion"), merged(source, version)),
        call(name("GetTemplateVersion"), number("0")),
        call(name("ListTemplateVersions"), json!({"templateName": "spare"})),
        call(name("UpdateTemplateVersion"), merged(number("1"), &json!({"status": "PUBLISHED"}))),
        call(name("DeleteTemplateVersion"), number("1")),
    ]
}

const ENVIRONMENT_TEMPLATES: [&str; 10] = [
    "CreateEnvironmentTemplate",
    "GetEnvironmentTemplate",
    "ListEnvironmentTemplates",
    "UpdateEnvironmentTemplate",
    "DeleteEnvironmentTemplate",
    "CreateEnvironmentTemplateVersion",
    "GetEnvironmentTemplateVersion",
    "ListEnvironmentTemplateVersions",
    "UpdateEnvironmentTemplateVersion",
    "DeleteEnvironmentTemplateVersion",
];
const SERVICE_TEMPLATES: [&str; 10] = [
    "CreateServiceTemplate",
    "GetServiceTemplate",
    "ListServiceTemplates",
    "UpdateServiceTemplate",
    "DeleteServiceTemplate",
    "CreateServiceTemplateVersion",
    "GetServiceTemplateVersion",
    "ListServiceTemplateVersions",
    "UpdateServiceTemplateVersion",
    "DeleteServiceTemplateVersion",
];

fn environment_new() -> Value {
    json!({
        "name": "new", "templateName": "net", "templateMajorVersion": "1", "spec": SPEC,
        "protonServiceRoleArn": records::ROLE_ARN, "tags": [{"key": "team", "value": "a"}],
    })
}

fn environment_update() -> Value {
    json!({"name": "beta", "deploymentType": "CURRENT_VERSION", "spec": SPEC})
}

fn environments() -> Vec<Call> {
    vec![
        call("CreateEnvironment", environment_new()),
        call("GetEnvironment", json!({"name": "beta"})),
        call("ListEnvironments", json!({})),
        call("UpdateEnvironment", environment_update()),
        call("DeleteEnvironment", json!({"name": "empty"})),
        call("ListEnvironmentOutputs", json!({"environmentName": "beta"})),
        call("ListEnvironmentProvisionedResources", json!({"environmentName": "beta"})),
        call("CancelEnvironmentDeployment", json!({"environmentName": "beta"}))
            .after("UpdateEnvironment", environment_update()),
    ]
}

fn services() -> Vec<Call> {
    let new = json!({
        "name": "new", "templateName": "web", "templateMajorVersion": "1", "spec": SERVICE_SPEC,
    });
    vec![
        call("CreateService", new),
        call("GetService", json!({"name": "shop"})),
        call("ListServices", json!({})),
        call("UpdateService", json!({"name": "idle", "spec": TWO_INSTANCES})),
        call("DeleteService", json!({"name": "idle"})),
    ]
}

fn instances() -> Vec<Call> {
    let one = json!({"serviceName": "shop", "serviceInstanceName": "one"});
    let update = json!({"serviceName": "shop", "name": "one", "deploymentType": "CURRENT_VERSION"});
    vec![
        call("CreateServiceInstance", json!({"serviceName": "shop", "name": "two", "spec": TWO_INSTANCES})),
        call("GetServiceInstance", json!({"serviceName": "shop", "name": "one"})),
        call("ListServiceInstances", json!({"serviceName": "shop"})),
        call("UpdateServiceInstance", update.clone()),
        call("ListServiceInstanceOutputs", one.clone()),
        call("ListServiceInstanceProvisionedResources", one.clone()),
        call("CancelServiceInstanceDeployment", one).after("UpdateServiceInstance", update),
    ]
}

fn pipelines() -> Vec<Call> {
    let piped = json!({"serviceName": "piped"});
    let update = json!({"serviceName": "piped", "spec": SERVICE_SPEC, "deploymentType": "CURRENT_VERSION"});
    vec![
        call("UpdateServicePipeline", update.clone()),
        call("ListServicePipelineOutputs", piped.clone()),
        call("ListServicePipelineProvisionedResources", piped.clone()),
        call("CancelServicePipelineDeployment", piped).after("UpdateServicePipeline", update),
    ]
}

fn components() -> Vec<Call> {
    let new = json!({
        "name": "new", "environmentName": "beta", "templateFile": "Resources: {}", "manifest": MANIFEST,
    });
    let update = json!({
        "name": "loose", "deploymentType": "CURRENT_VERSION", "templateFile": "Resources: {}\n# changed\n",
    });
    let loose = json!({"componentName": "loose"});
    vec![
        call("CreateComponent", new),
        call("GetComponent", json!({"name": "queue"})),
        call("ListComponents", json!({"environmentName": "beta"})),
        call("UpdateComponent", update.clone()),
        call("DeleteComponent", json!({"name": "loose"})),
        call("ListComponentOutputs", loose.clone()),
        call("ListComponentProvisionedResources", loose.clone()),
        call("CancelComponentDeployment", loose).after("UpdateComponent", update),
    ]
}

fn connections() -> Vec<Call> {
    const ROLE: &str = "arn:aws:iam::222233334444:role/protium/provisioning";
    const ID: &str = "/environmentAccountConnection/id";
    let new = || {
        let input =
            json!({"environmentName": "beta", "managementAccountId": "111122223333", "roleArn": ROLE});
        call("CreateEnvironmentAccountConnection", input).by(Account::Other)
    };
    let existing = |operation: &'static str, account: Account| Call {
        before: vec![new()],
        id: Some(ID),
        ..call(operation, json!({})).by(account)
    };
    let list = json!({"requestedBy": "MANAGEMENT_ACCOUNT"});
    let mut update = existing("UpdateEnvironmentAccountConnection", Account::Other);
    update.input = json!({"roleArn": ROLE});
    vec![
        new(),
        existing("GetEnvironmentAccountConnection", Account::Own),
        Call { before: vec![new()], ..call("ListEnvironmentAccountConnections", list) },
        update,
        existing("AcceptEnvironmentAccountConnection", Account::Own),
        existing("RejectEnvironmentAccountConnection", Account::Own),
        existing("DeleteEnvironmentAccountConnection", Account::Other),
    ]
}

fn repository() -> Value {
    json!({"provider": "GITHUB", "name": "acme/shop"})
}

fn linked() -> (&'static str, Value) {
    const CONNECTION: &str = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1";
    ("CreateRepository", merged(repository(), &json!({"connectionArn": CONNECTION})))
}

/// A call that needs the link to a repository.
fn linked_call(operation: &'static str, input: Value) -> Call {
    let (create, link) = linked();
    call(operation, input).after(create, link)
}

fn repositories() -> Vec<Call> {
    let (create, link) = linked();
    let sync =
        json!({"repositoryName": "acme/shop", "repositoryProvider": "GITHUB", "syncType": "TEMPLATE_SYNC"});
    vec![
        call(create, link),
        linked_call("GetRepository", repository()),
        linked_call("ListRepositories", json!({})),
        linked_call("DeleteRepository", repository()),
        linked_call("ListRepositorySyncDefinitions", sync.clone()),
        linked_call("GetRepositorySyncStatus", merged(sync, &json!({"branch": "main"}))),
    ]
}

fn template_syncs() -> Vec<Call> {
    let template = json!({"templateName": "net", "templateType": "ENVIRONMENT"});
    let branch = json!({"branch": "main", "repositoryName": "acme/shop", "repositoryProvider": "GITHUB"});
    let config = merged(template.clone(), &branch);
    let existing = |operation: &'static str, input: Value| {
        linked_call(operation, input).after("CreateTemplateSyncConfig", config.clone())
    };
    vec![
        linked_call("CreateTemplateSyncConfig", config.clone()),
        existing("GetTemplateSyncConfig", template.clone()),
        existing("UpdateTemplateSyncConfig", merged(config.clone(), &json!({"branch": "release"}))),
        existing("DeleteTemplateSyncConfig", template.clone()),
        existing("GetTemplateSyncStatus", merged(template, &json!({"templateVersion": "1"}))),
    ]
}

fn service_syncs() -> Vec<Call> {
    let shop = json!({"serviceName": "shop"});
    let config = json!({
        "branch": "main", "filePath": "proton-ops.yaml", "repositoryName": "acme/shop",
        "repositoryProvider": "GITHUB", "serviceName": "shop",
    });
    let existing = |operation: &'static str, input: Value| {
        linked_call(operation, input).after("CreateServiceSyncConfig", config.clone())
    };
    let one = merged(shop.clone(), &json!({"serviceInstanceName": "one"}));
    vec![
        linked_call("CreateServiceSyncConfig", config.clone()),
        existing("GetServiceSyncConfig", shop.clone()),
        existing("UpdateServiceSyncConfig", merged(config.clone(), &json!({"branch": "release"}))),
        existing("DeleteServiceSyncConfig", shop.clone()),
        existing("GetServiceInstanceSyncStatus", one),
        call("GetServiceSyncBlockerSummary", shop),
        call(
            "UpdateServiceSyncBlocker",
            json!({"id": SequentialIds::nth(BLOCKER), "resolvedReason": "as intended"}),
        ),
    ]
}

fn own() -> Vec<Call> {
    let empty = "arn:aws:proton:eu-west-1:111122223333:environment/empty";
    vec![
        call("GetRenderedTemplate", json!({"deploymentId": SequentialIds::nth(1)})),
        call("RetryDeployment", json!({"deploymentId": SequentialIds::nth(FAILED)})),
        call("ForceDelete", json!({"resourceArn": empty, "retain": "STACK"})),
    ]
}

fn deployments_and_others() -> Vec<Call> {
    let arn = "arn:aws:proton:eu-west-1:111122223333:environment/beta";
    vec![
        // The first id of a world is that of the deployment of `beta`.
        call("GetDeployment", json!({"id": SequentialIds::nth(1)})),
        call("ListDeployments", json!({"environmentName": "beta"})),
        call("ListTagsForResource", json!({"resourceArn": arn})),
        call("TagResource", json!({"resourceArn": arn, "tags": [{"key": "team", "value": "b"}]})),
        call("UntagResource", json!({"resourceArn": arn, "tagKeys": ["team"]})),
        call("DeleteDeployment", json!({"id": SequentialIds::nth(1)}))
            .after("UpdateEnvironment", environment_update()),
        call("GetResourcesSummary", json!({})),
        call("GetAccountSettings", json!({})),
        call("UpdateAccountSettings", json!({"pipelineServiceRoleArn": records::ROLE_ARN})),
    ]
}
