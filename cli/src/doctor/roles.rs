//! Roles that are provisioned with: allowed, trusting, and able to look after stacks.

use super::{
    finding::Finding,
    patient::Patient,
    trust::{self, Trust},
};
use crate::aws_error::told;
use aws_config::SdkConfig;
use protium_app::{
    PageRequest,
    ports::{Entity, Key, ListQuery, PortError, Store},
    relocation::roles,
};
use protium_domain::{account_connection::ConnectionStatus, provisioning::RoleAllowList};
use std::collections::{BTreeMap, BTreeSet};

const AREA: &str = "roles";

/// What Protium does to stacks with a role, beside what the stack's template asks for.
const STACK_ACTIONS: [&str; 11] = [
    "cloudformation:CreateStack",
    "cloudformation:UpdateStack",
    "cloudformation:DeleteStack",
    "cloudformation:CancelUpdateStack",
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:ListStackResources",
    "cloudformation:CreateChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DeleteChangeSet",
];

/// Every role that an environment, a connection or the settings name.
pub(super) async fn check(patient: Patient) -> Vec<Finding> {
    let users = match users(&patient).await {
        Ok(users) => users,
        Err(why) => return vec![Finding::unknown(AREA, "roles", &why)],
    };
    if users.is_empty() {
        return vec![Finding::ok(AREA, "no environment is provisioned by Protium yet, so no role is in use")];
    }
    let allowed = allowed(&patient);
    let mut findings = Vec::new();
    for (role, users) in &users {
        let used_by = used_by(users);
        if let Err(refused) = allowed.check(role) {
            let mut patterns = patient.parameter_list("ProvisioningRoleArns");
            patterns.push(role.clone());
            let fix = patient.set_parameter("ProvisioningRoleArns", &patterns.join(","));
            findings.push(Finding::error(
                AREA,
                format!("{role} ({used_by}) may not be borrowed: {refused}"),
                fix,
            ));
        }
        findings.extend(examined(&patient, role, &used_by).await);
    }
    findings
}

fn used_by(users: &BTreeSet<String>) -> String {
    match users.len() {
        0 | 1 => users.iter().next().cloned().unwrap_or_default(),
        many => format!("{} and {} more", users.iter().next().cloned().unwrap_or_default(), many - 1),
    }
}

/// Which roles may be borrowed: the stack's parameter, or what it stands for when it is empty.
fn allowed(patient: &Patient) -> RoleAllowList {
    let patterns = patient.parameter_list("ProvisioningRoleArns");
    let all = format!("arn:{}:iam::*:role/protium/*", patient.installation.location.partition);
    RoleAllowList::new(if patterns.is_empty() { vec![all] } else { patterns })
}

async fn users(patient: &Patient) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let store = patient.installation.store().map_err(|error| format!("{error:#}"))?;
    let account = patient.installation.location.account.clone();
    let told = |error: PortError| error.to_string();
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for list in [ListQuery::Environments(Vec::new()), ListQuery::ConnectionsTo(account)] {
        let mut after = None;
        loop {
            let page = store.list(&list, &PageRequest { limit: 100, after }).await.map_err(told)?;
            page.items.iter().for_each(|entity| note_roles(&mut users, entity));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    if let Some(settings) = store.get(&Key::AccountSettings).await.map_err(told)? {
        note_roles(&mut users, &settings);
    }
    Ok(users)
}

fn note_roles(users: &mut BTreeMap<String, BTreeSet<String>>, entity: &Entity) {
    let user = match entity {
        Entity::Environment(it) if it.customer_managed => return,
        Entity::Environment(it) => format!("environment {}", it.name),
        Entity::AccountConnection(it) if it.status() != ConnectionStatus::Connected => return,
        Entity::AccountConnection(it) => format!("the connection of environment {}", it.environment_name),
        _ => "pipelines".to_owned(),
    };
    for role in roles(entity) {
        users.entry(role.to_owned()).or_default().insert(user.clone());
    }
}

/// Where to ask about a role; nothing without credentials for its account.
fn way<'a>(patient: &'a Patient, account: &str) -> Option<&'a SdkConfig> {
    let own = patient.caller.as_ref().as_ref().is_ok_and(|(own, _)| own == account);
    if own { Some(patient.sdk()) } else { patient.accounts.get(account) }
}

async fn examined(patient: &Patient, role: &str, used_by: &str) -> Vec<Finding> {
    let account = role.split(':').nth(4).unwrap_or_default();
    let Some(sdk) = way(patient, account) else {
        let fix = format!("give a profile of account {account} by --environment-profile");
        return vec![Finding::skipped(AREA, format!("{role} ({used_by}) is in another account"), fix)];
    };
    let client = aws_sdk_iam::Client::new(sdk);
    let name = role.rsplit('/').next().unwrap_or_default();
    let found = match client.get_role().role_name(name).send().await {
        Ok(found) => found.role,
        Err(error) if told(&error).contains("NoSuchEntity") => None,
        Err(error) => return vec![Finding::unknown(AREA, role, &told(&error))],
    };
    let Some(found) = found.filter(|found| found.arn() == role) else {
        let fix = "make it again, or name another: aws proton update-environment / update-environment-account-connection";
        return vec![Finding::error(AREA, format!("{role} ({used_by}) is not there"), fix)];
    };
    let policy = percent_decoded(found.assume_role_policy_document().unwrap_or_default());
    let (principal, external_id) = (patient.output("ProvisioningPrincipalArn"), patient.output("ExternalId"));
    let there = patient.there(account);
    let trust = trust::judge(&policy, principal, external_id);
    vec![
        trust_told(role, used_by, &there, &trust, principal, external_id),
        stack_access(&client, patient, role, used_by).await,
    ]
}

