//! Every list in pages of one: each entry once, whatever happens between the pages; and a token continues the list that it
//! was made for, for those who may read that, and nothing else.

use protium_domain::template::TemplateKind;
use protium_testkit::{TestApp, records};
use serde_json::{Value, json};

use super::{call, event, ok, send};

const ARN: &str = "arn:aws:proton:eu-west-1:111122223333:";

/// A list: its operation, its input, the member with its entries, and an input with another filter, if there is one.
struct List(&'static str, Value, &'static str, Option<Value>);

fn lists() -> Vec<List> {
    let none = || json!({});
    let beta = json!({"resourceArn": format!("{ARN}environment/beta")});
    let gamma = json!({"resourceArn": format!("{ARN}environment/gamma")});
    let filter = json!({"environmentTemplates": [{"templateName": "net", "majorVersion": "1"}]});
    let versions = json!({"templateName": "net"});
    let minors = json!({"templateName": "net", "majorVersion": "1"});
    let shop = json!({"serviceName": "shop"});
    let by = |side: &str| json!({"requestedBy": side});
    vec![
        List("ListComponents", none(), "components", Some(json!({"environmentName": "beta"}))),
        List("ListDeployments", none(), "deployments", Some(json!({"environmentName": "beta"}))),
        List(
            "ListEnvironmentAccountConnections",
            by("MANAGEMENT_ACCOUNT"),
            "environmentAccountConnections",
            Some(by("ENVIRONMENT_ACCOUNT")),
        ),
        List("ListEnvironmentTemplateVersions", versions.clone(), "templateVersions", Some(minors.clone())),
        List("ListEnvironmentTemplates", none(), "templates", None),
        List("ListEnvironments", none(), "environments", Some(filter)),
        List("ListRepositories", none(), "repositories", None),
        List("ListServiceInstances", none(), "serviceInstances", Some(shop)),
        List("ListServiceTemplateVersions", versions, "templateVersions", Some(minors)),
        List("ListServiceTemplates", none(), "templates", None),
        List("ListServices", none(), "services", None),
        List("ListTagsForResource", beta, "tags", Some(gamma)),
    ]
}

/// A world in which each list has at least three entries.
async fn world() -> TestApp {
    let test = TestApp::new();
    for kind in [TemplateKind::Environment, TemplateKind::Service] {
        for name in ["net", "web", "job"] {
            test.template_published(kind, name);
        }
    }
    for (environment, service) in [("alpha", "cart"), ("beta", "shop"), ("gamma", "mail")] {
        test.environment_succeeded(environment, "net", &[]);
        test.service_active(service, "one", environment, "web");
        test.seed(records::component_succeeded(service, environment, None, test.id(), test.now()));
        let name = format!("acme/{service}");
        let connection = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1";
        let link = json!({"provider": "GITHUB", "name": name, "connectionArn": connection});
        ok(&test, "CreateRepository", link).await;
        let lend = json!({
            "environmentName": environment, "managementAccountId": "111122223333", "roleArn": records::ROLE_ARN,
        });
        ok(&test, "CreateEnvironmentAccountConnection", lend).await;
        for kind in ["Environment", "Service"] {
            let mut version =
                json!({"templateName": "net", "source": {"s3": {"bucket": "uploads", "key": "a.tar.gz"}}});
            if kind == "Service" {
                version["compatibleEnvironmentTemplates"] =
                    json!([{"templateName": "net", "majorVersion": "1"}]);
            }
            ok(&test, &format!("Create{kind}TemplateVersion"), version).await;
        }
        test.advance(std::time::Duration::from_secs(1));
    }
    for environment in ["beta", "gamma"] {
        let tags = json!([{"key": "a", "value": "b"}, {"key": "c", "value": "d"}]);
        let arn = format!("{ARN}environment/{environment}");
        ok(&test, "TagResource", json!({"resourceArn": arn, "tags": tags})).await;
    }
    test
}

fn with(input: &Value, more: Value) -> Value {
    let mut input = input.clone();
    let more = more.as_object().cloned().unwrap_or_default();
    input.as_object_mut().expect("an object").extend(more);
    input
}

