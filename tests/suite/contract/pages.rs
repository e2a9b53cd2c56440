//! Lists in pages: behaviour 13.

use serde_json::{Value, json};

use crate::support::bundle::Bundle;
use crate::support::http::Request;
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;

impl Protium {
    async fn raw(&self, operation: &str, input: &Value) -> Value {
        let answer = Request::operation(&self.outputs.proton_endpoint, operation, input).send().await;
        assert_eq!(answer.status, 200, "{operation} {input}: {answer:?}");
        answer.body
    }

    /// All items of a list, read in pages of `size`; a page may be shorter, but only the last goes without a token.
    async fn pages(&self, operation: &str, input: &Value, member: &str, size: usize) -> Vec<Value> {
        let mut input = input.clone();
        input["maxResults"] = size.into();
        let mut items = Vec::new();
        loop {
            let page = self.raw(operation, &input).await;
            let found =
                page[member].as_array().unwrap_or_else(|| panic!("{operation} without {member}: {page}"));
            assert!(found.len() <= size, "{operation} gives {} items of at most {size}", found.len());
            items.extend(found.clone());
            match page.get("nextToken") {
                None => return items,
                Some(token) => {
                    let text = token.as_str().expect("a token is text");
                    let opaque = |letter: char| letter.is_ascii_alphanumeric() || "+/=".contains(letter);
                    assert!(text.chars().all(opaque), "{operation}: the token '{text}' isn't Base64");
                    input["nextToken"] = token.clone();
                }
            }
        }
    }

    /// Checks that a list gives the same items in small pages and in one, in its order, each once.
    async fn check_pages(&self, operation: &str, input: &Value, member: &str, expected: &[&str], key: &str) {
        let items = self.pages(operation, input, member, 2).await;
        let keys: Vec<&str> = items.iter().filter_map(|item| item[key].as_str()).collect();
        let found: Vec<&str> = keys.iter().copied().filter(|key| expected.contains(key)).collect();
        assert_eq!(found, expected, "{operation}: {keys:?}");
    }
}

#[test]
fn lists_give_every_item_once_and_in_order_over_any_number_of_pages() {
    with_protium(async |protium| {
        let prefix = unique("pages");
        let names: Vec<String> = (0..5).map(|number| format!("{prefix}-{number}")).collect();
        let expected: Vec<&str> = names.iter().map(String::as_str).collect();
        // Made in another order than they are listed in.
        for name in names.iter().rev() {
            protium.raw("CreateEnvironmentTemplate", &json!({"name": name})).await;
            let service = json!({"name": name, "pipelineProvisioning": "CUSTOMER_MANAGED"});
            protium.raw("CreateServiceTemplate", &service).await;
        }
        protium.check_pages("ListEnvironmentTemplates", &json!({}), "templates", &expected, "name").await;
        protium.check_pages("ListServiceTemplates", &json!({}), "templates", &expected, "name").await;
    });
}

#[test]
fn versions_are_listed_from_the_newest_by_majors_or_by_minors() {
    with_protium(async |protium| {
        let template = unique("versions");
        protium.raw("CreateEnvironmentTemplate", &json!({"name": template})).await;
        for _ in 0..3 {
            protium.environment_version(&template, None, &Bundle::environment()).await;
        }
        for _ in 0..2 {
            protium.environment_version(&template, Some("1"), &Bundle::environment()).await;
        }
        let list = "ListEnvironmentTemplateVersions";
        let input = json!({"templateName": template});
        protium.check_pages(list, &input, "templateVersions", &["3", "2", "1"], "majorVersion").await;
        let input = json!({"templateName": template, "majorVersion": "1"});
        protium.check_pages(list, &input, "templateVersions", &["2", "1", "0"], "minorVersion").await;
    });
}

#[test]
fn deployments_instances_services_and_environments_are_listed_in_pages() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "label: first").await;
        for label in ["second", "third"] {
            let update = protium.proton.update_environment().name(&environment);
            let update = update.deployment_type(aws_sdk_proton::types::DeploymentUpdateType::CurrentVersion);
            let spec = crate::support::bundle::environment_spec(&format!("label: {label}"));
            update.spec(spec).send().await.expect("update accepted");
            protium.environment_deployed(&environment).await;
        }
        let input = json!({"environmentName": environment});
        let deployments = protium.pages("ListDeployments", &input, "deployments", 1).await;
        assert_eq!(deployments.len(), 3, "{deployments:?}");
        let begun: Vec<f64> = deployments.iter().filter_map(|item| item["createdAt"].as_f64()).collect();
        assert!(begun.is_sorted_by(|newer, older| newer >= older), "the newest comes first: {begun:?}");

        let svc_template = protium.service_template(&env_template, &Bundle::service()).await;
        let instances: Vec<(&str, &str, &str)> =
            ["a", "b", "c"].map(|name| (name, environment.as_str(), "")).to_vec();
        let service = protium.service(&svc_template, &instances).await;
        let input = json!({"serviceName": service});
        protium
            .check_pages("ListServiceInstances", &input, "serviceInstances", &["a", "b", "c"], "name")
            .await;
        protium.check_pages("ListServices", &json!({}), "services", &[&service], "name").await;
        protium.check_pages("ListEnvironments", &json!({}), "environments", &[&environment], "name").await;

        let filter = json!({"environmentTemplates": [{"templateName": env_template, "majorVersion": "1"}]});
        let found = protium.pages("ListEnvironments", &filter, "environments", 1).await;
        assert_eq!(found.len(), 1, "{found:?}");
    });
}

#[test]
fn tags_are_listed_in_pages() {
    with_protium(async |protium| {
        let name = unique("tagged");
        let tags: Vec<Value> = ["a", "b", "c"].iter().map(|key| json!({"key": key, "value": "v"})).collect();
        protium.raw("CreateEnvironmentTemplate", &json!({"name": name, "tags": tags})).await;
        let input = json!({"resourceArn": protium.arn(&format!("environment-template/{name}"))});
        protium.check_pages("ListTagsForResource", &input, "tags", &["a", "b", "c"], "key").await;
    });
}

#[test]
fn a_token_serves_the_operation_that_gave_it_and_no_other() {
    with_protium(async |protium| {
        for _ in 0..2 {
            protium.raw("CreateEnvironmentTemplate", &json!({"name": unique("token")})).await;
        }
        let page = protium.raw("ListEnvironmentTemplates", &json!({"maxResults": 1})).await;
        let token = page["nextToken"].clone();
        assert!(token.is_string(), "{page}");
        for (operation, token) in
            [("ListServiceTemplates", token), ("ListEnvironmentTemplates", json!("bm9ib2R5J3MgdG9rZW4="))]
        {
            let request = json!({"nextToken": token});
            let answer =
                Request::operation(&protium.outputs.proton_endpoint, operation, &request).send().await;
            assert_eq!(
                (answer.status, answer.code()),
                (400, "ValidationException"),
                "{operation}: {answer:?}"
            );
            assert!(answer.message().contains("nextToken"), "{answer:?}");
        }
    });
}

#[test]
fn a_page_holds_between_1_and_100_items() {
    with_protium(async |protium| {
        for size in [0, 101, -1] {
            let request = json!({"maxResults": size});
            let answer =
                Request::operation(&protium.outputs.proton_endpoint, "ListServices", &request).send().await;
            assert_eq!(answer.code(), "ValidationException", "{size}: {answer:?}");
            assert!(answer.message().contains("maxResults"), "{answer:?}");
        }
    });
}