fn trust_told(
    role: &str,
    used_by: &str,
    there: &str,
    trust: &Trust,
    principal: &str,
    external_id: &str,
) -> Finding {
    let name = role.rsplit('/').next().unwrap_or_default();
    let fix = format!(
        "{there}aws iam update-assume-role-policy --role-name {name} --policy-document '{}'",
        trust::needed(principal, external_id)
    );
    let what = match trust {
        Trust::Whole => return Finding::ok(AREA, format!("{role} trusts this installation")),
        Trust::WithoutExternalId => {
            "trusts this installation without asking for its external id, so whoever may name a role to Protium could name it"
        }
        Trust::OtherExternalId => {
            "trusts this installation's principal, with another external id than this installation's"
        }
        Trust::DeletedPrincipal => {
            "trusts a principal that was deleted since: Protium was removed and installed again"
        }
        Trust::Absent => "doesn't trust this installation",
        Trust::Unreadable => "has a trust policy that can't be read",
    };
    Finding::error(AREA, format!("{role} ({used_by}) {what}"), fix)
}

/// What IAM says that the role may do to stacks.
async fn stack_access(client: &aws_sdk_iam::Client, patient: &Patient, role: &str, used_by: &str) -> Finding {
    let location = &patient.installation.location;
    let account = role.split(':').nth(4).unwrap_or_default();
    let stacks = format!("arn:{}:cloudformation:{}:{account}:stack/", location.partition, location.region);
    let actions = STACK_ACTIONS.iter().map(|action| (*action).to_owned()).collect();
    let simulate = client.simulate_principal_policy().policy_source_arn(role).set_action_names(Some(actions));
    match simulate.resource_arns(format!("{stacks}AWSProton-x/1")).send().await {
        Ok(found) => {
            let denied = found
                .evaluation_results()
                .iter()
                .filter(|result| result.eval_decision().as_str() != "allowed")
                .map(aws_sdk_iam::types::EvaluationResult::eval_action_name);
            let everywhere =
                format!("arn:{}:cloudformation:*:{account}:stack/AWSProton-*", location.partition);
            access_told(role, used_by, &patient.there(account), &denied.collect::<Vec<_>>(), &everywhere)
        }
        Err(error) => Finding::unknown(AREA, &format!("what {role} may do to stacks"), &told(&error)),
    }
}

fn access_told(role: &str, used_by: &str, there: &str, denied: &[&str], stacks: &str) -> Finding {
    if denied.is_empty() {
        return Finding::ok(AREA, format!("{role} may look after stacks"));
    }
    let name = role.rsplit('/').next().unwrap_or_default();
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": denied, "Resource": stacks,
    }]});
    let fix = format!(
        "{there}aws iam put-role-policy --role-name {name} --policy-name protium-stacks --policy-document '{policy}'"
    );
    let message = format!("{role} ({used_by}) may not {}", denied.join(", "));
    if denied.iter().all(|action| action.contains("ChangeSet")) {
        Finding::warning(AREA, format!("{message}: previews and adoptions fail"), fix)
    } else {
        Finding::error(AREA, message, fix)
    }
}

/// IAM gives policies percent-encoded (RFC 3986).
fn percent_decoded(text: &str) -> String {
    let (bytes, mut decoded, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let hex = text
            .get(at + 1..at + 3)
            .filter(|_| *byte == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(hex.unwrap_or(*byte));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;
    use rstest::rstest;

    #[rstest]
    #[case("%7B%22a%22%3A1%7D", "{\"a\":1}")]
    #[case("{\"a\": 1}", "{\"a\": 1}")]
    #[case("100%", "100%")]
    #[case("%zz%4", "%zz%4")]
    #[case("%c3%bc-ü", "ü-ü")]
    fn policies_are_decoded(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(percent_decoded(text), expected);
    }

    #[test]
    fn a_role_that_doesnt_trust_is_told_with_the_policy_that_it_needs() {
        let told = trust_told(
            "arn:aws:iam::1:role/protium/a",
            "environment beta",
            "in account 1: ",
            &Trust::WithoutExternalId,
            "arn:p",
            "id-1",
        );
        assert_eq!(told.severity, Severity::Error);
        assert!(
            told.message.contains("environment beta") && told.message.contains("external id"),
            "{}",
            told.message
        );
        let fix = told.fix.unwrap();
        assert!(fix.starts_with("in account 1: aws iam ") && fix.contains("--role-name a "), "{fix}");
        assert!(fix.contains("arn:p") && fix.contains("id-1"), "{fix}");
        assert_eq!(trust_told("r", "u", "", &Trust::Whole, "p", "i").severity, Severity::Ok);
    }
    #[rstest]
    #[case::nothing(&[], Severity::Ok)]
    #[case::previews(&["cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet"], Severity::Warning)]
    #[case::deployments(&["cloudformation:DescribeStacks", "cloudformation:DeleteChangeSet"], Severity::Error)]
    fn what_a_role_may_not_do_is_told_with_the_policy_that_it_needs(
        #[case] denied: &[&str],
        #[case] expected: Severity,
    ) {
        let told = access_told("arn:aws:iam::1:role/protium/a", "pipelines", "", denied, "arn:stacks");
        assert_eq!(told.severity, expected);
        assert!(denied.iter().all(|action| told.message.contains(action)), "{}", told.message);
        let fix = told.fix.unwrap_or_default();
        assert!(denied.iter().all(|action| fix.contains(action) && fix.contains("arn:stacks")), "{fix}");
    }
}
