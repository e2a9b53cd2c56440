//! Event buses and rules, and what was lost on the way.

use super::{
    finding::Finding,
    patient::{Patient, Resource},
};
use crate::aws_error::told;
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_sqs::types::QueueAttributeName;

const EVENTS: &str = "events";

/// Every bus and every rule of the stack.
pub(super) async fn rules(patient: Patient) -> Vec<Finding> {
    let client = aws_sdk_eventbridge::Client::new(patient.sdk());
    let mut findings = Vec::new();
    for Resource { id, .. } in patient.resources_of("AWS::Events::EventBus") {
        findings.push(match client.describe_event_bus().name(&id).send().await {
            Ok(_) => Finding::ok(EVENTS, format!("the bus {id} is there")),
            Err(error) if told(&error).contains("ResourceNotFound") => Finding::error(
                EVENTS,
                format!("the bus {id} is not there"),
                format!("aws events create-event-bus --name {id}"),
            ),
            Err(error) => Finding::unknown(EVENTS, &format!("the bus {id}"), &told(&error)),
        });
    }
    let buses: Vec<String> =
        patient.resources_of("AWS::Events::EventBus").into_iter().map(|bus| bus.id).collect();
    for rule in patient.resources_of("AWS::Events::Rule") {
        findings.push(one_rule(&client, &rule, &buses).await);
    }
    findings
}

/// CloudFormation calls a rule of another bus than the default one `<bus>|<rule>`.
fn bus_and_rule(id: &str) -> (Option<&str>, &str) {
    let name = id.rsplit('/').next().unwrap_or(id);
    id.split_once('|').map_or((None, name), |(bus, rule)| (Some(bus), rule))
}

/// A local AWS leaves the bus out of a rule's id: one that isn't on the default bus is looked for on the stack's own.
async fn one_rule(client: &aws_sdk_eventbridge::Client, resource: &Resource, buses: &[String]) -> Finding {
    let (bus, rule) = bus_and_rule(&resource.id);
    let own = buses.iter().map(|bus| Some(bus.as_str())).filter(|_| bus.is_none());
    for bus in std::iter::once(bus).chain(own) {
        let name = bus.map(str::to_owned);
        let state = match client.describe_rule().name(rule).set_event_bus_name(name.clone()).send().await {
            Ok(found) => found.state,
            Err(error) if told(&error).contains("ResourceNotFound") => continue,
            Err(error) => return Finding::unknown(EVENTS, &format!("the rule {rule}"), &told(&error)),
        };
        let targets = client.list_targets_by_rule().rule(rule).set_event_bus_name(name).send().await;
        let targets = targets.map_or(1, |found| found.targets().len());
        let of_bus = bus.map(|bus| format!(" --event-bus-name {bus}")).unwrap_or_default();
        return rule_judged(&resource.name, rule, &of_bus, state.as_ref(), targets);
    }
    rule_judged(&resource.name, rule, "", None, 0)
}

fn rule_judged(name: &str, rule: &str, of_bus: &str, state: Option<&RuleState>, targets: usize) -> Finding {
    match state {
        None => Finding::error(
            EVENTS,
            format!("the rule {name} ({rule}) is not there"),
            "deploy this release over it: cargo xtask deploy; CloudFormation makes only what it doesn't believe to be there, so \
             change the rule's description in the template if it does",
        ),
        Some(RuleState::Disabled) => Finding::error(
            EVENTS,
            format!("the rule {name} ({rule}) is disabled: {}", loses(name)),
            format!("aws events enable-rule --name {rule}{of_bus}"),
        ),
        Some(_) if targets == 0 => Finding::error(
            EVENTS,
            format!("the rule {name} ({rule}) leads nowhere: {}", loses(name)),
            format!(
                "aws events put-targets --rule {rule}{of_bus} --targets … (see {name} in infra/protium.yaml)"
            ),
        ),
        Some(_) => Finding::ok(EVENTS, format!("the rule {name} is enabled")),
    }
}

