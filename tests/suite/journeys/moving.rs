//! Moving an installation with the command line.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use aws_sdk_cloudformation::types::Capability;
use aws_sdk_proton::types::{DeploymentStatus, DeploymentUpdateType};
use tokio::process::Command;

use super::installations::installation;
use crate::support::bundle::{Bundle, environment_spec};
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;
use crate::support::wait::eventually;

/// The command line, as the build that made this program made it.
pub(super) fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a place");
    own.parent().and_then(|deps| deps.parent()).expect("it lies in target/<profile>/deps").join("protium")
}

/// The command line with an operator's credentials for an installation.
pub(super) fn command(protium: &Protium, arguments: &[&str]) -> Command {
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

/// What it said, on standard output and standard error.
pub(super) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command to its end, whatever that is.
pub(super) async fn run(protium: &Protium, arguments: &[&str]) -> Output {
    command(protium, arguments).output().await.expect("the command line is built with the tests")
}

/// What a command that ends well says, on standard output and standard error.
pub(super) async fn succeed(protium: &Protium, arguments: &[&str]) -> String {
    let output = run(protium, arguments).await;
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// Lets the role of an installation trust several of them; the statement of each, or of none, with its external id.
pub(super) async fn role_trust(protium: &Protium, owner: &Protium, trusted: &[(&Protium, bool)]) {
    let mut statements = String::new();
    for (one, bound) in trusted {
        let principal = one.stack_output("ProvisioningPrincipalArn").await;
        statements.push_str(&format!(
            "          - Effect: Allow\n            Action: sts:AssumeRole\n            Principal: {{AWS: '{principal}'}}\n"
        ));
        if *bound {
            let id = one.stack_output("ExternalId").await;
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
