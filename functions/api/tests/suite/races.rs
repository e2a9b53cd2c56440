//! Eight callers at once, of what isn't deployed: each create, update and deletion has one winner, the others are told so
//! or answered with what the winner made, and every class is one that the operation declares. What is deployed races in the
//! lifecycle tests of the use cases.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use protium_api::gate::Gate;
use protium_domain::template::TemplateKind;
use protium_testkit::{SequentialIds, TestApp, race, records};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Answer, event, ok, read};

const CALLERS: usize = 8;
const BLOCKER: u64 = 9_001;
const ARN: &str = "arn:aws:proton:eu-west-1:111122223333:";

/// What the others get when one has won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    /// The winner's answer.
    Same,
    /// What they ask for as well, after the winner.
    Theirs,
    /// This class.
    Refused(&'static str),
}

const CONFLICT: Others = Others::Refused("ConflictException");
const NOT_FOUND: Others = Others::Refused("ResourceNotFoundException");

/// With a published environment and service template, an environment with two deployments, a service, and links.
async fn world() -> TestApp {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    test.template_published(TemplateKind::Service, "web");
    test.environment_succeeded("beta", "net", &[]);
    test.service_active("shop", "one", "beta", "web");
    let old = records::environment_succeeded("old", "net", SequentialIds::nth(8_001), test.now());
    test.seed(records::deployment_succeeded(SequentialIds::nth(8_000), old.target(), "net", &[], test.now()));
    test.seed(records::sync_blocker(SequentialIds::nth(BLOCKER), "shop", None, test.now()));
    ok(&test, "CreateEnvironmentTemplate", json!({"name": "empty"})).await;
    ok(&test, "CreateRepository", repository(0)).await;
    ok(
        &test,
        "CreateRepository",
        json!({"provider": "GITHUB", "name": "acme/free", "connectionArn": connection(0)}),
    )
    .await;
    test
}

fn connection(number: usize) -> String {
    format!("arn:aws:codestar-connections:eu-west-1:111122223333:connection/{number}")
}

fn repository(number: usize) -> Value {
    json!({"provider": "GITHUB", "name": "acme/shop", "connectionArn": connection(number)})
}

fn link(name: &str) -> Value {
    json!({"provider": "GITHUB", "name": name})
}

fn template_sync(branch: &str) -> Value {
    json!({
        "templateName": "net", "templateType": "ENVIRONMENT", "branch": branch, "repositoryProvider": "GITHUB",
        "repositoryName": "acme/shop",
    })
}

fn service_sync(branch: &str) -> Value {
    json!({
        "serviceName": "shop", "filePath": "ops.yaml", "branch": branch, "repositoryProvider": "GITHUB",
        "repositoryName": "acme/shop",
    })
}

fn lend(environment: &str) -> Value {
    json!({"environmentName": environment, "managementAccountId": "111122223333", "roleArn": records::ROLE_ARN})
}

fn version() -> Value {
    json!({"templateName": "net", "source": {"s3": {"bucket": "uploads", "key": "a.tar.gz"}}})
}

fn with(mut input: Value, member: &str, value: impl Into<Value>) -> Value {
    input[member] = value.into();
    input
}

/// The answers to eight calls at once.
async fn raced(test: &TestApp, operation: &str, input: impl Fn(usize) -> Value) -> Vec<Answer> {
    raced_by(test, |caller| (operation, input(caller))).await
}

/// The answers to eight calls at once of these operations, in turn.
async fn raced_in_turn(test: &TestApp, operations: &[&str], input: &Value) -> Vec<Answer> {
    raced_by(test, |caller| (operations[caller % operations.len()], input.clone())).await
}

async fn raced_by<'a>(test: &TestApp, call: impl Fn(usize) -> (&'a str, Value)) -> Vec<Answer> {
    let responses = race(test, CALLERS, |app, caller| {
        let (operation, input) = call(caller);
        let event = event(operation, &input.to_string());
        let request: ApiGatewayV2httpRequest =
            serde_json::from_value(event).expect("an event of API Gateway");
        async move {
            let gate = Gate::open(app.clock.clone());
            protium_api::handle(&app, &gate, request).await
        }
    });
    let target = |caller: usize| super::target(call(caller).0);
    let responses = responses.await.into_iter().enumerate();
    responses.map(|(caller, response)| read(&target(caller), response)).collect()
}

