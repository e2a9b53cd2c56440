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
        if admitted.contains(account) {
            findings.push(match &policy {
                Ok(policy) if policy.contains(account.as_str()) => {
                    Finding::ok(AREA, format!("{account} may send its stack events"))
                }
                Ok(_) => Finding::error(
                    AREA,
                    format!("the inbound bus doesn't admit {account}: deployments there end minutes late"),
                    "deploy this release over it: cargo xtask deploy",
                ),
                Err(why) => Finding::unknown(AREA, "the inbound bus", why),
            });
        } else {
            let mut all = admitted.clone();
            all.push(account.clone());
            let fix = patient.set_parameter("EnvironmentAccountIds", &all.join(","));
            findings.push(Finding::error(
                AREA,
                format!("{account} has connections, and is no environment account of this installation"),
                fix,
            ));
        }
        findings.push(match patient.accounts.get(account) {
            Some(sdk) => forwarding(&patient, sdk, account).await,
            None => Finding::skipped(
                AREA,
                format!("what lies in {account} itself"),
                format!("give a profile of account {account} by --environment-profile"),
            ),
        });
    }
    findings
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
    let client = aws_sdk_eventbridge::Client::new(sdk);
    let bus = patient.output("InboundEventBusArn");
    let rules = match client.list_rule_names_by_target().target_arn(bus).send().await {
        Ok(found) => found.rule_names.unwrap_or_default(),
        Err(error) => return Finding::unknown(AREA, &format!("the rules of {account}"), &told(&error)),
    };
    for rule in &rules {
        let state = client.describe_rule().name(rule).send().await.ok().and_then(|found| found.state);
        if state.is_some_and(|state| state != RuleState::Disabled) {
            return Finding::ok(AREA, format!("{account} forwards its stack events by the rule {rule}"));
        }
    }
    match rules.first() {
        Some(rule) => Finding::error(
            AREA,
            format!("the rule {rule} of {account} is disabled: deployments there end minutes late"),
            format!("in account {account}: aws events enable-rule --name {rule}"),
        ),
        None => Finding::error(
            AREA,
            format!("{account} forwards no stack events to {bus}: deployments there end minutes late"),
            format!(
                "in account {account}, deploy infra/environment-account.yaml with ProvisioningPrincipalArn={}, ExternalId={}, \
                 InboundEventBusArn={bus}",
                patient.output("ProvisioningPrincipalArn"),
                patient.output("ExternalId"),
            ),
        ),
    }
}
