//! Functions, state machines and alarms.

use super::{
    finding::{Finding, Severity},
    patient::{Patient, Resource},
};
use crate::{aws_error::told, output::counted};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_lambda::types::{LastUpdateStatus, State};
use aws_sdk_sfn::types::{ExecutionStatus, StateMachineStatus};
use std::time::{Duration, SystemTime};

const FUNCTIONS: &str = "functions";
const ALARMS: &str = "alarms";

/// Every function, and what feeds them.
pub(super) async fn functions(patient: Patient) -> Vec<Finding> {
    let client = aws_sdk_lambda::Client::new(patient.sdk());
    let (mut findings, mut well) = (Vec::new(), 0);
    for Resource { id, .. } in patient.resources_of("AWS::Lambda::Function") {
        let finding = function(&client, &id).await;
        if finding.severity == Severity::Ok { well += 1 } else { findings.push(finding) }
    }
    if well > 0 {
        findings.insert(0, Finding::ok(FUNCTIONS, format!("{} active", counted(well, "function"))));
    }
    for Resource { id, name, .. } in patient.resources_of("AWS::Lambda::EventSourceMapping") {
        findings.push(match client.get_event_source_mapping().uuid(&id).send().await {
            Ok(found) => mapping_judged(
                &name,
                &id,
                found.state().unwrap_or("?"),
                found.last_processing_result().unwrap_or_default(),
            ),
            Err(error) if told(&error).contains("ResourceNotFound") => Finding::error(
                FUNCTIONS,
                format!("{name} is not there: nothing that is promised is done"),
                "deploy this release over it: cargo xtask deploy",
            ),
            Err(error) => Finding::unknown(FUNCTIONS, &name, &told(&error)),
        });
    }
    findings
}

async fn function(client: &aws_sdk_lambda::Client, name: &str) -> Finding {
    let (configuration, concurrency) = tokio::join!(
        client.get_function_configuration().function_name(name).send(),
        client.get_function_concurrency().function_name(name).send()
    );
    // A throttle that can't be read is none that anybody set.
    let closed = concurrency.is_ok_and(|found| found.reserved_concurrent_executions == Some(0));
    match configuration {
        Ok(found) => {
            let failed = found.last_update_status == Some(LastUpdateStatus::Failed);
            let reason =
                found.last_update_status_reason().or(found.state_reason()).unwrap_or("no reason is given");
            function_judged(name, found.state.as_ref(), failed, closed, reason)
        }
        Err(error) if told(&error).contains("ResourceNotFound") => Finding::error(
            FUNCTIONS,
            format!("{name} is not there"),
            "deploy this release over it: cargo xtask deploy",
        ),
        Err(error) => Finding::unknown(FUNCTIONS, name, &told(&error)),
    }
}

fn function_judged(name: &str, state: Option<&State>, failed: bool, closed: bool, reason: &str) -> Finding {
    if closed {
        let fix = format!("aws lambda delete-function-concurrency --function-name {name}");
        return Finding::error(
            FUNCTIONS,
            format!("{name} may not run at all: its reserved concurrency is 0"),
            fix,
        );
    }
    match state {
        Some(State::Failed) => Finding::error(
            FUNCTIONS,
            format!("{name} can't run: {reason}"),
            "deploy this release over it: cargo xtask deploy",
        ),
        Some(State::Pending) => Finding::warning(
            FUNCTIONS,
            format!("{name} is not ready yet"),
            "wait, and run protium doctor again",
        ),
        _ if failed => Finding::error(
            FUNCTIONS,
            format!("the last update of {name} failed: {reason}"),
            "deploy this release over it: cargo xtask deploy",
        ),
        _ => Finding::ok(FUNCTIONS, format!("{name} is active")),
    }
}

fn mapping_judged(name: &str, id: &str, state: &str, result: &str) -> Finding {
    match state {
        "Enabled" | "Enabling" | "Updating" if result.starts_with("PROBLEM") => Finding::error(
            FUNCTIONS,
            format!("{name} reads the table's stream with trouble: {result}"),
            "see the log of publish-status",
        ),
        "Enabled" | "Enabling" | "Updating" | "Creating" => {
            Finding::ok(FUNCTIONS, format!("{name} reads the table's stream"))
        }
        other => Finding::error(
            FUNCTIONS,
            format!("{name} is {other}: what is promised is done minutes late, by the reconciler alone"),
            format!("aws lambda update-event-source-mapping --uuid {id} --enabled"),
        ),
    }
}