/// One has won, and the others got what they should.
fn assert_won(operation: &str, answers: &[Answer], others: Others) {
    let told: Vec<_> = answers.iter().map(|answer| format!("{} {}", answer.kind, answer.body)).collect();
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    match others {
        Others::Theirs => assert_eq!(won, CALLERS, "{operation}: {told:#?}"),
        Others::Same => {
            assert_eq!(won, CALLERS, "{operation}: {told:#?}");
            assert!(answers.iter().all(|answer| answer.body == answers[0].body), "{operation}: {told:#?}");
        }
        Others::Refused(class) => {
            let refused = answers.iter().filter(|answer| answer.kind == class).count();
            assert_eq!((won, refused), (1, CALLERS - 1), "{operation}: {told:#?}");
        }
    }
}

#[rstest]
#[case::template("CreateEnvironmentTemplate", json!({"name": "new"}), Others::Same)]
#[case::service_template("CreateServiceTemplate", json!({"name": "new"}), Others::Same)]
#[case::template_update("UpdateEnvironmentTemplate", json!({"name": "net", "description": "d"}), Others::Theirs)]
#[case::template_delete("DeleteEnvironmentTemplate", json!({"name": "empty"}), Others::Theirs)]
#[case::versions("CreateEnvironmentTemplateVersion", version(), Others::Theirs)]
#[case::version("CreateEnvironmentTemplateVersion", with(version(), "clientToken", "t"), Others::Same)]
#[case::version_import(
    "ImportTemplateVersion",
    with(with(with(version(), "templateType", "ENVIRONMENT"), "majorVersion", "7"), "minorVersion", "7"),
    CONFLICT
)]
#[case::repository("CreateRepository", link_new(), Others::Same)]
#[case::repository_delete("DeleteRepository", link("acme/free"), NOT_FOUND)]
#[case::template_sync("CreateTemplateSyncConfig", template_sync("main"), CONFLICT)]
#[case::service_sync("CreateServiceSyncConfig", service_sync("main"), CONFLICT)]
#[case::connection("CreateEnvironmentAccountConnection", lend("beta"), CONFLICT)]
#[case::connection_by_token(
    "CreateEnvironmentAccountConnection",
    with(lend("beta"), "clientToken", "t"),
    Others::Same
)]
#[case::blocker(
    "UpdateServiceSyncBlocker", json!({"id": SequentialIds::nth(BLOCKER), "resolvedReason": "r"}), CONFLICT
)]
#[case::history("DeleteDeployment", json!({"id": SequentialIds::nth(8_000)}), NOT_FOUND)]
#[case::settings("UpdateAccountSettings", json!({"pipelineServiceRoleArn": records::ROLE_ARN}), Others::Same)]
#[case::tags(
    "TagResource",
    json!({"resourceArn": format!("{ARN}environment/beta"), "tags": [{"key": "a", "value": "b"}]}),
    Others::Same
)]
#[case::policy(
    "PutUpdatePolicy", json!({"resourceArn": format!("{ARN}environment/beta"), "mode": "PINNED"}), Others::Same
)]
#[case::policy_delete(
    "DeleteUpdatePolicy", json!({"resourceArn": format!("{ARN}environment/beta")}), Others::Same
)]
#[case::untagged(
    "UntagResource", json!({"resourceArn": format!("{ARN}environment/beta"), "tagKeys": ["a"]}), Others::Same
)]
#[case::forced(
    "ForceDelete", json!({"resourceArn": format!("{ARN}service/shop"), "retain": "STACK"}), Others::Theirs
)]
#[tokio::test]
async fn of_eight_that_ask_for_the_same_one_wins(
    #[case] operation: &str,
    #[case] input: Value,
    #[case] others: Others,
) {
    let test = world().await;
    let answers = raced(&test, operation, |_| input.clone()).await;
    assert_won(operation, &answers, others);
}

fn link_new() -> Value {
    json!({"provider": "GITHUB", "name": "acme/new", "connectionArn": connection(0)})
}

#[rstest]
#[case::template("CreateEnvironmentTemplate", |n| json!({"name": "new", "description": format!("by {n}")}), "ValidationException")]
#[case::service_template("CreateServiceTemplate", |n| json!({"name": "new", "description": format!("by {n}")}), "ValidationException")]
#[case::repository("CreateRepository", |n| with(link_new(), "connectionArn", connection(n)), "ConflictException")]
#[case::version("CreateEnvironmentTemplateVersion", |n| with(with(version(), "clientToken", "t"), "description", format!("by {n}")), "ValidationException")]
#[tokio::test]
async fn of_eight_that_differ_in_a_word_one_wins(
    #[case] operation: &str,
    #[case] input: fn(usize) -> Value,
    #[case] class: &'static str,
) {
    let test = world().await;
    let answers = raced(&test, operation, input).await;
    assert_won(operation, &answers, Others::Refused(class));
}

