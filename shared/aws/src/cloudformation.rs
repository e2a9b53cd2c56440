//! CloudFormation through customers' roles (behaviour 7.1a, 7.2).

mod change_sets;
mod reasons;
mod refusal;
mod roles;
#[cfg(test)]
mod tests;

pub use roles::Principal;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, Parameter, ResourceStatus, Stack, StackEvent, StackResourceSummary, Tag,
};
use protium_app::ports::{
    ChangeSetRequest, ChangeSetState, Clock, CloudFormation, CloudFormationError, ProvisionedResource,
    RoleAccess, StackChange, StackDescription, StackParameter, StackRequest, StackStatus, StackTemplate,
};

use protium_domain::time::Timestamp;

use crate::connection::Connection;
use crate::failure::Failure;
use refusal::{Refusal, refused};
use roles::Roles;

type Result<T> = std::result::Result<T, CloudFormationError>;

/// Samples contain named roles and SAM transforms (behaviour 7.2).
const CAPABILITIES: [Capability; 3] =
    [Capability::CapabilityIam, Capability::CapabilityNamedIam, Capability::CapabilityAutoExpand];

/// Pages of events that are read for the reasons of a failure: some thousand events.
const MOST_EVENT_PAGES: usize = 30;

/// CloudFormation in the installation's region, by any role that the principal may assume.
#[derive(Debug)]
pub struct BorrowedCloudFormation {
    roles: Roles,
}

impl BorrowedCloudFormation {
    /// Acts through `principal`; `clock` tells when a role's credentials are due for renewal.
    #[must_use]
    pub fn new(connection: &Connection, principal: Principal, clock: Arc<dyn Clock>) -> Self {
        Self { roles: Roles::new(connection, principal, clock) }
    }

    /// Every page of a stack's resources.
    async fn stack_resources(&self, access: &RoleAccess, stack: &str) -> Result<Vec<StackResourceSummary>> {
        let client = self.roles.client(access).await?;
        let mut pages = client.list_stack_resources().stack_name(stack).into_paginator().send();
        let mut resources = Vec::new();
        while let Some(page) = pages.next().await {
            resources.extend(page.map_err(refused)?.stack_resource_summaries.unwrap_or_default());
        }
        Ok(resources)
    }

    async fn stack(&self, client: &Client, stack: &str) -> Result<Option<StackDescription>> {
        match client.describe_stacks().stack_name(stack).send().await {
            Ok(answer) => Ok(answer.stacks().first().map(|found| description(found, stack))),
            Err(error) => match Refusal::of(&Failure::read(&error)) {
                Refusal::Absent => Ok(None),
                other => Err(other.into()),
            },
        }
    }
}

#[async_trait]
impl CloudFormation for BorrowedCloudFormation {
    async fn describe(&self, access: &RoleAccess, stack: &str) -> Result<Option<StackDescription>> {
        let client = self.roles.client(access).await?;
        self.stack(&client, stack).await
    }

    async fn create(&self, access: &RoleAccess, request: &StackRequest) -> Result<String> {
        let client = self.roles.client(access).await?;
        let (body, url) = template(&request.template);
        let call = client
            .create_stack()
            .stack_name(&request.stack)
            .set_template_body(body)
            .set_template_url(url)
            .set_capabilities(Some(CAPABILITIES.to_vec()))
            .set_parameters(Some(parameters(request)))
            .set_tags(Some(tags(request)))
            .client_request_token(&request.token);
        match call.send().await {
            Ok(answer) => Ok(answer.stack_id().unwrap_or(&request.stack).to_owned()),
            Err(error) => match Refusal::of(&Failure::read(&error)) {
                Refusal::Exists => match self.stack(&client, &request.stack).await? {
                    Some(stack) => Ok(stack.arn),
                    None => Err(vanished(&request.stack)),
                },
                other => Err(other.into()),
            },
        }
    }

    async fn update(&self, access: &RoleAccess, request: &StackRequest) -> Result<StackChange> {
        let client = self.roles.client(access).await?;
        let (body, url) = template(&request.template);
        let call = client
            .update_stack()
            .stack_name(&request.stack)
            .set_template_body(body)
            .set_template_url(url)
            .set_capabilities(Some(CAPABILITIES.to_vec()))
            .set_parameters(Some(parameters(request)))
            .set_tags(Some(tags(request)))
            .client_request_token(&request.token);
        match call.send().await {
            Ok(_) => Ok(StackChange::Started),
            Err(error) => match Refusal::of(&Failure::read(&error)) {
                Refusal::NoChange => Ok(StackChange::Unchanged),
                // This very update was asked for before, and that call was heard.
                Refusal::TokenUsed => Ok(StackChange::Started),
                other => Err(other.into()),
            },
        }
    }

    async fn cancel_update(&self, access: &RoleAccess, stack: &str, token: &str) -> Result<()> {
        let client = self.roles.client(access).await?;
        match client.cancel_update_stack().stack_name(stack).client_request_token(token).send().await {
            Ok(_) => Ok(()),
            Err(error) => match Refusal::of(&Failure::read(&error)) {
                Refusal::WrongStatus(_) | Refusal::TokenUsed => Ok(()),
                other => Err(other.into()),
            },
        }
    }