async fn first_token(test: &TestApp, List(operation, input, member, _): &List) -> Value {
    let page = ok(test, operation, with(input, json!({"maxResults": 1}))).await;
    assert_eq!(page[member].as_array().map(Vec::len), Some(1), "{operation}: {page}");
    assert!(page["nextToken"].is_string(), "{operation}: {page}");
    page["nextToken"].clone()
}

async fn assert_refused(test: &TestApp, operation: &str, input: Value, why: &str) {
    let answer = call(test, operation, input).await;
    let message = answer.body["message"].as_str().unwrap_or_default();
    assert_eq!(answer.kind, "ValidationException", "{operation} {why}: {}", answer.body);
    assert!(message.contains("nextToken"), "{operation} {why}: {message}");
}

#[tokio::test]
async fn pages_of_one_make_the_whole_list() {
    let test = world().await;
    for List(operation, input, member, _) in lists() {
        let whole = ok(&test, operation, input.clone()).await;
        assert!(whole[member].as_array().is_some_and(|all| all.len() >= 3), "{operation}: {whole}");
        let (mut entries, mut token) = (Vec::new(), Value::Null);
        loop {
            let page = ok(&test, operation, with(&input, json!({"maxResults": 1, "nextToken": token}))).await;
            entries.extend(page[member].as_array().into_iter().flatten().cloned());
            match page.get("nextToken") {
                Some(next) => token = next.clone(),
                None => break,
            }
        }
        assert_eq!(json!(entries), whole[member], "{operation}");
    }
}

#[tokio::test]
async fn a_token_serves_its_own_list_alone() {
    let test = world().await;
    let lists = lists();
    for list in &lists {
        let List(operation, input, _, other) = list;
        let token = first_token(&test, list).await;
        for List(stranger, theirs, ..) in lists.iter().filter(|List(stranger, ..)| stranger != operation) {
            assert_refused(&test, stranger, with(theirs, json!({"nextToken": token})), operation).await;
        }
        if let Some(other) = other {
            assert_refused(&test, operation, with(other, json!({"nextToken": token})), "another filter")
                .await;
        }
        let text = token.as_str().expect("a text");
        let cut = &text[..text.len() - 4];
        let turned: String = text.chars().rev().collect();
        for damaged in [cut, &turned, "bm9ib2R5J3MgdG9rZW4=", "A", "===="] {
            assert_refused(&test, operation, with(input, json!({"nextToken": damaged})), damaged).await;
        }
    }
}

#[tokio::test]
async fn the_token_of_one_account_shows_nothing_of_it_to_another() {
    let test = world().await;
    let list = List(
        "ListEnvironmentAccountConnections",
        json!({"requestedBy": "MANAGEMENT_ACCOUNT"}),
        "environmentAccountConnections",
        None,
    );
    let token = first_token(&test, &list).await;
    let input = with(&list.1, json!({"nextToken": token}));
    let mut event = event(list.0, &input.to_string());
    event["requestContext"]["authorizer"]["iam"]["userArn"] =
        "arn:aws:sts::111122223333:assumed-role/protium-environment-accounts/222233334444".into();
    let answer = send(&test, event).await;
    let shown = answer.body["environmentAccountConnections"].as_array().map_or(0, Vec::len);
    assert_eq!(shown, 0, "{}", answer.body);
}

#[tokio::test]
async fn what_comes_and_goes_between_pages_moves_nothing_else() {
    let test = world().await;
    let list = List("ListRepositories", json!({}), "repositories", None);
    let token = first_token(&test, &list).await;
    let connection = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/1";
    for name in ["acme/aaa", "acme/zzz"] {
        ok(
            &test,
            "CreateRepository",
            json!({"provider": "GITHUB", "name": name, "connectionArn": connection}),
        )
        .await;
    }
    // The page before ended with this one: the token outlives what it was made of.
    ok(&test, "DeleteRepository", json!({"provider": "GITHUB", "name": "acme/cart"})).await;
    let rest = ok(&test, "ListRepositories", json!({"nextToken": token})).await;
    let names: Vec<_> =
        rest["repositories"].as_array().into_iter().flatten().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["acme/mail", "acme/shop", "acme/zzz"]);
}