#[rstest]
#[case::template_sync(
    "CreateTemplateSyncConfig",
    template_sync("main"),
    "UpdateTemplateSyncConfig",
    template_sync("other"),
    Others::Same
)]
#[case::template_sync_delete(
    "CreateTemplateSyncConfig", template_sync("main"), "DeleteTemplateSyncConfig",
    json!({"templateName": "net", "templateType": "ENVIRONMENT"}), NOT_FOUND
)]
#[case::service_sync(
    "CreateServiceSyncConfig",
    service_sync("main"),
    "UpdateServiceSyncConfig",
    service_sync("other"),
    Others::Same
)]
#[case::service_sync_delete(
    "CreateServiceSyncConfig", service_sync("main"), "DeleteServiceSyncConfig", json!({"serviceName": "shop"}), NOT_FOUND
)]
#[tokio::test]
async fn what_was_made_is_changed_and_deleted_by_eight(
    #[case] before: &str,
    #[case] made: Value,
    #[case] operation: &str,
    #[case] input: Value,
    #[case] others: Others,
) {
    let test = world().await;
    ok(&test, before, made).await;
    let answers = raced(&test, operation, |_| input.clone()).await;
    assert_won(operation, &answers, others);
}

#[rstest]
#[case::accepted("AcceptEnvironmentAccountConnection", "CONNECTED")]
#[case::rejected("RejectEnvironmentAccountConnection", "REJECTED")]
#[case::deleted("DeleteEnvironmentAccountConnection", "")]
#[tokio::test]
async fn a_connection_is_decided_once(#[case] operation: &str, #[case] status: &str) {
    let test = world().await;
    let made = ok(&test, "CreateEnvironmentAccountConnection", lend("beta")).await;
    let id = json!({"id": made["environmentAccountConnection"]["id"]});
    for answer in raced(&test, operation, |_| id.clone()).await {
        assert!(
            answer.status == 200 || answer.kind == "ConflictException",
            "{}: {}",
            answer.kind,
            answer.body
        );
    }
    let got = super::call(&test, "GetEnvironmentAccountConnection", id).await;
    let found = got.body["environmentAccountConnection"]["status"].as_str().unwrap_or_default();
    assert_eq!(found, status, "{}", got.body);
}

/// Who accepts and who rejects decide about the same connection: a rejection is final, so it is what stays, once.
#[tokio::test]
async fn a_connection_that_is_accepted_and_rejected_at_once_is_rejected() {
    let test = world().await;
    let made = ok(&test, "CreateEnvironmentAccountConnection", lend("beta")).await;
    let id = json!({"id": made["environmentAccountConnection"]["id"]});
    let operations = ["AcceptEnvironmentAccountConnection", "RejectEnvironmentAccountConnection"];
    let answers = raced_in_turn(&test, &operations, &id).await;
    let won = |operation: usize| {
        answers.iter().skip(operation).step_by(2).filter(|answer| answer.status == 200).count()
    };
    assert!(won(0) <= 1 && won(1) == 1, "{} accepted, {} rejected", won(0), won(1));
    let refused = answers.iter().filter(|answer| answer.kind == "ConflictException").count();
    assert_eq!(refused, CALLERS - won(0) - won(1));
    let got = ok(&test, "GetEnvironmentAccountConnection", id).await;
    assert_eq!(got["environmentAccountConnection"]["status"], "REJECTED");
}

#[tokio::test]
async fn versions_that_are_made_at_once_have_numbers_of_their_own() {
    let test = world().await;
    let answers = raced(&test, "CreateEnvironmentTemplateVersion", |_| version()).await;
    let number = |answer: &Answer| answer.body["environmentTemplateVersion"]["majorVersion"].to_string();
    let mut numbers: Vec<_> = answers.iter().map(number).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), CALLERS);
}

#[tokio::test]
async fn no_tag_is_lost() {
    let test = world().await;
    let arn = format!("{ARN}environment/beta");
    let answers = raced(
        &test,
        "TagResource",
        |caller| json!({"resourceArn": arn, "tags": [{"key": format!("k{caller}"), "value": "v"}]}),
    );
    assert_won("TagResource", &answers.await, Others::Same);
    let listed = ok(&test, "ListTagsForResource", json!({"resourceArn": arn})).await;
    let own = listed["tags"].as_array().into_iter().flatten().filter(|tag| tag["value"] == "v");
    assert_eq!(own.count(), CALLERS, "{listed}");
}
