//! The samples of emitted events have the form of those that come.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::support::bundle::{Bundle, piped_spec};
use crate::support::http::Request;
use crate::support::protium::with_protium;
use crate::support::unique;

/// The paths of all members, with the JSON type of each leaf. The event bus orders members at will.
fn shape(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                shape(member, &format!("{path}/{name}"), paths);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| shape(item, &format!("{path}[]"), paths)),
        Value::String(_) => drop(paths.insert(format!("{path} text"))),
        Value::Number(_) => drop(paths.insert(format!("{path} number"))),
        Value::Bool(_) => drop(paths.insert(format!("{path} boolean"))),
        Value::Null => drop(paths.insert(format!("{path} null"))),
    }
}

fn shape_of(event: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    shape(event, "", &mut paths);
    paths
}

#[test]
fn samples_of_emitted_events_have_the_form_of_those_that_come() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&template, "").await;
        let svc_template = protium.service_template(&template, &Bundle::service()).await;
        protium.service(&svc_template, &[("only", &environment, "")]).await;
        let piped = protium.piped_template(&template, &Bundle::piped_service()).await;
        let name = unique("piped");
        protium.piped_begin(&name, &piped, &piped_spec("", &[("only", &environment, "")])).await;
        protium.service_settled(&name).await;
        protium.component(&environment, "Resources: {}").await;
        let lend = protium.proton.create_environment_account_connection().environment_name(unique("lent"));
        let lend = lend.management_account_id(&protium.outputs.account_id);
        let lent = lend.role_arn(&protium.outputs.provisioning_role_arn).send().await.expect("requested");
        let id = lent.environment_account_connection.expect("the connection").id;
        protium.proton.accept_environment_account_connection().id(id).send().await.expect("pending");
        let key = format!("publish/environment/{}/v1/a.tar.gz", unique("sampled"));
        protium.upload(&key, b"garbage".to_vec()).await;
        protium.policy_put("sampled.cedar", "permit (principal, action, resource)\nwhen { nonsense };").await;

        // Somebody is behind, and is brought along.
        protium.environment_version(&template, Some("1"), &Bundle::environment()).await;
        protium.environment_version_publish(&template, "1", "1").await;
        let start = json!({"templateName": template, "name": "sampled", "clientToken": unique("sampled")});
        let start =
            Request::operation(&protium.outputs.proton_endpoint, "StartFleetUpdate", &start).send().await;
        assert_eq!(start.status, 200, "{start:?}");

        let mut seen = 0;
        for entry in fs::read_dir(protium.workspace.root.join("events-samples/emitted")).expect("samples") {
            let file = entry.expect("an entry").path();
            let sample: Value = serde_json::from_slice(&fs::read(&file).expect("readable")).expect("JSON");
            let kind = sample["detail-type"].as_str().expect("a detail-type").to_owned();
            let names_resource = sample["detail"].get("resource").is_some();
            // Fleet updates of other tests may have no name.
            let is_ours = |event: &Value| {
                let template_named = event["detail"].get("templateName");
                !kind.starts_with("Protium ") || template_named.is_none_or(|name| name == template.as_str())
            };
            let has_previous = sample["detail"].get("previousStatus").is_some();
            let event = protium
                .events
                .wait_for(&kind, |event| {
                    event["detail-type"] == kind.as_str()
                        && event["detail"].get("previousStatus").is_some() == has_previous
                        && event["detail"].get("resource").is_some() == names_resource
                        && is_ours(event)
                })
                .await;
            assert_eq!(shape_of(&event), shape_of(&sample), "{}", file.display());
            seen += 1;
        }
        assert_eq!(seen, 17, "one sample for each detail-type");
    });
}
