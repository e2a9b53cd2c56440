//! The logs of functions, as CloudWatch Logs has them.

use serde_json::{Value, json};

use super::http::Request;
use super::protium::Protium;

impl Protium {
    /// The lines of a log group that hold `text`, in no order; of all its lines with nothing.
    pub(crate) async fn log(&self, group: &str, text: Option<&str>) -> Vec<String> {
        let mut lines = Vec::new();
        let mut page = json!({"logGroupName": group});
        if let Some(text) = text {
            page["filterPattern"] = format!("\"{text}\"").into();
        }
        loop {
            let answer = self.logs("FilterLogEvents", &page).await;
            let events = answer["events"].as_array().cloned().unwrap_or_default();
            lines.extend(events.iter().filter_map(|event| event["message"].as_str()).map(str::to_owned));
            match answer["nextToken"].as_str() {
                Some(token) => page["nextToken"] = token.into(),
                None => return lines,
            }
        }
    }

    /// The journal of one of its functions: the entries that hold `text`.
    pub(crate) async fn journal(&self, function: &str, text: &str) -> Vec<Value> {
        let group = format!("/aws/lambda/{}", self.function(function));
        let lines = self.log(&group, Some(text)).await;
        let entries = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        entries.filter(|entry| entry["Stack"] == self.outputs.stack_name.as_str()).collect()
    }

    /// The names of all log groups.
    pub(crate) async fn log_groups(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut page = json!({});
        loop {
            let answer = self.logs("DescribeLogGroups", &page).await;
            let groups = answer["logGroups"].as_array().cloned().unwrap_or_default();
            names.extend(groups.iter().filter_map(|group| group["logGroupName"].as_str()).map(str::to_owned));
            match answer["nextToken"].as_str() {
                Some(token) => page["nextToken"] = token.into(),
                None => return names,
            }
        }
    }

    async fn logs(&self, operation: &str, input: &Value) -> Value {
        let endpoint = self.cloud.endpoint.as_deref().expect("a local AWS");
        let request = Request::post(endpoint)
            .header("x-amz-target", &format!("Logs_20140328.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(input.to_string())
            .signed_for("logs");
        let answer = request.send().await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        answer.body
    }
}
