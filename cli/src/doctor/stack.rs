//! The stack, who asks, and the endpoint.

use super::{finding::Finding, patient::Patient};
use crate::{
    api::{CallError, Client},
    args::ConnectionArgs,
};
use aws_sdk_cloudformation::types::StackStatus;
use protium_wire::account::GetAccountSettingsInput;

/// Outputs that everything else is found by.
const OUTPUTS: [&str; 8] = [
    "ApiEndpoint",
    "TableName",
    "UploadBucketName",
    "ArtifactBucketName",
    "EventBusName",
    "ProvisioningPrincipalArn",
    "ExternalId",
    "Version",
];

/// The stack: whole, of this release, with all outputs.
pub(super) fn check(patient: &Patient) -> Vec<Finding> {
    const AREA: &str = "stack";
    let name = &patient.installation.stack_name;
    let status = patient.installation.stack.stack_status();
    let reason = patient.installation.stack.stack_status_reason().unwrap_or("no reason is given");
    let mut findings = vec![standing(name, status, reason)];
    for output in OUTPUTS.iter().filter(|output| patient.output(output).is_empty()) {
        let fix = format!("deploy this release over it: cargo xtask deploy --stack-name {name}");
        findings.push(if *output == "Version" {
            Finding::warning(AREA, "it is of an earlier release than this command line", fix)
        } else {
            Finding::error(AREA, format!("the output {output} is missing"), fix)
        });
    }
    findings.extend(release(name, patient.output("Version")));
    findings.extend(caller(patient));
    if !patient.parameter("ImporterArn").is_empty() {
        let message =
            format!("{} may write to the artifact bucket, beside Protium", patient.parameter("ImporterArn"));
        findings.push(Finding::warning(
            AREA,
            message,
            format!("when the import is done:\n{}", patient.set_parameter("ImporterArn", "")),
        ));
    }
    findings
}

fn standing(name: &str, status: Option<&StackStatus>, reason: &str) -> Finding {
    const AREA: &str = "stack";
    let text = status.map_or("without a status", StackStatus::as_str);
    match text {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => {
            Finding::ok(AREA, format!("{name} is {text}"))
        }
        "UPDATE_ROLLBACK_COMPLETE" => Finding::warning(
            AREA,
            format!(
                "{name} is UPDATE_ROLLBACK_COMPLETE: its last update failed, and it is of the release before ({reason})"
            ),
            format!(
                "aws cloudformation describe-stack-events --stack-name {name}\nthen deploy again: cargo xtask deploy --stack-name {name}"
            ),
        ),
        "UPDATE_ROLLBACK_FAILED" => Finding::error(
            AREA,
            format!("{name} is UPDATE_ROLLBACK_FAILED: {reason}"),
            format!("aws cloudformation continue-update-rollback --stack-name {name}"),
        ),
        text if text.ends_with("_IN_PROGRESS") => Finding::warning(
            AREA,
            format!("{name} is {text}"),
            "wait until it is complete, and run protium doctor again",
        ),
        text => Finding::error(
            AREA,
            format!("{name} is {text}: {reason}"),
            format!("aws cloudformation describe-stack-events --stack-name {name}"),
        ),
    }
}

fn release(name: &str, installed: &str) -> Option<Finding> {
    let ours = env!("CARGO_PKG_VERSION");
    match installed {
        "" => None,
        same if same == ours => Some(Finding::ok("stack", format!("release {ours}"))),
        other => Some(Finding::warning(
            "stack",
            format!("it is of release {other}, and this command line of {ours}"),
            format!("use the protium of release {other}, or: cargo xtask deploy --stack-name {name}"),
        )),
    }
}

fn caller(patient: &Patient) -> Option<Finding> {
    let account = &patient.installation.location.account;
    match patient.caller.as_ref() {
        Ok((own, arn)) if own == account => Some(Finding::ok("stack", format!("you are {arn}"))),
        Ok((own, arn)) => Some(Finding::warning(
            "stack",
            format!("you are {arn} of account {own}, and the installation is in {account}"),
            "choose a profile of that account with --profile",
        )),
        Err(why) => Some(Finding::unknown("stack", "who you are", why)),
    }
}

/// The endpoint: whether it answers a signed request.
pub(super) async fn endpoint(patient: Patient, args: ConnectionArgs) -> Vec<Finding> {
    const AREA: &str = "endpoint";
    let client = match Client::connect(&args).await {
        Ok(client) => client,
        Err(error) => {
            return vec![Finding::error(AREA, format!("{error:#}"), "give the endpoint by --endpoint-url")];
        }
    };
    let url = &args.endpoint_url;
    let answer = client.call(&GetAccountSettingsInput {}).await;
    vec![match answer {
        Ok(_) => Finding::ok(AREA, format!("{url} answers")),
        Err(error @ CallError::Refused { status: 403 | 401, .. }) => Finding::warning(
            AREA,
            format!("{url} answers, and refuses you: {error}"),
            format!(
                "let an administrator allow you execute-api:Invoke on arn:{}:execute-api:{}:{}:{}/*/POST/, and \
                 proton:GetAccountSettings where policies are in force",
                patient.installation.location.partition,
                patient.installation.location.region,
                patient.installation.location.account,
                patient.output("ApiId"),
            ),
        ),
        Err(CallError::Refused { message, status, .. }) => Finding::error(
            AREA,
            format!("{url} answers {status}: {message}"),
            format!("aws logs tail /aws/lambda/{}-api --since 10m", patient.installation.stack_name),
        ),
        Err(error) => {
            Finding::error(AREA, error.to_string(), "check the network, or give another --endpoint-url")
        }
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;
    use rstest::rstest;

    #[rstest]
    #[case("CREATE_COMPLETE", Severity::Ok)]
    #[case("UPDATE_COMPLETE", Severity::Ok)]
    #[case("UPDATE_ROLLBACK_COMPLETE", Severity::Warning)]
    #[case("UPDATE_IN_PROGRESS", Severity::Warning)]
    #[case("UPDATE_ROLLBACK_FAILED", Severity::Error)]
    #[case("ROLLBACK_COMPLETE", Severity::Error)]
    #[case("DELETE_FAILED", Severity::Error)]
    fn stacks_are_judged_by_their_status(#[case] status: &str, #[case] expected: Severity) {
        let finding = standing("protium", Some(&StackStatus::from(status)), "because");
        assert_eq!(finding.severity, expected);
        assert!(finding.message.contains(status));
        assert_eq!(finding.fix.is_some(), expected != Severity::Ok);
    }

    #[test]
    fn releases_are_compared() {
        assert_eq!(release("protium", env!("CARGO_PKG_VERSION")).unwrap().severity, Severity::Ok);
        assert_eq!(release("protium", "0.0.1").unwrap().severity, Severity::Warning);
    }

    /// The template says its release, which the functions are built of.
    #[test]
    fn the_template_is_of_this_release() {
        let template = include_str!("../../../infra/protium.yaml");
        assert!(template.contains(&format!("  Version: {{Value: '{}'}}\n", env!("CARGO_PKG_VERSION"))));
    }
}
