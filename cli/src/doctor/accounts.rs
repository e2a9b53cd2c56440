//! Environment accounts: admitted here, and telling of their stacks there.

use super::{finding::Finding, patient::Patient};
use crate::aws_error::told;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::RuleState;
use protium_app::{
    PageRequest,
    ports::{Entity, ListQuery, Store},
};
use protium_domain::account_connection::ConnectionStatus;
use std::collections::BTreeSet;

const AREA: &str = "environment accounts";

/// Every account that a connection is from.
pub(super) async fn check(patient: Patient) -> Vec<Finding> {
    let accounts = match connected(&patient).await {
        Ok(accounts) => accounts,
        Err(why) => return vec![Finding::unknown(AREA, "connections", &why)],
    };
    if accounts.is_empty() {
        return vec![Finding::ok(AREA, "there are none")];
    }
    let admitted = patient.parameter_list("EnvironmentAccountIds");
    let policy = inbound_policy(&patient).await;
    let mut findings = Vec::new();
    for account in &accounts {
        findings.push(admission_told(&patient, account, &admitted, &policy));
        findings.push(match patient.accounts.get(account) {
            // Without a bus there is nothing that they could forward to; admitting them makes it.
            Some(_) if patient.output("InboundEventBusArn").is_empty() => continue,
            Some(sdk) => forwarding(&patient, sdk, account).await,
            None => Finding::skipped(
                AREA,
                format!("what lies in {account} itself is not looked at"),
                format!("give a profile of account {account} by --environment-profile"),
            ),
        });
    }
    findings
}

/// Whether the installation takes part with the account, and its inbound bus takes its events.
fn admission_told(
    patient: &Patient,
    account: &String,
    admitted: &[String],
    policy: &Result<String, String>,
) -> Finding {
    if !admitted.contains(account) {
        let all = [admitted, std::slice::from_ref(account)].concat().join(",");
        return Finding::error(
            AREA,
            format!("{account} has connections, and is no environment account of this installation"),
            patient.set_parameter("EnvironmentAccountIds", &all),
        );
    }
    match policy {
        Ok(policy) if policy.contains(account.as_str()) => {
            Finding::ok(AREA, format!("{account} may send its stack events"))
        }
        Ok(_) => Finding::error(
            AREA,
            format!("the inbound bus doesn't admit {account}: deployments there end minutes late"),
            "deploy this release over it: cargo xtask deploy",
        ),
        Err(why) => Finding::unknown(AREA, "the inbound bus", why),
    }
}

async fn connected(patient: &Patient) -> Result<BTreeSet<String>, String> {
    let store = patient.installation.store().map_err(|error| format!("{error:#}"))?;
    let list = ListQuery::ConnectionsTo(patient.installation.location.account.clone());
    let (mut accounts, mut after) = (BTreeSet::new(), None);
    loop {
        let page =
            store.list(&list, &PageRequest { limit: 100, after }).await.map_err(|error| error.to_string())?;
        accounts.extend(page.items.into_iter().filter_map(|entity| match entity {
            Entity::AccountConnection(it) if it.status() == ConnectionStatus::Connected => {
                Some(it.environment_account)
            }
            _ => None,
        }));
        after = page.next;
        if after.is_none() {
            return Ok(accounts);
        }
    }
}

async fn inbound_policy(patient: &Patient) -> Result<String, String> {
    let bus = patient.output("InboundEventBusArn");
    if bus.is_empty() {
        return Ok(String::new());
    }
    let name = bus.rsplit('/').next().unwrap_or(bus);
    let found = aws_sdk_eventbridge::Client::new(patient.sdk()).describe_event_bus().name(name).send().await;
    found.map(|found| found.policy.unwrap_or_default()).map_err(|error| told(&error))
}

/// Whether a rule of the account sends stack events here.
async fn forwarding(patient: &Patient, sdk: &SdkConfig, account: &str) -> Finding {
    let bus = patient.output("InboundEventBusArn");
    match rules_to(sdk, bus).await {
        Ok(rules) => forwarding_told(patient, account, &rules),
        Err(why) => Finding::unknown(AREA, &format!("the rules of {account}"), &why),
    }
}

/// The rules of an account's default bus that lead to a bus, and whether they are enabled.
async fn rules_to(sdk: &SdkConfig, bus: &str) -> Result<Vec<(String, bool)>, String> {
    let client = aws_sdk_eventbridge::Client::new(sdk);
    let (mut rules, mut next) = (Vec::new(), None);
    loop {
        let page = client.list_rule_names_by_target().target_arn(bus).set_next_token(next).send().await;
        let page = page.map_err(|error| told(&error))?;
        for rule in page.rule_names.unwrap_or_default() {
            let found = client.describe_rule().name(&rule).send().await.map_err(|error| told(&error))?;
            let enabled = found.state.is_some_and(|state| state != RuleState::Disabled);
            rules.push((rule, enabled));
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(rules);
        }
    }
}

fn forwarding_told(patient: &Patient, account: &str, rules: &[(String, bool)]) -> Finding {
    let there = patient.there(account);
    if let Some((rule, _)) = rules.iter().find(|(_, enabled)| *enabled) {
        return Finding::ok(AREA, format!("{account} forwards its stack events by the rule {rule}"));
    }
    if let Some((rule, _)) = rules.first() {
        return Finding::error(
            AREA,
            format!("the rule {rule} of {account} is disabled: deployments there end minutes late"),
            format!("{there}aws events enable-rule --name {rule}"),
        );
    }
    let output = |name: &str| patient.output(name);
    let bus = output("InboundEventBusArn");
    Finding::error(
        AREA,
        format!("{account} forwards no stack events to {bus}: deployments there end minutes late"),
        format!(
            "{there}deploy infra/environment-account.yaml with ProvisioningPrincipalArn={}, ExternalId={}, InboundEventBusArn={bus}",
            output("ProvisioningPrincipalArn"),
            output("ExternalId"),
        ),
    )
}
