//! CloudFormation stacks: created or updated, waited for, and their failures told in the words of the events.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack};
use tokio::time::sleep;

use crate::cloud::told;

/// What is to be deployed.
#[derive(Debug, Clone)]
pub struct Deployment<'a> {
    /// The stack's name.
    pub name: &'a str,
    /// Where the template comes from.
    pub template: Template<'a>,
    /// Parameters; those not named keep their value, or their default.
    pub parameters: BTreeMap<String, String>,
}

/// A template, inline up to 51,200 bytes, or at a URL.
#[derive(Debug, Clone, Copy)]
pub enum Template<'a> {
    /// The text itself.
    Body(&'a str),
    /// The URL of an object.
    Url(&'a str),
}

/// What the deployment came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A new stack.
    Created,
    /// A changed stack.
    Updated,
    /// Nothing was to be changed.
    Unchanged,
}

/// What a first deployment leaves that came to nothing. REVIEW_IN_PROGRESS, of a change set that nobody carried out, is no
/// operation under way, whatever it is called: it would be waited for without end.
const NEVER_WAS: [&str; 5] =
    ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS"];

/// A stack's outputs.
pub type Outputs = BTreeMap<String, String>;

/// Creates or updates the stack and waits for the end.
///
/// # Errors
/// CloudFormation refuses the request, or the stack fails; the message names the resources that failed and why.
pub async fn deploy(
    client: &Client,
    deployment: &Deployment<'_>,
    mut advance: impl FnMut(&str),
) -> Result<(Outcome, Outputs)> {
    let name = deployment.name;
    let mut before = describe(client, name).await?;
    if let Some(stack) = &before
        && is(stack, &NEVER_WAS)
    {
        advance("removing what a failed first deployment left");
        delete(client, name, &mut advance).await?;
        before = None;
    }
    if before.as_ref().is_some_and(|stack| status(stack).ends_with("_IN_PROGRESS")) {
        advance("waiting for an operation under way");
        settled(client, name, &mut advance).await?;
    }
    let outcome = match before {
        None => create(client, deployment).await.map(|()| Outcome::Created),
        Some(_) => update(client, deployment).await,
    }?;
    let stack = settled(client, name, &mut advance).await?.context("the stack is gone")?;
    if !is(&stack, &["CREATE_COMPLETE", "UPDATE_COMPLETE"]) && outcome != Outcome::Unchanged {
        bail!("stack {name} is {}:\n  {}", status(&stack), failures(client, name).await.join("\n  "));
    }
    Ok((outcome, outputs(&stack)))
}

/// Deletes a stack and waits until it is gone.
///
/// # Errors
/// When the deletion fails.
pub async fn delete(client: &Client, name: &str, advance: &mut impl FnMut(&str)) -> Result<()> {
    client.delete_stack().stack_name(name).send().await.map_err(told)?;
    match settled(client, name, advance).await? {
        Some(stack) if !is(&stack, &["DELETE_COMPLETE"]) => {
            bail!(
                "stack {name} can't be deleted ({}):\n  {}",
                status(&stack),
                failures(client, name).await.join("\n  ")
            )
        }
        _ => Ok(()),
    }
}

/// The stack, if there is one of that name.
///
/// # Errors
/// When CloudFormation doesn't answer.
pub async fn describe(client: &Client, name: &str) -> Result<Option<Stack>> {
    match client.describe_stacks().stack_name(name).send().await {
        Ok(found) => {
            Ok(found.stacks.unwrap_or_default().into_iter().find(|stack| !is(stack, &["DELETE_COMPLETE"])))
        }
        Err(error) if error.message().is_some_and(|message| message.contains("does not exist")) => Ok(None),
        Err(error) => Err(told(error)),
    }
}

/// The outputs of a stack.
#[must_use]
pub fn outputs(stack: &Stack) -> Outputs {
    stack
        .outputs()
        .iter()
        .filter_map(|output| Some((output.output_key.clone()?, output.output_value.clone()?)))
        .collect()
}

