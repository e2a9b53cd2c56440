//! The gate: who gets in, by which policies, and when they change.

use std::sync::Arc;
use std::time::Duration;

use protium_api::gate::{FRESH, Gate, KEPT, Posture};
use protium_app::ports::PortError;
use protium_authorization::ready::Audience;
use protium_authorization::{Accepted, Administrators, PolicyFile};
use protium_domain::tag::Tags;
use protium_domain::template::TemplateKind;
use protium_testkit::{MemoryPolicies, TestApp};
use serde_json::{Value, json};

use super::{Answer, event, send_through};

const ACCOUNT: &str = "111122223333";

/// An installation with a gate in front.
struct Guarded {
    test: TestApp,
    policies: Arc<MemoryPolicies>,
    gate: Gate,
}

impl Guarded {
    fn new(posture: Posture) -> Self {
        let test = TestApp::new();
        test.template_published(TemplateKind::Environment, "net");
        test.template_published(TemplateKind::Service, "web");
        let (mut environment, _) = test.environment_succeeded("beta", "net", &[]);
        environment.tags = Tags::new([("team".to_owned(), "net".to_owned())]).expect("good tags");
        test.seed(environment);
        test.service_active("shop", "one", "beta", "web");
        let policies = Arc::new(MemoryPolicies::default());
        let gate = Gate::new(policies.clone(), posture, test.app.clock.clone());
        Self { test, policies, gate }
    }

    /// Only policies let in.
    fn enforced() -> Self {
        Self::new(Posture::default())
    }

    fn accept(&self, files: Vec<PolicyFile>) {
        let before = self.policies.bytes().map(|bytes| Accepted::read(&bytes).expect("a set"));
        let bytes = Accepted::after(before.as_ref(), files).write().expect("JSON");
        self.policies.seed(bytes);
    }

    fn accept_text(&self, text: &str) {
        self.accept(vec![PolicyFile { name: "test.cedar".to_owned(), text: text.to_owned() }]);
    }

    async fn call(&self, role: &str, operation: &str, input: Value) -> Answer {
        let mut event = event(operation, &input.to_string());
        let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/alice");
        event["requestContext"]["authorizer"]["iam"]["userArn"] = arn.into();
        send_through(&self.gate, &self.test, event).await
    }

    async fn status(&self, role: &str) -> i64 {
        self.call(role, "ListEnvironments", json!({})).await.status
    }

    async fn may(&self, role: &str, operation: &str, input: Value) -> bool {
        let answer = self.call(role, operation, input).await;
        assert!(answer.status == 200 || answer.kind == "AccessDeniedException", "{}", answer.body);
        answer.status == 200
    }
}

#[tokio::test]
async fn without_policies_nobody_gets_in_but_administrators() {
    let arns = [format!("arn:aws:iam::{ACCOUNT}:role/Admin*")];
    let posture = Posture { administrators: Administrators::new(&arns), ..Posture::default() };
    let guarded = Guarded::new(posture);
    assert_eq!(guarded.status("Administrator").await, 200);
    assert_eq!(guarded.policies.asked(), 0, "administrators get in without anything being read");
    let refused = guarded.call("developers", "GetEnvironment", json!({"name": "beta"})).await;
    assert_eq!((refused.status, refused.kind.as_str()), (400, "AccessDeniedException"));
    assert_eq!(
        refused.body["message"],
        "User: arn:aws:sts::111122223333:assumed-role/developers/alice is not authorized to perform: \
         proton:GetEnvironment on resource: arn:aws:proton:eu-west-1:111122223333:environment/beta because no policy \
         allows the proton:GetEnvironment action"
    );
}

#[tokio::test]
async fn an_open_installation_lets_everybody_in_until_there_are_policies() {
    let guarded = Guarded::new(Posture { is_open_without_policies: true, ..Posture::default() });
    assert_eq!(guarded.status("anybody").await, 200);
    guarded.accept(Audience::ALL.map(Audience::ready).to_vec());
    guarded.test.clock.advance(FRESH);
    assert_eq!(guarded.status("anybody").await, 400);
    assert_eq!(guarded.status("protium-readers").await, 200);
}

#[tokio::test]
async fn a_developer_makes_services_and_publishes_nothing() {
    let guarded = Guarded::enforced();
    guarded.accept(Audience::ALL.map(Audience::ready).to_vec());
    let publish =
        json!({"templateName": "web", "majorVersion": "1", "minorVersion": "0", "status": "PUBLISHED"});
    assert!(!guarded.may("protium-developers", "UpdateServiceTemplateVersion", publish.clone()).await);
    assert!(guarded.may("protium-platform-engineers", "UpdateServiceTemplateVersion", publish).await);
    let tag = json!({"resourceArn": "arn:aws:proton:eu-west-1:111122223333:service/shop", "tags": [{"key": "a", "value": "b"}]});
    assert!(guarded.may("protium-developers", "TagResource", tag.clone()).await);
    assert!(!guarded.may("protium-readers", "TagResource", tag).await);
}

