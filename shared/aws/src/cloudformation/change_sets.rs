//! Change sets: asking for them, reading all their pages, removing them.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{Change, ChangeSetStatus, ChangeSetType, ResourceChangeDetail as Detail};
use protium_app::ports::{ChangeSetRequest, ChangeSetState, ResourceChange, ResourceChangeDetail};

use super::refusal::{Refusal, refused};
use super::{CAPABILITIES, Result, parameters, tags, template};
use crate::failure::Failure;

/// CreateChangeSet. One of this name that exists already is ours.
pub(super) async fn create(client: &Client, request: &ChangeSetRequest) -> Result<()> {
    let (body, url) = template(&request.stack.template);
    let tags = Some(tags(&request.stack)).filter(|tags| !tags.is_empty());
    let kind = if request.creates { ChangeSetType::Create } else { ChangeSetType::Update };
    let call = client
        .create_change_set()
        .stack_name(&request.stack.stack)
        .change_set_name(&request.name)
        .change_set_type(kind)
        .set_template_body(body)
        .set_template_url(url)
        .set_capabilities(Some(CAPABILITIES.to_vec()))
        .set_parameters(Some(parameters(&request.stack)))
        .set_tags(tags)
        .client_token(&request.stack.token);
    match call.send().await {
        Ok(_) => Ok(()),
        Err(error) => match Refusal::of(&Failure::read(&error)) {
            Refusal::Exists => Ok(()),
            other => Err(other.into()),
        },
    }
}

/// DescribeChangeSet, every page; nothing when there is no such change set.
pub(super) async fn describe(client: &Client, stack: &str, name: &str) -> Result<Option<ChangeSetState>> {
    let mut changes = Vec::new();
    let mut next = None;
    loop {
        let call = client.describe_change_set().stack_name(stack).change_set_name(name).set_next_token(next);
        let page = match call.send().await {
            Ok(page) => page,
            Err(error) => match Refusal::of(&Failure::read(&error)) {
                Refusal::Absent => return Ok(None),
                other => return Err(other.into()),
            },
        };
        match page.status() {
            Some(ChangeSetStatus::CreateComplete) => {}
            Some(ChangeSetStatus::Failed) => return Ok(Some(failed(&page))),
            _ => return Ok(Some(ChangeSetState::Pending)),
        }
        changes.extend(page.changes().iter().filter_map(change));
        next = page.next_token().filter(|token| !token.is_empty()).map(ToOwned::to_owned);
        if next.is_none() {
            return Ok(Some(ChangeSetState::Ready(changes)));
        }
    }
}

/// DeleteChangeSet; deleting what is gone succeeds.
pub(super) async fn delete(client: &Client, stack: &str, name: &str) -> Result<()> {
    match client.delete_change_set().stack_name(stack).change_set_name(name).send().await {
        Ok(_) => Ok(()),
        Err(error) => match Refusal::of(&Failure::read(&error)) {
            Refusal::Absent => Ok(()),
            _ => Err(refused(error)),
        },
    }
}

/// A change set without changes ends as FAILED; only its reason tells. The words are those that the CLI's `deploy` has
/// relied on for years.
fn failed(page: &DescribeChangeSetOutput) -> ChangeSetState {
    let reason = page.status_reason().unwrap_or("CloudFormation gave no reason").to_owned();
    let is_empty = ["didn't contain changes", "No updates are to be performed"];
    if is_empty.iter().any(|words| reason.contains(words)) {
        return ChangeSetState::Ready(Vec::new());
    }
    ChangeSetState::Failed(reason)
}

fn change(change: &Change) -> Option<ResourceChange> {
    let change = change.resource_change()?;
    Some(ResourceChange {
        action: change.action()?.as_str().to_owned(),
        logical_id: change.logical_resource_id()?.to_owned(),
        physical_id: change.physical_resource_id().filter(|id| !id.is_empty()).map(ToOwned::to_owned),
        resource_type: change.resource_type().unwrap_or_default().to_owned(),
        replacement: change.replacement().map(|replacement| replacement.as_str().to_owned()),
        scope: change.scope().iter().map(|scope| scope.as_str().to_owned()).collect(),
        details: change.details().iter().filter_map(detail).collect(),
    })
}

fn detail(detail: &Detail) -> Option<ResourceChangeDetail> {
    let target = detail.target()?;
    Some(ResourceChangeDetail {
        attribute: target.attribute()?.as_str().to_owned(),
        name: target.name().filter(|name| !name.is_empty()).map(ToOwned::to_owned),
        requires_recreation: target.requires_recreation().map(|recreation| recreation.as_str().to_owned()),
    })
}