async fn create(client: &Client, deployment: &Deployment<'_>) -> Result<()> {
    let mut request = client
        .create_stack()
        .stack_name(deployment.name)
        .set_parameters(Some(parameters(deployment, &[])))
        .capabilities(Capability::CapabilityNamedIam);
    request = match deployment.template {
        Template::Body(text) => request.template_body(text),
        Template::Url(url) => request.template_url(url),
    };
    request.send().await.map_err(told).context("CreateStack is refused")?;
    Ok(())
}

async fn update(client: &Client, deployment: &Deployment<'_>) -> Result<Outcome> {
    let kept = parameters_kept(client, deployment).await?;
    let mut request = client
        .update_stack()
        .stack_name(deployment.name)
        .set_parameters(Some(parameters(deployment, &kept)))
        .capabilities(Capability::CapabilityNamedIam);
    request = match deployment.template {
        Template::Body(text) => request.template_body(text),
        Template::Url(url) => request.template_url(url),
    };
    match request.send().await {
        Ok(_) => Ok(Outcome::Updated),
        Err(error) if error.message().is_some_and(|message| message.contains("No updates")) => {
            Ok(Outcome::Unchanged)
        }
        Err(error) => Err(told(error)).context("UpdateStack is refused"),
    }
}

/// Parameters of the stack that the new template still has and this deployment doesn't set: an update keeps them.
async fn parameters_kept(client: &Client, deployment: &Deployment<'_>) -> Result<Vec<String>> {
    let mut request = client.get_template_summary();
    request = match deployment.template {
        Template::Body(text) => request.template_body(text),
        Template::Url(url) => request.template_url(url),
    };
    let summary = request.send().await.map_err(told)?;
    let declared: Vec<_> =
        summary.parameters().iter().filter_map(|parameter| parameter.parameter_key()).collect();
    let stack = describe(client, deployment.name).await?;
    let current = stack.as_ref().map(|stack| stack.parameters()).unwrap_or_default();
    Ok(current
        .iter()
        .filter_map(|parameter| parameter.parameter_key.clone())
        .filter(|key| declared.contains(&key.as_str()) && !deployment.parameters.contains_key(key))
        .collect())
}

fn parameters(deployment: &Deployment<'_>, kept: &[String]) -> Vec<Parameter> {
    let set = deployment
        .parameters
        .iter()
        .map(|(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build());
    let kept =
        kept.iter().map(|key| Parameter::builder().parameter_key(key).use_previous_value(true).build());
    set.chain(kept).collect()
}

/// Waits until no operation is under way.
async fn settled(client: &Client, name: &str, advance: &mut impl FnMut(&str)) -> Result<Option<Stack>> {
    let mut pause = Duration::from_millis(200);
    loop {
        let stack = describe(client, name).await?;
        match &stack {
            Some(stack) if status(stack).ends_with("_IN_PROGRESS") => advance(status(stack)),
            _ => return Ok(stack),
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

/// The failures of the last operation, oldest first: the first is the cause.
async fn failures(client: &Client, name: &str) -> Vec<String> {
    let Ok(events) = client.describe_stack_events().stack_name(name).send().await else { return Vec::new() };
    let mut failures: Vec<_> = events
        .stack_events()
        .iter()
        .filter(|event| event.resource_status().is_some_and(|status| status.as_str().ends_with("_FAILED")))
        .map(|event| {
            let field = |value: Option<&str>| value.unwrap_or("?").to_owned();
            format!("{}: {}", field(event.logical_resource_id()), field(event.resource_status_reason()))
        })
        .take(8)
        .collect();
    failures.reverse();
    failures
}

fn status(stack: &Stack) -> &str {
    stack.stack_status().map_or("", |status| status.as_str())
}

fn is(stack: &Stack, statuses: &[&str]) -> bool {
    statuses.contains(&status(stack))
}
