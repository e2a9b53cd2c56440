//! Moving an installation with the command line, and what its doctor says.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use aws_sdk_cloudformation::types::Capability;
use aws_sdk_dynamodb::types::PointInTimeRecoverySpecification;
use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType};
use serde_json::Value;
use tokio::process::Command;

use super::installations::installation;
use crate::support::bundle::{Bundle, environment_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;
use crate::support::wait::eventually;

/// The command line, as the build that made this program made it.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a place");
    own.parent().and_then(|deps| deps.parent()).expect("it lies in target/<profile>/deps").join("protium")
}

/// The command line with an operator's credentials for an installation.
fn command(protium: &Protium, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .args(["--stack", &protium.outputs.stack_name])
        .env_remove("AWS_PROFILE")
        .env("AWS_ENDPOINT_URL", &protium.outputs.aws_endpoint)
        .env("AWS_REGION", &protium.outputs.region)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn run(protium: &Protium, arguments: &[&str]) -> Output {
    command(protium, arguments).output().await.expect("the command line is built with the tests")
}

async fn succeed(protium: &Protium, arguments: &[&str]) -> String {
    let output = run(protium, arguments).await;
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// Lets the role of an installation trust several of them; the statement of each, or of none, with its external id.
async fn role_trust(protium: &Protium, owner: &Protium, trusted: &[(&Protium, bool)]) {
    let mut statements = String::new();
    for (one, bound) in trusted {
        let found = protium.cloudformation.describe_stacks().stack_name(&one.outputs.stack_name).send().await;
        let stack = found.expect("it is installed").stacks.unwrap_or_default().remove(0);
        let output = |key: &str| {
            let output = stack.outputs().iter().find(|output| output.output_key() == Some(key));
            output.and_then(|output| output.output_value()).expect("an output").to_owned()
        };
        let principal = output("ProvisioningPrincipalArn");
        statements.push_str(&format!(
            "          - Effect: Allow\n            Action: sts:AssumeRole\n            Principal: {{AWS: '{principal}'}}\n"
        ));
        if *bound {
            let id = output("ExternalId");
            statements.push_str(&format!(
                "            Condition: {{StringEquals: {{'sts:ExternalId': '{id}'}}}}\n"
            ));
        }
    }
    let name = format!("{}-role", owner.outputs.stack_name);
    let template = format!(
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: {name}\n      Path: /protium/\n      \
         AssumeRolePolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n{statements}      Policies:\n        \
         - PolicyName: all\n          PolicyDocument:\n            Version: '2012-10-17'\n            Statement: [{{Effect: \
         Allow, Action: '*', Resource: '*'}}]\n"
    );
    let update = protium.cloudformation.update_stack().stack_name(&name).template_body(template);
    update.capabilities(Capability::CapabilityNamedIam).send().await.expect("the role's stack is updated");
    eventually("the role", async || match protium.stack_status(&name).await.as_deref() {
        Some("UPDATE_COMPLETE") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

#[test]
fn an_installation_moves_and_its_stacks_are_managed_from_the_new_place() {
    with_protium(async |protium| {
        let old = installation(protium, &unique("old")).await;
        let new = installation(protium, &unique("new")).await;
        let template = old.environment_template(&Bundle::environment()).await;
        let svc_template = old.service_template(&template, &Bundle::service()).await;
        let environment = old.environment(&template, "label: first").await;
        let service = old.service(&svc_template, &[("only", &environment, "label: x")]).await;
        let before = old.environment_deployed(&environment).await;
        let topic = old.environment_output(&environment, "TopicArn").await.expect("an output");
        let environment_stack = protium.stack_of(&before.arn).await;

        let file = protium.directory.join(format!("{}.tar.gz", unique("export")));
        let path = file.to_str().expect("a plain path");
        let told = succeed(&old, &["export", "--to", path, "--wait", "2"]).await;
        assert!(told.contains("environments") && told.contains("template versions"), "{told}");
        let again = run(&old, &["export", "--to", path]).await;
        assert_eq!(again.status.code(), Some(2), "what is there is not written over: {}", text(&again));

        succeed(&new, &["import", "--from", path, "--check"]).await;
        assert!(new.proton.get_environment().name(&environment).send().await.is_err(), "it was only checked");
        // Cut wherever it is by then, and repeated.
        let mut cut = command(&new, &["import", "--from", path]);
        let mut cut = cut.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        tokio::time::sleep(Duration::from_millis(400)).await;
        let _ = cut.kill().await;
        succeed(&new, &["import", "--from", path]).await;
        let twice = succeed(&new, &["import", "--from", path]).await;
        assert!(twice.contains("nothing to do"), "{twice}");
        let refused = run(&old, &["import", "--from", path]).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused).contains("not empty"), "{}", text(&refused));

        role_trust(protium, &old, &[(&new, true)]).await;
        let after = new.environment_deployed(&environment).await;
        assert_eq!((after.spec, after.created_at), (before.spec, before.created_at));
        assert_eq!(new.environment_output(&environment, "TopicArn").await.as_ref(), Some(&topic));
        let history =
            new.proton.list_deployments().environment_name(&environment).send().await.expect("history");
        assert!(!history.deployments.is_empty());
        let summary =
            new.proton.get_resources_summary().send().await.expect("a summary").counts.expect("counts");
        assert_eq!(summary.environments.expect("they are counted").total, 1);
        assert_eq!(summary.service_instances.expect("they are counted").total, 1);

        let update = new.proton.update_environment().name(&environment);
        let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
        update.spec(environment_spec("label: moved")).send().await.expect("the new one updates it");
        let updated = new.environment_deployed(&environment).await;
        assert_eq!(updated.deployment_status, DeploymentStatus::Succeeded);
        assert_eq!(new.environment_output(&environment, "Label").await.as_deref(), Some("moved"));
        assert_eq!(new.environment_output(&environment, "TopicArn").await, Some(topic), "the same stack");
        let another = new.environment(&template, "label: after the move").await;

        new.proton.delete_service().name(&service).send().await.expect("accepted");
        new.service_gone(&service).await;
        for name in [&environment, &another] {
            new.proton.delete_environment().name(name).send().await.expect("accepted");
            new.environment_gone(name).await;
        }
        let status = protium.stack_status(environment_stack.stack_id().expect("it has an ARN")).await;
        assert!(matches!(status.as_deref(), None | Some("DELETE_COMPLETE")), "{status:?}");
    });
}

/// The findings that are errors, as `area: message`.
async fn errors(protium: &Protium) -> Vec<String> {
    let arguments = ["doctor", "--output", "json", "--endpoint-url", &protium.outputs.api_endpoint];
    let output = run(protium, &arguments).await;
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let findings = document["findings"].as_array().expect("a list").iter();
    let errors: Vec<String> = findings
        .filter(|finding| finding["severity"] == "error")
        .inspect(|finding| assert!(finding["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{finding}"))
        .map(|finding| {
            format!("{}: {}", finding["area"].as_str().unwrap(), finding["message"].as_str().unwrap())
        })
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(!errors.is_empty())));
    errors
}

/// The name in AWS of a resource of an installation's stack.
async fn resource(protium: &Protium, name: &str) -> String {
    let describe = protium.cloudformation.describe_stack_resource().stack_name(&protium.outputs.stack_name);
    let found = describe.logical_resource_id(name).send().await.expect("it is in the template");
    let detail = found.stack_resource_detail.expect("it is made");
    detail.physical_resource_id.expect("it has a name")
}

#[test]
fn the_doctor_names_what_is_wrong_and_nothing_else() {
    with_protium(async |protium| {
        let one = installation(protium, &unique("patient")).await;
        let template = one.environment_template(&Bundle::environment()).await;
        one.environment(&template, "label: x").await;
        // The local AWS makes tables without what the template asks for.
        let found = errors(&one).await;
        assert!(found.len() == 1 && found[0] == "table: point-in-time recovery is off", "{found:?}");
        let recovery =
            PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
        let mend = protium.dynamodb.update_continuous_backups().table_name(&one.outputs.table);
        let mend = mend.point_in_time_recovery_specification(recovery.expect("complete"));
        mend.send().await.expect("the fix that it names");
        assert_eq!(errors(&one).await, Vec::<String>::new());

        let events = aws_sdk_eventbridge::Client::new(protium.cloud.config());
        let rule = resource(&one, "UploadRule").await;
        let rule = rule.rsplit(['/', '|']).next().unwrap_or(&rule).to_owned();
        events.disable_rule().name(&rule).send().await.expect("disabled");
        let found = errors(&one).await;
        assert!(found.len() == 1 && found[0].contains("UploadRule"), "{found:?}");
        events.enable_rule().name(&rule).send().await.expect("enabled");

        let queue = resource(&one, "EventDeadLetters").await;
        let sqs = protium.cloud.sqs();
        sqs.send_message().queue_url(&queue).message_body("lost").send().await.expect("sent");
        let found = errors(&one).await;
        assert!(
            found.len() == 1 && found[0].starts_with("dead letters: EventDeadLetters has 1"),
            "{found:?}"
        );
        sqs.purge_queue().queue_url(&queue).send().await.expect("purged");

        role_trust(protium, &one, &[(&one, false)]).await;
        let found = errors(&one).await;
        assert!(found.len() == 1 && found[0].contains("without asking for its external id"), "{found:?}");
        role_trust(protium, &one, &[(protium, true)]).await;
        let found = errors(&one).await;
        assert!(found.len() == 1 && found[0].contains("doesn't trust this installation"), "{found:?}");
        role_trust(protium, &one, &[(&one, true)]).await;
        assert_eq!(errors(&one).await, Vec::<String>::new());

        let nothing = run(&one, &["doctor", "--region", "eu-west-3"]).await;
        assert_eq!(nothing.status.code(), Some(1));
        assert!(text(&nothing).contains("--stack"), "{}", text(&nothing));
    });
}
