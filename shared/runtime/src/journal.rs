//! The journal as lines of the log: one JSON object each, which CloudWatch Logs Insights reads as it is, and whose numbers
//! CloudWatch takes for metrics ([`crate::emf`]).
//!
//! There is one line per request or invocation, written when it is over and whatever became of it: who asked for what,
//! how long it took, how it ended. A failure's causes are in that line and nowhere else. Members that begin with a
//! capital letter are values and dimensions of metrics, the others are for searching. Lines are written whatever the
//! level of the log is, because alarms rely on them, and whoever asks who did what.
//!
//! Dimensions are few and bounded: the stack's name, operations, classes of errors, types of resources, outcomes. Names
//! of people's things are never dimensions, since each value of one is paid for as a metric of its own.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use protium_app::Origin;
use protium_app::ports::{Clock, Deployed, Fault, Journal, JournalEntry};
use protium_app::reconcile::SweepReport;
use serde_json::{Value, json};

use crate::emf::{Line, Unit};

/// The journal of one function.
pub(crate) struct LogJournal {
    stack: String,
    function: String,
    clock: Arc<dyn Clock>,
}

impl LogJournal {
    /// The journal of the function of this name in the installation of `stack`, whose name functions' names begin with.
    pub(crate) fn new(stack: String, function: &str, clock: Arc<dyn Clock>) -> Self {
        let short = function.strip_prefix(&stack).and_then(|rest| rest.strip_prefix('-'));
        Self { function: short.unwrap_or(function).to_owned(), stack, clock }
    }

    fn line(&self, origin: &Origin, entry: JournalEntry) -> Value {
        let trace = match &entry {
            JournalEntry::Relayed { trace, .. } | JournalEntry::Deployed(Deployed { trace, .. }) => *trace,
            _ => None,
        };
        let trace = trace.or_else(|| origin.trace.map(|trace| trace.id));
        let begin = |level: &str, message: &str| {
            Line::new(self.clock.now(), level, message)
                .with("function", self.function.as_str())
                .with_some("requestId", origin.request_id.as_deref())
                .with_some("trace", trace.map(|trace| trace.to_string()))
                .with("Stack", self.stack.as_str())
        };
        let line = match entry {
            JournalEntry::Answered { duration, fault } => {
                answered(begin(level(fault.as_ref()), "answered"), origin, duration, fault)
            }
            JournalEntry::Invoked { resource, duration, fault } => {
                let line = begin(level(fault.as_ref()), "invoked");
                failed(line, fault).with_some("resource", resource).with("durationMs", millis(duration))
            }
            JournalEntry::Relayed { intent, executions, lag, .. } => begin("INFO", "relayed")
                .with("intent", intent.as_str())
                .with("executions", executions)
                .metric("RelayLag", Unit::Milliseconds, millis(lag), &[&["Stack"]]),
            JournalEntry::Deployed(deployed) => ended(begin("INFO", "deployed"), deployed),
            JournalEntry::Swept(report) => swept(begin("INFO", "swept"), &report),
        };
        line.finish()
    }
}

