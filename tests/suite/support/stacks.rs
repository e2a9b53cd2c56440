//! CloudFormation's side: the stacks behind resources, and the gates in them.

use aws_sdk_cloudformation::types::Stack;
use serde_json::json;

use super::protium::Protium;
use super::wait::eventually;

/// The tag that names the resource of a stack, most specific first.
const RESOURCE_TAGS: [&str; 3] = ["proton:component", "proton:service-instance", "proton:environment"];

impl Protium {
    /// The stacks that exist for the resource with this ARN.
    pub(crate) async fn stacks_of(&self, arn: &str) -> Vec<Stack> {
        let mut stacks = self.stacks().await;
        stacks.retain(|stack| resource_of(stack).is_some_and(|resource| resource == arn));
        stacks
    }

    /// The stacks that exist for anything that belongs to the resource with this ARN, and for itself.
    pub(crate) async fn stacks_about(&self, arn: &str) -> Vec<Stack> {
        let mut stacks = self.stacks().await;
        stacks.retain(|stack| stack.tags().iter().any(|tag| tag.value() == Some(arn)));
        stacks
    }

    async fn stacks(&self) -> Vec<Stack> {
        let mut stacks = Vec::new();
        let mut pages = self.cloudformation.describe_stacks().into_paginator().items().send();
        while let Some(stack) = pages.next().await {
            stacks.push(stack.expect("DescribeStacks answers"));
        }
        stacks.retain(|stack| status(stack) != "DELETE_COMPLETE");
        stacks
    }

    /// The one stack of a resource, once there is one.
    pub(crate) async fn stack_of(&self, arn: &str) -> Stack {
        eventually(&format!("a stack of {arn}"), async || {
            let mut stacks = self.stacks_of(arn).await;
            match stacks.len() {
                0 => Err("none".to_owned()),
                1 => Ok(stacks.remove(0)),
                more => panic!("{more} stacks of {arn}: {stacks:?}"),
            }
        })
        .await
    }

    /// Waits until the stack of a resource stands at the gate, which says that the deployment is well under way.
    pub(crate) async fn gate_reached(&self, arn: &str, gate: &str) -> String {
        eventually(&format!("gate {gate} of {arn}"), async || {
            let stack = self.stack_of(arn).await;
            let name = stack.stack_name().unwrap_or_default();
            let describe = self
                .cloudformation
                .describe_stack_resource()
                .stack_name(name)
                .logical_resource_id(format!("Gate{gate}Handle"));
            let described = describe.send().await.map_err(|error| format!("{error:?}"))?;
            let url = described.stack_resource_detail().and_then(|detail| detail.physical_resource_id());
            url.filter(|url| url.starts_with("http")).map(str::to_owned).ok_or("no handle yet".into())
        })
        .await
    }

    /// Lets the stack of a resource pass the gate.
    pub(crate) async fn gate_open(&self, arn: &str, gate: &str) {
        let url = self.gate_reached(arn, gate).await;
        let signal = json!({"Status": "SUCCESS", "UniqueId": "open", "Data": "", "Reason": ""});
        let sent = reqwest::Client::new().put(url).body(signal.to_string()).send().await;
        let status = sent.expect("the signal arrives").status();
        assert!(status.is_success(), "the gate's handle answers {status}");
    }

    /// An output of the installation's own stack.
    pub(crate) async fn stack_output(&self, key: &str) -> String {
        let stack = &self.outputs.stack_name;
        let described = self.cloudformation.describe_stacks().stack_name(stack).send().await;
        let described = described.expect("it is installed").stacks.unwrap_or_default();
        let mut outputs = described.iter().flat_map(Stack::outputs);
        let output = outputs.find(|output| output.output_key() == Some(key));
        output.and_then(|output| output.output_value()).expect("it is among the outputs").to_owned()
    }

    /// Whether there is a stack of that id or name, in which status.
    pub(crate) async fn stack_status(&self, stack: &str) -> Option<String> {
        let described = self.cloudformation.describe_stacks().stack_name(stack).send().await.ok()?;
        described.stacks().first().map(|stack| status(stack).to_owned())
    }
}

/// The status of a stack.
pub(crate) fn status(stack: &Stack) -> &str {
    stack.stack_status().map_or("", |status| status.as_str())
}

fn resource_of(stack: &Stack) -> Option<&str> {
    RESOURCE_TAGS
        .iter()
        .find_map(|key| stack.tags().iter().find(|tag| tag.key() == Some(key)).and_then(|tag| tag.value()))
}
