//! What the doctor of an installation says: nothing of what is well, and of what isn't, what it is and how to mend it.

use std::collections::BTreeMap;
use std::fs;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::{Capability, Parameter};
use aws_sdk_dynamodb::types::PointInTimeRecoverySpecification;
use serde_json::{Value, json};
use tokio::process::Command;

use super::installations::{installation, installation_with};
use super::moving::{command, role_trust, run, text};
use crate::support::bundle::Bundle;
use crate::support::people::{account, policy, session};
use crate::support::protium::{Protium, with_protium};
use crate::support::unique;
use crate::support::wait::eventually;

/// The findings of an examination. Whatever is wrong has a fix, and the exit code tells whether there are errors.
async fn findings(mut doctor: Command) -> Vec<Value> {
    let output = doctor.output().await.expect("the command line is built with the tests");
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let findings = document["findings"].as_array().expect("a list").clone();
    for finding in findings.iter().filter(|finding| finding["severity"] != "ok") {
        assert!(finding["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{finding}");
    }
    let bad = findings.iter().any(|finding| finding["severity"] == "error");
    assert_eq!(output.status.code(), Some(i32::from(bad)), "{findings:?}");
    findings
}

/// An examination, as JSON.
fn doctor(protium: &Protium) -> Command {
    command(protium, &["doctor", "--output", "json", "--endpoint-url", &protium.outputs.api_endpoint])
}

/// Those that are errors, as `area: message`.
fn wrong(findings: &[Value]) -> Vec<String> {
    let text = |finding: &Value, member: &str| finding[member].as_str().expect("a text").to_owned();
    let errors = findings.iter().filter(|finding| finding["severity"] == "error");
    errors.map(|finding| format!("{}: {}", text(finding, "area"), text(finding, "message"))).collect()
}

async fn errors(protium: &Protium) -> Vec<String> {
    wrong(&findings(doctor(protium)).await)
}

/// The local AWS makes tables without the recovery that the template asks for.
async fn recovery_on(protium: &Protium) {
    let recovery = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
    let mend = protium.dynamodb.update_continuous_backups().table_name(&protium.outputs.table);
    let mend = mend.point_in_time_recovery_specification(recovery.expect("complete"));
    mend.send().await.expect("the fix that the doctor names");
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
        recovery_on(&one).await;
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

/// An environment account that took part as the documentation says, and how it looks at itself.
struct EnvironmentAccount {
    number: &'static str,
    sdk: SdkConfig,
    role: String,
}

impl EnvironmentAccount {
    /// Deploys `infra/environment-account.yaml` there, asks for a connection, and has it accepted.
    async fn connected(one: &Protium, number: &'static str) -> Self {
        let sdk = account(one.cloud.config(), number);
        let cloudformation = aws_sdk_cloudformation::Client::new(&sdk);
        let template = fs::read_to_string(one.workspace.root.join("infra/environment-account.yaml"));
        let mut create = cloudformation
            .create_stack()
            .stack_name("protium-account")
            .template_body(template.expect("it is there"))
            .capabilities(Capability::CapabilityIam);
        let parameter =
            |key: &str, value: &str| Parameter::builder().parameter_key(key).parameter_value(value).build();
        for key in ["ProvisioningPrincipalArn", "ExternalId", "InboundEventBusArn"] {
            create = create.parameters(parameter(key, &one.stack_output(key).await));
        }
        let create =
            create.parameters(parameter("PolicyArns", "arn:aws:iam::aws:policy/AmazonSNSFullAccess"));
        create.send().await.expect("it is asked for");
        let role = eventually("the stack of the environment account", async || {
            let described = cloudformation.describe_stacks().stack_name("protium-account").send().await;
            let stack = described.map_err(|error| format!("{error:?}"))?.stacks.unwrap_or_default().remove(0);
            let role =
                stack.outputs().iter().find(|output| output.output_key() == Some("ProvisioningRoleArn"));
            let role = role.and_then(|output| output.output_value()).map(str::to_owned);
            role.ok_or_else(|| format!("{:?}", stack.stack_status()))
        })
        .await;

        let given = session(&sdk, &one.stack_output("EnvironmentAccountRoleArn").await, number).await;
        let config = aws_sdk_proton::config::Builder::from(&sdk)
            .endpoint_url(&one.outputs.proton_endpoint)
            .credentials_provider(given);
        let theirs = aws_sdk_proton::Client::from_conf(config.build());
        let ask = theirs.create_environment_account_connection().environment_name(unique("elsewhere"));
        let ask = ask.management_account_id(&one.outputs.account_id).role_arn(&role);
        let asked = ask.send().await.expect("it asks").environment_account_connection.expect("there it is");
        let accept = one.proton.accept_environment_account_connection().id(asked.id);
        accept.send().await.expect("it is accepted");
        Self { number, sdk, role }
    }

    fn role_name(&self) -> &str {
        self.role.rsplit('/').next().expect("ARNs of roles have a slash")
    }

    /// The rules of the account that lead to an installation.
    async fn rules(&self, one: &Protium) -> Vec<String> {
        let events = aws_sdk_eventbridge::Client::new(&self.sdk);
        let list =
            events.list_rule_names_by_target().target_arn(one.stack_output("InboundEventBusArn").await);
        list.send().await.expect("they are listed").rule_names.unwrap_or_default()
    }

    /// The policy document in the command that mends a role, which has to say in whose account it is to be run.
    fn document(&self, finding: &Value) -> String {
        let fix = finding["fix"].as_str().expect("a fix");
        assert!(fix.starts_with(&format!("in account {}: aws iam ", self.number)), "{fix}");
        assert!(fix.contains(&format!("--role-name {} ", self.role_name())), "{fix}");
        let mut quoted = fix.split('\'');
        quoted.nth(1).unwrap_or_else(|| panic!("no document: {fix}")).to_owned()
    }
}

/// The one error that there is, which names these.
#[track_caller]
fn only(findings: &[Value], names: &[&str]) -> Value {
    let errors: Vec<_> = findings.iter().filter(|finding| finding["severity"] == "error").collect();
    assert_eq!(errors.len(), 1, "{:?}", wrong(findings));
    let message = errors[0]["message"].as_str().expect("a text");
    assert!(names.iter().all(|name| message.contains(name)), "{names:?} in {message}");
    errors[0].clone()
}

#[test]
fn the_doctor_looks_into_environment_accounts() {
    with_protium(async |protium| {
        let number = "444444444444";
        let parameters = BTreeMap::from([("EnvironmentAccountIds".to_owned(), number.to_owned())]);
        let one = installation_with(protium, &unique("patient"), parameters).await;
        recovery_on(&one).await;
        let there = EnvironmentAccount::connected(&one, number).await;
        // The doctor's own credentials are in the environment, those for the other account in a profile.
        let profiles = protium.directory.join(unique("profiles"));
        let profile = format!("[profile team]\naws_access_key_id = {number}\naws_secret_access_key = test\n");
        fs::write(&profiles, profile).expect("it is written");
        let examine = || {
            let mut doctor = doctor(&one);
            doctor.args(["--environment-profile", "team"]).env("AWS_CONFIG_FILE", &profiles);
            findings(doctor)
        };

        // Without a way in, what lies there is left out, and said.
        let outside = findings(doctor(&one)).await;
        assert_eq!(wrong(&outside), Vec::<String>::new());
        let way_in = format!("give a profile of account {number} by --environment-profile");
        let left_out = |found: &[Value]| {
            let of_it =
                |finding: &&Value| finding["severity"] == "skipped" && finding["fix"] == way_in.as_str();
            found.iter().filter(of_it).map(|finding| finding["area"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(left_out(&outside), ["roles", "environment accounts"]);

        let sound = examine().await;
        assert_eq!(wrong(&sound), Vec::<String>::new());
        assert_eq!(left_out(&sound), [""; 0], "{sound:?}");
        for told in [
            "may send its stack events",
            "forwards its stack events",
            "trusts this installation",
            "may look after stacks",
        ] {
            let about = |it: &Value| {
                it["message"].as_str().is_some_and(|it| it.contains(number) && it.contains(told))
            };
            assert!(sound.iter().any(about), "{told}: {sound:?}");
        }

        let iam = aws_sdk_iam::Client::new(&there.sdk);
        let trust = json!({
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": one.stack_output("ProvisioningPrincipalArn").await},
        });
        let update = |document: String| {
            iam.update_assume_role_policy().role_name(there.role_name()).policy_document(document).send()
        };
        update(policy(&trust)).await.expect("the external id is gone");
        let found = only(&examine().await, &[&there.role, "without asking for its external id"]);
        update(there.document(&found)).await.expect("the fix that it names");
        assert_eq!(wrong(&examine().await), Vec::<String>::new());

        let may = json!({"Effect": "Allow", "Action": ["cloudformation:*Stack", "cloudformation:*ChangeSet",
            "cloudformation:ContinueUpdateRollback", "cloudformation:ListStackResources"], "Resource": "*"});
        let put = |name: &str, document: String| {
            iam.put_role_policy()
                .role_name(there.role_name())
                .policy_name(name)
                .policy_document(document)
                .send()
        };
        put("stacks", policy(&may)).await.expect("it may describe no stacks");
        let denied = ["cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"];
        let found = only(&examine().await, &[&there.role, denied[0], denied[1]]);
        put("protium-stacks", there.document(&found)).await.expect("the fix that it names");
        assert_eq!(wrong(&examine().await), Vec::<String>::new());

        let events = aws_sdk_eventbridge::Client::new(&there.sdk);
        let rules = there.rules(&one).await;
        let [rule] = rules.as_slice() else { panic!("one rule: {rules:?}") };
        events.disable_rule().name(rule).send().await.expect("disabled");
        let found = only(&examine().await, &[number, rule, "is disabled"]);
        let enable = format!("in account {number}: aws events enable-rule --name {rule}");
        assert!(found["fix"].as_str().is_some_and(|fix| fix.starts_with(&enable)), "{found}");
        events.enable_rule().name(rule).send().await.expect("the fix that it names");
        assert_eq!(wrong(&examine().await), Vec::<String>::new());

        events.remove_targets().rule(rule).ids("protium").send().await.expect("it leads nowhere");
        let found = only(&examine().await, &[number, "forwards no stack events"]);
        let fix = found["fix"].as_str().expect("a fix");
        for named in [number, "infra/environment-account.yaml", &one.stack_output("InboundEventBusArn").await]
        {
            assert!(fix.contains(named), "{fix}");
        }
    });
}