    async fn continue_rollback(&self, access: &RoleAccess, stack: &str, token: &str) -> Result<()> {
        let client = self.roles.client(access).await?;
        match client.continue_update_rollback().stack_name(stack).client_request_token(token).send().await {
            Ok(_) => Ok(()),
            Err(error) => match Refusal::of(&Failure::read(&error)) {
                Refusal::WrongStatus(_) | Refusal::TokenUsed => Ok(()),
                other => Err(other.into()),
            },
        }
    }

    async fn delete(&self, access: &RoleAccess, stack: &str, retained: &[String], token: &str) -> Result<()> {
        let client = self.roles.client(access).await?;
        let retained = Some(retained.to_vec()).filter(|retained| !retained.is_empty());
        let call = client.delete_stack().stack_name(stack).set_retain_resources(retained);
        match call.client_request_token(token).send().await {
            Ok(_) => Ok(()),
            Err(error) => match Refusal::of(&Failure::read(&error)) {
                Refusal::Absent | Refusal::TokenUsed => Ok(()),
                other => Err(other.into()),
            },
        }
    }

    async fn undeletable(&self, access: &RoleAccess, stack: &str) -> Result<Vec<String>> {
        let found = self.stack_resources(access, stack).await?;
        let failed = found.iter().filter(|it| it.resource_status() == Some(&ResourceStatus::DeleteFailed));
        Ok(failed.filter_map(|it| it.logical_resource_id().map(ToOwned::to_owned)).collect())
    }

    async fn change_set_create(&self, access: &RoleAccess, request: &ChangeSetRequest) -> Result<()> {
        change_sets::create(&self.roles.client(access).await?, request).await
    }

    async fn change_set(
        &self,
        access: &RoleAccess,
        stack: &str,
        name: &str,
    ) -> Result<Option<ChangeSetState>> {
        change_sets::describe(&self.roles.client(access).await?, stack, name).await
    }

    async fn change_set_delete(&self, access: &RoleAccess, stack: &str, name: &str) -> Result<()> {
        change_sets::delete(&self.roles.client(access).await?, stack, name).await
    }

    async fn resources(&self, access: &RoleAccess, stack: &str) -> Result<Vec<ProvisionedResource>> {
        Ok(self.stack_resources(access, stack).await?.iter().filter_map(resource).collect())
    }

    async fn failure_reasons(&self, access: &RoleAccess, stack: &str) -> Result<Vec<String>> {
        let client = self.roles.client(access).await?;
        let mut pages = client.describe_stack_events().stack_name(stack).into_paginator().send();
        let mut events: Vec<StackEvent> = Vec::new();
        let mut read = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(refused)?;
            let begun = page.stack_events().iter().any(reasons::begins_operation);
            events.extend(page.stack_events.unwrap_or_default());
            read += 1;
            if begun || read == MOST_EVENT_PAGES {
                break;
            }
        }
        Ok(reasons::of_latest_operation(&events))
    }
}

fn template(template: &StackTemplate) -> (Option<String>, Option<String>) {
    match template {
        StackTemplate::Body(body) => (Some(body.clone()), None),
        StackTemplate::Url(url) => (None, Some(url.clone())),
    }
}

fn parameters(request: &StackRequest) -> Vec<Parameter> {
    let parameter = |given: &StackParameter| {
        Parameter::builder().parameter_key(&given.name).parameter_value(&given.value).build()
    };
    request.parameters.iter().map(parameter).collect()
}

fn tags(request: &StackRequest) -> Vec<Tag> {
    request.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn description(found: &Stack, asked: &str) -> StackDescription {
    let outputs = found.outputs().iter().filter_map(|output| {
        Some((output.output_key()?.to_owned(), output.output_value().unwrap_or_default().to_owned()))
    });
    StackDescription {
        arn: found.stack_id().unwrap_or(asked).to_owned(),
        status: StackStatus(
            found.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        ),
        status_reason: found.stack_status_reason().map(ToOwned::to_owned),
        changed_at: found
            .last_updated_time()
            .or(found.creation_time())
            .and_then(|time| time.to_millis().ok())
            .map(Timestamp::from_millis),
        outputs: outputs.collect(),
        tags: found
            .tags()
            .iter()
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())))
            .collect(),
    }
}

/// A resource that exists: it has a physical id and was not deleted meanwhile.
fn resource(summary: &StackResourceSummary) -> Option<ProvisionedResource> {
    let deleted = summary.resource_status().is_some_and(|status| status.as_str() == "DELETE_COMPLETE");
    let identifier = summary.physical_resource_id().filter(|id| !id.is_empty() && !deleted)?;
    Some(ProvisionedResource {
        name: summary.logical_resource_id()?.to_owned(),
        identifier: identifier.to_owned(),
    })
}

/// It was there a moment ago and is being deleted: the next attempt finds the name free.
fn vanished(stack: &str) -> CloudFormationError {
    CloudFormationError::Unavailable(format!("the stack {stack} vanished while it was looked at"))
}