#[tokio::test]
async fn policies_are_asked_for_again_after_a_while_and_not_before() {
    let guarded = Guarded::enforced();
    guarded.accept_text("permit (principal, action, resource);");
    assert_eq!(guarded.status("dev").await, 200);
    guarded.accept_text("forbid (principal, action, resource);");
    assert_eq!(guarded.status("dev").await, 200, "within {FRESH:?}");
    assert_eq!(guarded.policies.asked(), 1);
    guarded.test.clock.advance(FRESH);
    assert_eq!(guarded.status("dev").await, 400);
    guarded.test.clock.advance(FRESH);
    assert_eq!(guarded.status("dev").await, 400, "unchanged");
    assert_eq!(guarded.policies.asked(), 3);
}

#[tokio::test]
async fn where_policies_cannot_be_read_nobody_gets_in() {
    let fault = || PortError::Failed { operation: "s3:GetObject", message: "no".to_owned() };
    let guarded = Guarded::new(Posture { is_open_without_policies: true, ..Posture::default() });
    guarded.policies.fail_next(fault());
    assert_eq!(guarded.status("dev").await, 500, "a fault is no absence of policies");
    guarded.accept_text("permit (principal, action, resource);");
    assert_eq!(guarded.status("dev").await, 200);
    guarded.test.clock.advance(FRESH);
    guarded.policies.fail_next(fault());
    assert_eq!(guarded.status("dev").await, 200, "what was read counts for a while");
    guarded.test.clock.advance(KEPT);
    guarded.policies.fail_next(fault());
    assert_eq!(guarded.status("dev").await, 500);
    assert_eq!(guarded.status("dev").await, 200, "S3 is back");
}

#[tokio::test]
async fn what_cannot_be_understood_lets_nobody_in() {
    let guarded = Guarded::new(Posture { is_open_without_policies: true, ..Posture::default() });
    for broken in ["", "{}", r#"{"version": 1, "generation": 1, "files": [{"name": "a", "text": "permit"}]}"#]
    {
        guarded.policies.seed(broken);
        assert_eq!(guarded.status("dev").await, 500, "{broken}");
    }
}

#[tokio::test]
async fn records_are_read_only_where_a_policy_asks_for_them() {
    let guarded = Guarded::enforced();
    guarded.accept_text("permit (principal, action, resource);");
    let get = || guarded.call("dev", "GetEnvironment", json!({"name": "beta"}));
    let reads = async || {
        let before = guarded.test.store.calls().get;
        assert_eq!(get().await.status, 200);
        guarded.test.store.calls().get - before
    };
    let plain = reads().await;
    guarded.accept_text(
        r#"permit (principal, action, resource) when { resource.hasTag("team") && resource.getTag("team") == "net" };"#,
    );
    guarded.test.clock.advance(FRESH);
    assert_eq!(reads().await, plain + 1);
    guarded.accept_text(
        r#"permit (principal, action, resource)
           when { context has "proton:EnvironmentTemplate" && context["proton:EnvironmentTemplate"] like "*/other" };"#,
    );
    guarded.test.clock.advance(FRESH);
    assert_eq!(get().await.status, 400);
}

#[tokio::test]
async fn to_repeat_a_deployment_is_to_deploy_its_resource() {
    let guarded = Guarded::enforced();
    guarded.accept(Audience::ALL.map(Audience::ready).to_vec());
    let id = async |operation: &str, member: &str, input: Value| {
        let found = guarded.call("protium-readers", operation, input).await.body;
        found[member]["lastAttemptedDeploymentId"].clone()
    };
    let environment = id("GetEnvironment", "environment", json!({"name": "beta"})).await;
    let one = json!({"serviceName": "shop", "name": "one"});
    let instance = id("GetServiceInstance", "serviceInstance", one).await;
    let retry = async |id: Value| {
        guarded.call("protium-developers", "RetryDeployment", json!({"deploymentId": id})).await
    };
    let refused = retry(environment).await;
    assert_eq!(refused.kind, "AccessDeniedException");
    assert!(refused.body["message"].as_str().is_some_and(|message| message.contains(":environment/beta")));
    assert_ne!(
        retry(instance).await.kind,
        "AccessDeniedException",
        "it may, though there's nothing to repeat"
    );
}

#[tokio::test]
async fn environment_accounts_need_no_policies() {
    let guarded = Guarded::enforced();
    let mut event = event("ListEnvironmentAccountConnections", r#"{"requestedBy": "ENVIRONMENT_ACCOUNT"}"#);
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/protium-environment-accounts/222233334444");
    event["requestContext"]["authorizer"]["iam"]["userArn"] = arn.into();
    assert_eq!(send_through(&guarded.gate, &guarded.test, event).await.status, 200);
    assert!(FRESH < KEPT && KEPT < Duration::from_secs(300));
}
