//! Metrics by way of the log: CloudWatch reads lines in its Embedded Metric Format, so no call is made for them.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use protium_app::ports::Clock;
use serde_json::{Value, json};

/// The namespace that the alarms of `infra/protium.yaml` look at.
const NAMESPACE: &str = "Protium";

/// The metrics of one installation: its stack's name is their dimension.
#[derive(Clone)]
pub struct Metrics {
    stack: String,
    clock: Arc<dyn Clock>,
}

impl Metrics {
    /// Metrics of the installation of this stack.
    #[must_use]
    pub fn new(stack: String, clock: Arc<dyn Clock>) -> Self {
        Self { stack, clock }
    }

    /// Tells how long the oldest intent has waited to be carried out; zero when none waits. The alarm on old intents
    /// takes silence as badly as a high value.
    pub fn oldest_intent(&self, age: Duration) {
        let line = self.line("OldestIntentAgeSeconds", "Seconds", json!(age.as_secs()));
        // On Lambda standard output is the log; a metric that could not be written is missed by its alarm.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }

    fn line(&self, name: &str, unit: &str, value: Value) -> Value {
        let mut line = json!({
            "_aws": {
                "Timestamp": self.clock.now().as_millis(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Stack"]],
                    "Metrics": [{"Name": name, "Unit": unit}],
                }],
            },
            "Stack": self.stack,
        });
        line[name] = value;
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemClock;

    #[test]
    fn a_line_names_what_the_alarm_looks_at() {
        let metrics = Metrics::new("my-protium".to_owned(), Arc::new(SystemClock));
        let line = metrics.line("OldestIntentAgeSeconds", "Seconds", json!(7));
        assert_eq!(line["OldestIntentAgeSeconds"], 7);
        assert_eq!(line["Stack"], "my-protium");
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "Protium");
        assert_eq!(directive["Dimensions"], json!([["Stack"]]));
        assert_eq!(directive["Metrics"][0]["Name"], "OldestIntentAgeSeconds");
        assert!(line["_aws"]["Timestamp"].as_i64().is_some_and(|time| time > 1_700_000_000_000));
    }
}