/// Every state machine, and executions of it that died of late.
#[expect(clippy::disallowed_methods, reason = "the edge of this program")]
pub(super) async fn machines(patient: Patient) -> Vec<Finding> {
    const AREA: &str = "state machines";
    let client = aws_sdk_sfn::Client::new(patient.sdk());
    let since = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
    let mut findings = Vec::new();
    for Resource { id, .. } in patient.resources_of("AWS::StepFunctions::StateMachine") {
        let name = id.rsplit(':').next().unwrap_or(&id);
        findings.push(match client.describe_state_machine().state_machine_arn(&id).send().await {
            Ok(found) if found.status == Some(StateMachineStatus::Deleting) => Finding::error(
                AREA,
                format!("{name} is being deleted"),
                "deploy this release over it: cargo xtask deploy",
            ),
            Ok(_) => Finding::ok(AREA, format!("{name} is active")),
            Err(error) if told(&error).contains("DoesNotExist") => Finding::error(
                AREA,
                format!("{name} is not there"),
                "deploy this release over it: cargo xtask deploy",
            ),
            Err(error) => Finding::unknown(AREA, name, &told(&error)),
        });
        for status in [ExecutionStatus::Failed, ExecutionStatus::TimedOut] {
            let list =
                client.list_executions().state_machine_arn(&id).status_filter(status.clone()).max_results(10);
            let Ok(found) = list.send().await else { continue };
            let late = |stop: Option<&aws_sdk_sfn::primitives::DateTime>| {
                stop.and_then(|at| SystemTime::try_from(*at).ok()).is_some_and(|at| at > since)
            };
            let died: Vec<_> = found.executions().iter().filter(|it| late(it.stop_date())).collect();
            if let Some(last) = died.first() {
                findings.push(Finding::warning(
                    AREA,
                    format!("{} of {name} ended {} in the last day; the reconciler has taken up what they left", counted(died.len(), "execution"), status.as_str()),
                    format!("aws stepfunctions get-execution-history --reverse-order --max-results 5 --execution-arn {}", last.execution_arn()),
                ));
            }
        }
    }
    findings
}

/// Every alarm, and whether anybody hears them.
pub(super) async fn alarms(patient: Patient) -> Vec<Finding> {
    let client = aws_sdk_cloudwatch::Client::new(patient.sdk());
    let names: Vec<String> =
        patient.resources_of("AWS::CloudWatch::Alarm").into_iter().map(|it| it.id).collect();
    let mut found = Vec::new();
    for names in names.chunks(100) {
        match client.describe_alarms().set_alarm_names(Some(names.to_vec())).send().await {
            Ok(page) => found.extend(page.metric_alarms.unwrap_or_default()),
            Err(_) if patient.is_local() => {
                return vec![Finding::skipped(
                    ALARMS,
                    "a local AWS doesn't tell of alarms",
                    "look at them on AWS",
                )];
            }
            Err(error) => return vec![Finding::unknown(ALARMS, "alarms", &told(&error))],
        }
    }
    let mut findings: Vec<Finding> = found.iter().filter_map(alarm_judged).collect();
    let gone =
        names.iter().filter(|name| !found.iter().any(|alarm| alarm.alarm_name() == Some(name.as_str())));
    findings.extend(gone.map(|name| {
        Finding::warning(
            ALARMS,
            format!("{name} is not there"),
            "deploy this release over it: cargo xtask deploy",
        )
    }));
    if findings.is_empty() {
        findings.push(Finding::ok(ALARMS, format!("{} silent", counted(names.len(), "alarm"))));
    }
    if patient.parameter("AlarmTopicArn").is_empty() {
        let fix = patient.set_parameter("AlarmTopicArn", "<the ARN of an SNS topic>");
        findings.push(Finding::warning(ALARMS, "alarms tell nobody", fix));
    }
    findings
}

fn alarm_judged(alarm: &MetricAlarm) -> Option<Finding> {
    let name = alarm.alarm_name().unwrap_or("?");
    (alarm.state_value() == Some(&StateValue::Alarm)).then(|| {
        let what =
            alarm.alarm_description().unwrap_or("it has no description").trim_end_matches(['.', ' ', '\n']);
        let fix = "see \"When something goes wrong\" in infra/README.md\n".to_owned()
            + &format!("aws cloudwatch describe-alarm-history --max-items 5 --alarm-name {name}");
        Finding::error(ALARMS, format!("{name} is in alarm: {what}"), fix)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Some(State::Active), false, false, Severity::Ok)]
    #[case(None, false, false, Severity::Ok)]
    #[case(Some(State::Inactive), false, false, Severity::Ok)]
    #[case(Some(State::Pending), false, false, Severity::Warning)]
    #[case(Some(State::Failed), false, false, Severity::Error)]
    #[case(Some(State::Active), true, false, Severity::Error)]
    #[case(Some(State::Active), false, true, Severity::Error)]
    fn functions_are_judged(
        #[case] state: Option<State>,
        #[case] failed: bool,
        #[case] closed: bool,
        #[case] expected: Severity,
    ) {
        assert_eq!(function_judged("protium-api", state.as_ref(), failed, closed, "so").severity, expected);
    }

    #[rstest]
    #[case("Enabled", "OK", Severity::Ok)]
    #[case("Enabled", "No records processed", Severity::Ok)]
    #[case("Enabled", "PROBLEM: Function call failed", Severity::Error)]
    #[case("Disabled", "", Severity::Error)]
    fn the_stream_is_judged(#[case] state: &str, #[case] result: &str, #[case] expected: Severity) {
        assert_eq!(mapping_judged("IntentSource", "id", state, result).severity, expected);
    }

    #[test]
    fn alarms_say_what_they_are_about() {
        let alarm = |state: StateValue| {
            MetricAlarm::builder().alarm_name("a").alarm_description("Old.").state_value(state).build()
        };
        assert_eq!(alarm_judged(&alarm(StateValue::Ok)), None);
        assert_eq!(alarm_judged(&alarm(StateValue::InsufficientData)), None);
        assert_eq!(alarm_judged(&alarm(StateValue::Alarm)).unwrap().message, "a is in alarm: Old");
    }
}