impl Journal for LogJournal {
    fn write(&self, origin: &Origin, entry: JournalEntry) {
        let line = self.line(origin, entry);
        // On Lambda standard output is the log. What can't be written is lost, and nothing but the line is.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

/// Faults of ours are errors; what is refused is not.
fn level(fault: Option<&Fault>) -> &'static str {
    match fault {
        Some(Fault { causes: Some(_), .. }) => "ERROR",
        _ => "INFO",
    }
}

fn failed(line: Line, fault: Option<Fault>) -> Line {
    match fault {
        None => line.with("outcome", "Success"),
        Some(fault) => {
            line.with("outcome", "Error").with("ErrorClass", fault.class).with_some("causes", fault.causes)
        }
    }
}

/// Requests, latency and errors. CloudWatch counts the values of the latency, so there is no count per operation beside it.
fn answered(line: Line, origin: &Origin, duration: Duration, fault: Option<Fault>) -> Line {
    let call = origin.call.clone().unwrap_or_default();
    let is_error = fault.is_some();
    let is_ours = fault.as_ref().is_some_and(|fault| fault.causes.is_some());
    let line = failed(line, fault)
        .with("Operation", call.operation.unwrap_or("Unknown"))
        .with_some("resource", call.resource)
        .with("audit", call.is_mutating)
        .with_some("caller", call.caller)
        .with_some("account", call.account)
        .with_some("sourceIp", call.source_ip)
        .with_some("userAgent", call.user_agent)
        .metric("Requests", Unit::Count, 1, &[&["Stack"]])
        // Its average is the rate of faults.
        .metric("Faults", Unit::Count, is_ours.into(), &[&["Stack"]])
        .metric("Latency", Unit::Milliseconds, millis(duration), &[&["Stack", "Operation"]]);
    if is_error {
        line.metric(
            "Errors",
            Unit::Count,
            1,
            &[&["Stack", "ErrorClass"], &["Stack", "Operation", "ErrorClass"]],
        )
    } else {
        line
    }
}

fn ended(line: Line, deployed: Deployed) -> Line {
    line.with("deployment", deployed.id.as_str())
        .with("resource", deployed.resource)
        .with("ResourceType", deployed.resource_type)
        .with("Kind", json!(deployed.kind))
        .with("DeploymentStatus", deployed.status.as_str())
        .metric("Deployments", Unit::Count, 1, &[&["Stack", "DeploymentStatus"]])
        .metric(
            "DeploymentDuration",
            Unit::Seconds,
            deployed.duration.as_secs(),
            &[&["Stack", "ResourceType", "Kind"]],
        )
}

/// The age of the oldest intent is told always, because its alarm takes silence for bad news; what was found, only when
/// something was, because metrics that are never told are never paid for.
fn swept(line: Line, report: &SweepReport) -> Line {
    const DIMENSIONS: crate::emf::Dimensions = &[&["Stack"]];
    let found = [
        ("IntentsLeftBehind", report.intents),
        ("WorkflowsRestarted", report.restarted),
        ("SweepFailures", report.failures),
    ];
    let line = line.with("checked", report.checked).metric(
        "OldestIntentAgeSeconds",
        Unit::Seconds,
        report.oldest_intent.as_secs(),
        DIMENSIONS,
    );
    found.into_iter().filter(|(_, count)| *count > 0).fold(line, |line, (name, count)| {
        line.metric(name, Unit::Count, count.try_into().unwrap_or(u64::MAX), DIMENSIONS)
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use protium_app::Call;
    use protium_domain::deployable::DeploymentStatus;
    use protium_domain::deployment::DeploymentKind;
    use protium_domain::identifier::Identifier;

    use super::*;
    use crate::ambient::SystemClock;
    use crate::emf::tests::assert_valid;

    const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";
    const ID: &str = "0199a3c2-7b10-7c55-8c1e-2f6a90d4e811";

    fn line(origin: &Origin, entry: JournalEntry) -> Value {
        let journal = LogJournal::new("my-protium".to_owned(), "my-protium-api", Arc::new(SystemClock));
        let line = journal.line(origin, entry);
        assert_valid(&line);
        assert_eq!((&line["function"], &line["Stack"]), (&json!("api"), &json!("my-protium")));
        line
    }

    fn call() -> Origin {
        Origin {
            trace: format!("Root={TRACE};Sampled=1").parse().ok(),
            request_id: Some("request-1".to_owned()),
            call: Some(Call {
                operation: Some("CreateEnvironment"),
                is_mutating: true,
                caller: Some("arn:aws:iam::111122223333:user/alice".to_owned()),
                resource: Some("arn:aws:proton:eu-west-1:111122223333:environment/beta".to_owned()),
                ..Call::default()
            }),
        }
    }

    /// The dimensions and names of the metrics of a line.
    fn metrics(line: &Value) -> Vec<(Value, Vec<&str>)> {
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().expect("metrics");
        let names = |directive: &Value| -> Vec<String> {
            let metrics = directive["Metrics"].as_array().expect("a list");
            metrics.iter().map(|metric| metric["Name"].as_str().expect("a name").to_owned()).collect()
        };
        let of = |directive: &Value| {
            (directive["Dimensions"].clone(), names(directive).leak().iter().map(String::as_str).collect())
        };
        directives.iter().map(of).collect()
    }

    #[test]
    fn a_request_tells_who_asked_for_what_and_counts() {
        let entry = JournalEntry::Answered { duration: Duration::from_millis(12), fault: None };
        let line = line(&call(), entry);
        assert_eq!(line["message"], "answered");
        assert_eq!(line["trace"], TRACE);
        assert_eq!(line["requestId"], "request-1");
        assert_eq!(line["caller"], "arn:aws:iam::111122223333:user/alice");
        assert_eq!(line["resource"], "arn:aws:proton:eu-west-1:111122223333:environment/beta");
        assert_eq!(
            (&line["audit"], &line["outcome"], &line["Latency"]),
            (&json!(true), &json!("Success"), &json!(12))
        );
        assert_eq!(
            metrics(&line),
            [
                (json!([["Stack"]]), vec!["Requests", "Faults"]),
                (json!([["Stack", "Operation"]]), vec!["Latency"])
            ]
        );
    }

    #[test]
    fn errors_count_by_class_and_operation() {
        let fault = Fault { class: "ConflictException", causes: None };
        let entry = JournalEntry::Answered { duration: Duration::ZERO, fault: Some(fault) };
        let line = line(&call(), entry);
        assert_eq!((&line["level"], &line["outcome"]), (&json!("INFO"), &json!("Error")));
        let last = metrics(&line).pop().expect("errors");
        let sets = json!([["Stack", "ErrorClass"], ["Stack", "Operation", "ErrorClass"]]);
        assert_eq!(last, (sets, vec!["Errors"]));
    }

    #[test]
    fn a_request_that_names_no_operation_counts_as_unknown() {
        let entry = JournalEntry::Answered { duration: Duration::ZERO, fault: None };
        let line = line(&Origin::default(), entry);
        assert_eq!((&line["Operation"], &line["audit"]), (&json!("Unknown"), &json!(false)));
    }

    #[test]
    fn a_fault_of_ours_is_an_error_with_its_causes() {
        let fault = Fault { class: "Protium.Internal", causes: Some("s3:GetObject failed".to_owned()) };
        let entry = JournalEntry::Invoked { resource: None, duration: Duration::ZERO, fault: Some(fault) };
        let line = line(&Origin::default(), entry);
        assert_eq!((&line["level"], &line["causes"]), (&json!("ERROR"), &json!("s3:GetObject failed")));
        assert_eq!(line["ErrorClass"], "Protium.Internal");
    }

    #[test]
    fn a_deployment_has_the_trace_that_it_began_with() {
        let deployed = Deployed {
            id: Identifier::new(ID).expect("an id"),
            trace: TRACE.parse().ok(),
            resource: "arn:aws:proton:eu-west-1:111122223333:environment/beta".to_owned(),
            resource_type: "ENVIRONMENT",
            kind: DeploymentKind::Deploy,
            status: DeploymentStatus::Succeeded,
            duration: Duration::from_secs(90),
        };
        let line = line(&Origin::default(), JournalEntry::Deployed(deployed));
        assert_eq!((&line["trace"], &line["deployment"]), (&json!(TRACE), &json!(ID)));
        assert_eq!(
            (&line["DeploymentStatus"], &line["DeploymentDuration"]),
            (&json!("SUCCEEDED"), &json!(90))
        );
        assert_eq!(
            metrics(&line),
            [
                (json!([["Stack", "DeploymentStatus"]]), vec!["Deployments"]),
                (json!([["Stack", "ResourceType", "Kind"]]), vec!["DeploymentDuration"]),
            ]
        );
    }

    #[test]
    fn an_idle_sweep_tells_what_the_alarm_looks_at_and_nothing_else() {
        let idle = line(&Origin::default(), JournalEntry::Swept(SweepReport::default()));
        assert_eq!(metrics(&idle), [(json!([["Stack"]]), vec!["OldestIntentAgeSeconds"])]);
        let found = SweepReport {
            oldest_intent: Duration::from_secs(7),
            intents: 2,
            failures: 1,
            ..SweepReport::default()
        };
        let found = line(&Origin::default(), JournalEntry::Swept(found));
        assert_eq!((&found["OldestIntentAgeSeconds"], &found["IntentsLeftBehind"]), (&json!(7), &json!(2)));
        assert_eq!(metrics(&found)[0].1, ["OldestIntentAgeSeconds", "IntentsLeftBehind", "SweepFailures"]);
    }
}
