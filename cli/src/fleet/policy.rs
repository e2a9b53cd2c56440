//! `protium fleet policy …`: how versions reach resources by themselves.

use super::{Session, json, refused, show::Table};
use crate::{
    Ending,
    api::CallError,
    args::fleet::{PolicyArgs, PolicyCommand, PolicyMode, PolicyResource, PolicySetArgs},
    output::{FAINT, visible_line},
};
use anyhow::Result;
use protium_wire::{
    environment::GetEnvironmentInput,
    environment_template::GetEnvironmentTemplateInput,
    service::GetServiceInput,
    service_instance::GetServiceInstanceInput,
    service_template::GetServiceTemplateInput,
    update_policy::{
        DeleteUpdatePolicyInput, GetUpdatePolicyInput, PutUpdatePolicyInput, UpdatePolicy, UpdatePolicyMode,
        UpdatePolicySource,
    },
};

pub(super) async fn run(session: &Session, command: &PolicyCommand) -> Result<Ending> {
    let policy = match command {
        PolicyCommand::Set(args) => put(session, args).await,
        PolicyCommand::Get(args) => get(session, args).await,
        PolicyCommand::Remove(args) => remove(session, args).await,
    };
    let policy = policy.map_err(refused)?;
    session.print(|| text(&policy), || json::policy(&policy))?;
    Ok(Ending::Good)
}

async fn put(session: &Session, args: &PolicySetArgs) -> Result<UpdatePolicy, CallError> {
    let mode = match args.mode {
        PolicyMode::Recommend => UpdatePolicyMode::Recommend,
        PolicyMode::AutoMinor => UpdatePolicyMode::AutoMinor,
        PolicyMode::Pinned => UpdatePolicyMode::Pinned,
    };
    let input = PutUpdatePolicyInput {
        maintenance_windows: (!args.window.is_empty()).then(|| args.window.clone()),
        mode,
        resource_arn: arn(session, &args.resource.resource).await?,
    };
    session.client.call(&input).await.map(|answer| answer.update_policy)
}

async fn get(session: &Session, args: &PolicyArgs) -> Result<UpdatePolicy, CallError> {
    let input = GetUpdatePolicyInput { resource_arn: arn(session, &args.resource).await? };
    session.client.call(&input).await.map(|answer| answer.update_policy)
}

async fn remove(session: &Session, args: &PolicyArgs) -> Result<UpdatePolicy, CallError> {
    let input = DeleteUpdatePolicyInput { resource_arn: arn(session, &args.resource).await? };
    session.client.call(&input).await.map(|answer| answer.update_policy)
}

/// The ARN of a resource: only the API knows in which account and region it is.
async fn arn(session: &Session, resource: &PolicyResource) -> Result<String, CallError> {
    let client = &session.client;
    match resource.clone() {
        PolicyResource::Arn(arn) => Ok(arn),
        PolicyResource::Environment(name) => {
            client.call(&GetEnvironmentInput { name }).await.map(|answer| answer.environment.arn)
        }
        PolicyResource::Service(name) => {
            let answer = client.call(&GetServiceInput { name: name.clone() }).await?;
            answer.service.map(|service| service.arn).ok_or_else(|| CallError::Refused {
                code: protium_wire::ErrorCode::ResourceNotFound.name().to_owned(),
                message: format!("there is no service {name}"),
                status: 400,
            })
        }
        PolicyResource::ServiceInstance(service_name, name) => {
            let answer = client.call(&GetServiceInstanceInput { name, service_name }).await?;
            Ok(answer.service_instance.arn)
        }
        PolicyResource::EnvironmentTemplate(name) => {
            let answer = client.call(&GetEnvironmentTemplateInput { name }).await?;
            Ok(answer.environment_template.arn)
        }
        PolicyResource::ServiceTemplate(name) => {
            let answer = client.call(&GetServiceTemplateInput { name }).await?;
            Ok(answer.service_template.arn)
        }
    }
}

fn text(policy: &UpdatePolicy) -> String {
    let (mode, meaning) = match policy.mode {
        UpdatePolicyMode::Recommend => ("recommend", "listed as behind; updated when somebody starts it"),
        UpdatePolicyMode::AutoMinor => ("auto-minor", "goes to new minor versions by itself"),
        UpdatePolicyMode::Pinned => ("pinned", "stays where it is, whoever starts a fleet update"),
    };
    let source = match policy.source {
        UpdatePolicySource::Resource => "itself",
        UpdatePolicySource::Service => "its service",
        UpdatePolicySource::Template => "its template",
        UpdatePolicySource::Default => "nobody; it is the default",
    };
    let windows = match &policy.maintenance_windows[..] {
        [] => "at all times".to_owned(),
        windows => visible_line(&windows.join(", ")).into_owned(),
    };
    let mut table = Table::default();
    let mut fact = |name: &str, value: String| table.row([format!("{FAINT}{name}{FAINT:#}"), value]);
    fact("resource", visible_line(&policy.resource_arn).into_owned());
    fact("policy", format!("{mode}  {FAINT}{meaning}{FAINT:#}"));
    fact("windows", windows);
    fact("set by", source.to_owned());
    if let Some(problem) = &policy.problem {
        fact("problem", visible_line(problem).into_owned());
    }
    table.lines(0, &[])
}