/// What doesn't happen without a rule.
fn loses(rule: &str) -> &'static str {
    match rule {
        "UploadRule" => "uploads become no template versions",
        "StackRule" | "InboundStackRule" => "deployments hear of their stacks minutes late",
        "ExecutionRule" => "dead executions are found late",
        "ReconcileRule" => "what died is never taken up again",
        _ => "what it is for doesn't happen",
    }
}

/// The queues of what could not be handled.
pub(super) async fn dead_letters(patient: Patient) -> Vec<Finding> {
    const AREA: &str = "dead letters";
    let client = aws_sdk_sqs::Client::new(patient.sdk());
    let mut findings = Vec::new();
    for Resource { name, id, .. } in patient.resources_of("AWS::SQS::Queue") {
        let attribute = QueueAttributeName::ApproximateNumberOfMessages;
        let found =
            client.get_queue_attributes().queue_url(&id).attribute_names(attribute.clone()).send().await;
        findings.push(match found {
            Ok(found) => {
                let count =
                    found.attributes.and_then(|it| it.get(&attribute)?.parse::<u64>().ok()).unwrap_or(0);
                letters_judged(&name, &id, count)
            }
            Err(error) => Finding::unknown(AREA, &name, &told(&error)),
        });
    }
    findings
}

fn letters_judged(name: &str, url: &str, count: u64) -> Finding {
    const AREA: &str = "dead letters";
    let look = format!("aws sqs receive-message --queue-url {url} --max-number-of-messages 10\n");
    let forget = format!("aws sqs purge-queue --queue-url {url}");
    match (count, name) {
        (0, _) => Finding::ok(AREA, format!("{name} is empty")),
        (_, "IntentDeadLetters") => Finding::warning(
            AREA,
            format!(
                "{name} has {count}: the table's stream had trouble; the reconciler has done the work by now"
            ),
            format!("look, and when the area \"work\" is well, forget them:\n{look}{forget}"),
        ),
        _ => Finding::error(
            AREA,
            format!("{name} has {count}: events that no function could handle"),
            format!(
                "look; upload again what was an upload (the rest repeats by itself); then forget them:\n{look}{forget}"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;
    use rstest::rstest;

    #[rstest]
    #[case::enabled(Some(RuleState::Enabled), 1, Severity::Ok)]
    #[case::disabled(Some(RuleState::Disabled), 1, Severity::Error)]
    #[case::leads_nowhere(Some(RuleState::Enabled), 0, Severity::Error)]
    #[case::gone(None, 0, Severity::Error)]
    fn rules_are_judged(
        #[case] state: Option<RuleState>,
        #[case] targets: usize,
        #[case] expected: Severity,
    ) {
        let finding = rule_judged("UploadRule", "protium-UploadRule-1", "", state.as_ref(), targets);
        assert_eq!(finding.severity, expected, "{finding:?}");
        assert!(finding.message.contains("UploadRule"));
    }

    #[test]
    fn rules_are_named_by_their_bus() {
        assert_eq!(bus_and_rule("protium-UploadRule-1"), (None, "protium-UploadRule-1"));
        assert_eq!(bus_and_rule("protium-inbound|rule"), (Some("protium-inbound"), "rule"));
        assert_eq!(bus_and_rule("arn:aws:events:eu-west-1:1:rule/a"), (None, "a"));
    }

    #[test]
    fn lost_events_are_worse_than_trouble_of_the_stream() {
        assert_eq!(letters_judged("EventDeadLetters", "u", 0).severity, Severity::Ok);
        assert_eq!(letters_judged("IntentDeadLetters", "u", 2).severity, Severity::Warning);
        let lost = letters_judged("EventDeadLetters", "https://q", 2);
        assert_eq!(lost.severity, Severity::Error);
        assert!(lost.fix.unwrap().contains("receive-message --queue-url https://q"));
    }
}
