//! What operators see: one trace from the request to the stack, a record of every call, and no secrets.

use serde_json::{Value, json};

use crate::support::bundle::{Bundle, environment_spec};
use crate::support::http::Request;
use crate::support::protium::{Protium, with_protium};
use crate::support::refusal::refused;
use crate::support::unique;
use crate::support::wait::eventually;

impl Protium {
    /// The entries of a function's journal that hold `text` and that `matches` accepts, once there are any: a function is
    /// done before its log is written.
    async fn entries(&self, function: &str, text: &str, matches: impl Fn(&Value) -> bool) -> Vec<Value> {
        eventually(&format!("{function} about {text}"), async || {
            let told = self.journal(function, text).await;
            let found: Vec<_> = told.iter().filter(|entry| matches(entry)).cloned().collect();
            if found.is_empty() { Err(format!("{told:?}")) } else { Ok(found) }
        })
        .await
    }

    /// The one entry of a function's journal that holds `text` and that `matches` accepts.
    async fn told(&self, function: &str, text: &str, matches: impl Fn(&Value) -> bool) -> Value {
        let mut found = self.entries(function, text, matches).await;
        assert_eq!(found.len(), 1, "{function} about {text}: {found:?}");
        found.pop().expect("one")
    }

    /// The one record of the audit log about a resource.
    async fn audited(&self, arn: &str) -> Value {
        let group = self.stack_output("AuditLogGroupName").await;
        let record = eventually("the record in the audit log", async || {
            let lines = self.log(&group, Some(arn)).await;
            match lines.as_slice() {
                [] => Err("nothing".to_owned()),
                [line] => Ok(line.clone()),
                // EventBridge delivers at least once, as the same event.
                [first, rest @ ..] if rest.iter().all(|line| line == first) => Ok(first.clone()),
                more => panic!("several records: {more:?}"),
            }
        })
        .await;
        serde_json::from_str(&record).expect("a record is JSON")
    }
}

#[test]
fn a_deployment_is_followed_from_the_request_to_the_stack() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "label: any").await;
        let arn = protium.arn(&format!("environment/{name}"));
        let got = protium.proton.get_environment().name(&name).send().await.expect("there");
        let deployment = got.environment.expect("there").last_succeeded_deployment_id.expect("deployed");

        let asked = protium
            .told("api", &arn, |entry| entry["Operation"] == "CreateEnvironment" && entry["audit"] == true)
            .await;
        assert_eq!((&asked["outcome"], &asked["resource"]), (&json!("Success"), &json!(arn)));
        let trace = asked["trace"].as_str().expect("a trace");

        let execution = format!("{deployment}-1");
        protium.entries("publish-status", trace, |entry| entry["executions"] == json!([execution])).await;
        let (stack, region, account) =
            (&protium.outputs.stack_name, &protium.outputs.region, &protium.outputs.account_id);
        let machine = format!("arn:aws:states:{region}:{account}:execution:{stack}-provision");
        let executions = aws_sdk_sfn::Client::new(protium.cloud.config());
        let described =
            executions.describe_execution().execution_arn(format!("{machine}:{execution}")).send().await;
        let input = described.expect("the execution is there").input.unwrap_or_default();
        let input: Value = serde_json::from_str(&input).expect("JSON");
        assert_eq!(input, json!({"deploymentId": deployment, "trace": trace}));

        for step in ["render", "provision-start", "provision-record"] {
            let told = protium.told(step, &deployment, |entry| entry["message"] == "invoked").await;
            assert_eq!((&told["trace"], &told["outcome"]), (&json!(trace), &json!("Success")), "{told}");
        }
        let ended = protium.told("provision-record", trace, |entry| entry["message"] == "deployed").await;
        assert_eq!((&ended["deployment"], &ended["resource"]), (&json!(deployment), &json!(arn)));
        assert_eq!(ended["DeploymentStatus"], "SUCCEEDED");

        let stack = protium.stack_of(&arn).await;
        let tag = stack.tags().iter().find(|tag| tag.key() == Some("protium:trace"));
        assert_eq!(tag.and_then(|tag| tag.value()), Some(trace));
    });
}

#[test]
fn every_call_that_changes_something_is_on_record() {
    with_protium(async |protium| {
        let name = unique("recorded");
        protium.proton.create_environment_template().name(&name).send().await.expect("created");
        let arn = protium.arn(&format!("environment-template/{name}"));
        let asked = protium.told("api", &arn, |entry| entry["audit"] == true).await;
        let is_record = |event: &Value| {
            event["detail-type"] == "Protium API Call" && event["detail"]["resource"] == arn.as_str()
        };
        let record = protium.events.wait_for("the record of the call", is_record).await;
        assert_eq!(record["resources"], json!([arn]));
        let detail = &record["detail"];
        assert_eq!(
            (&detail["operation"], &detail["outcome"]),
            (&json!("CreateEnvironmentTemplate"), &json!("Success"))
        );
        for member in ["caller", "account", "sourceIp", "userAgent", "requestId", "trace"] {
            assert!(detail[member].is_string(), "{member}: {detail}");
            assert_eq!(detail[member], asked[member], "{member}");
        }
        assert!(detail["caller"].as_str().is_some_and(|caller| caller.starts_with("arn:aws:")), "{detail}");

        let filed = protium.audited(&arn).await;
        assert_eq!((&filed["id"], &filed["detail"]), (&record["id"], detail));

        // What is refused changes nothing; the log has it.
        let twice =
            protium.proton.create_environment_template().name(&name).display_name("other").send().await;
        refused(twice).is("ValidationException", &[]);
        let refusal =
            protium.told("api", &arn, |entry| entry["audit"] == true && entry["outcome"] == "Error").await;
        assert_eq!(refusal["ErrorClass"], "ValidationException");
        assert_eq!(protium.events.heard(is_record).len(), 1);
        assert_eq!(protium.audited(&arn).await["id"], record["id"]);
    });
}

/// A secret in everything that people write, on the way through every function, well and badly.
#[test]
fn no_log_has_what_people_write() {
    with_protium(async |protium| {
        let secret = unique("s3cr3t");
        let template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&template, &format!("label: {secret}")).await;
        assert_eq!(protium.environment_output(&environment, "Label").await.as_deref(), Some(secret.as_str()));
        let service = protium.service_template(&template, &Bundle::service()).await;
        protium.service(&service, &[("one", &environment, &format!("label: {secret}"))]).await;

        let failing = protium.environment_template(&Bundle::environment().failing()).await;
        let broken = unique("broken");
        protium.environment_begin(&broken, &failing, &format!("label: {secret}")).await;
        protium.environment_settled(&broken).await;

        for spec in [environment_spec(&format!("unknown: {secret}")), format!("{secret}: [")] {
            let input = json!({
                "name": unique("refused"), "templateName": template, "templateMajorVersion": "1", "spec": spec,
                "protonServiceRoleArn": protium.outputs.provisioning_role_arn, "description": secret,
            });
            let answer = Request::operation(&protium.outputs.proton_endpoint, "CreateEnvironment", &input)
                .send()
                .await;
            assert_eq!(answer.status, 400, "{}", answer.body);
        }

        let groups = protium.log_groups().await;
        assert!(groups.iter().any(|group| group.ends_with("-provision-record")), "{groups:?}");
        for group in groups {
            let lines = protium.log(&group, None).await;
            let leaks: Vec<_> = lines.iter().filter(|line| line.contains(&secret)).collect();
            assert!(leaks.is_empty(), "{group}: {leaks:?}");
        }
    });
}
