//! Lines of the log in CloudWatch's Embedded Metric Format: a JSON object whose member `_aws` says which of the other
//! members are values of metrics, and which are their dimensions. CloudWatch reads them when it takes in the log, so a
//! metric costs no call, and the line stays what it is, a line of the log.
//!
//! Written by hand: the format is three nested lists, and every function carries a JSON writer already. `metrique`, AWS's
//! library of that kind, wants queues and threads of its own, which a function that is frozen between events can't keep;
//! `metrics_cloudwatch_embedded` aggregates, and loses the link between a value and its request.
//!
//! Source of the rules: "Specification: Embedded metric format" in the CloudWatch user guide.

use protium_domain::time::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace that the alarms of `infra/protium.yaml` look at.
const NAMESPACE: &str = "Protium";

/// A unit of CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Milliseconds,
    Seconds,
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
        }
    }
}

/// Sets of dimensions: a value counts once for each, with the members that the set names.
pub(crate) type Dimensions = &'static [&'static [&'static str]];

/// A line in the making.
pub(crate) struct Line {
    timestamp: Timestamp,
    members: Map<String, Value>,
    /// Metrics by their dimensions.
    directives: Vec<(Dimensions, Vec<Value>)>,
}

impl Line {
    /// A line that was written at `timestamp`.
    pub(crate) fn new(timestamp: Timestamp, level: &str, message: &str) -> Self {
        let line = Self { timestamp, members: Map::new(), directives: Vec::new() };
        line.with("level", level).with("message", message)
    }

    /// With a member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// With a member, if there is something to say.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With the value of a metric. Its dimensions have to be members, texts that are not empty.
    pub(crate) fn metric(mut self, name: &str, unit: Unit, value: u64, dimensions: Dimensions) -> Self {
        let metric = json!({"Name": name, "Unit": unit.as_str()});
        match self.directives.iter_mut().find(|(present, _)| *present == dimensions) {
            Some((_, metrics)) => metrics.push(metric),
            None => self.directives.push((dimensions, vec![metric])),
        }
        self.with(name, value)
    }

    /// The line.
    pub(crate) fn finish(mut self) -> Value {
        if !self.directives.is_empty() {
            let directives = self.directives.iter().map(|(dimensions, metrics)| {
                json!({"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": metrics})
            });
            let directives: Vec<Value> = directives.collect();
            let metadata = json!({"Timestamp": self.timestamp.as_millis(), "CloudWatchMetrics": directives});
            self.members.insert("_aws".to_owned(), metadata);
        }
        Value::Object(self.members)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Holds a line to the specification: what it says of metrics and dimensions is there, and of the right kind.
    pub(crate) fn assert_valid(line: &Value) {
        assert!(line.to_string().len() < 256 * 1024 && !line.to_string().contains('\n'));
        let Some(metadata) = line.get("_aws") else { return };
        assert!(metadata["Timestamp"].as_i64().is_some_and(|time| time > 1_500_000_000_000), "{metadata}");
        let directives = metadata["CloudWatchMetrics"].as_array().expect("a list");
        assert!(!directives.is_empty());
        for directive in directives {
            let namespace = directive["Namespace"].as_str().expect("a text");
            assert!((1..=1024).contains(&namespace.len()));
            for set in directive["Dimensions"].as_array().expect("a list") {
                let set = set.as_array().expect("a list");
                assert!(set.len() <= 30);
                for dimension in set {
                    let value = line[dimension.as_str().expect("a name")].as_str();
                    assert!(
                        value.is_some_and(|value| (1..=1024).contains(&value.len())),
                        "{dimension}: {line}"
                    );
                }
            }
            let metrics = directive["Metrics"].as_array().expect("a list");
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                let name = metric["Name"].as_str().expect("a name");
                assert!(line[name].is_number(), "{name}: {line}");
                assert!(
                    ["Count", "Milliseconds", "Seconds"].contains(&metric["Unit"].as_str().expect("a unit"))
                );
            }
        }
    }

    #[test]
    fn metrics_of_the_same_dimensions_share_a_directive() {
        let line = Line::new(Timestamp::from_millis(1_793_610_000_000), "INFO", "answered")
            .with("Stack", "s")
            .with("Operation", "o")
            .metric("A", Unit::Count, 1, &[&["Stack"]])
            .metric("B", Unit::Milliseconds, 2, &[&["Stack"], &["Stack", "Operation"]])
            .metric("C", Unit::Seconds, 3, &[&["Stack"]])
            .finish();
        assert_valid(&line);
        assert_eq!(
            line,
            json!({
                "level": "INFO", "message": "answered", "Stack": "s", "Operation": "o", "A": 1, "B": 2, "C": 3,
                "_aws": {"Timestamp": 1_793_610_000_000_i64, "CloudWatchMetrics": [
                    {"Namespace": "Protium", "Dimensions": [["Stack"]], "Metrics": [
                        {"Name": "A", "Unit": "Count"}, {"Name": "C", "Unit": "Seconds"},
                    ]},
                    {"Namespace": "Protium", "Dimensions": [["Stack"], ["Stack", "Operation"]], "Metrics": [
                        {"Name": "B", "Unit": "Milliseconds"},
                    ]},
                ]},
            })
        );
    }

    #[test]
    fn a_line_without_metrics_has_no_metadata() {
        let line =
            Line::new(Timestamp::from_millis(0), "ERROR", "invoked").with_some("x", None::<&str>).finish();
        assert_eq!(line, json!({"level": "ERROR", "message": "invoked"}));
    }
}
