//! Update policies: what owners, and authors of templates, say about newer versions (docs/fleet-updates.md).

use protium_app::App;
use protium_app::fleet::{UpdatePolicyView, update_policy_delete, update_policy_get, update_policy_put};
use protium_domain::arn::Location;
use protium_domain::fleet::{MaintenanceWindow, PolicyOrigin, UpdateMode, UpdatePolicy};
use protium_wire::update_policy as wire;

use crate::error::{Answer, Failure};

/// PutUpdatePolicy.
pub(crate) async fn put(app: &App, input: wire::PutUpdatePolicyInput) -> Answer<wire::PutUpdatePolicyOutput> {
    let windows = input.maintenance_windows.unwrap_or_default();
    let policy = UpdatePolicy::new(mode(input.mode), self::windows(&windows)?).map_err(refused)?;
    let view = update_policy_put(app, &input.resource_arn, &policy).await?;
    Ok(wire::PutUpdatePolicyOutput { update_policy: told(app.location(), view) })
}

/// GetUpdatePolicy.
pub(crate) async fn get(app: &App, input: wire::GetUpdatePolicyInput) -> Answer<wire::GetUpdatePolicyOutput> {
    let view = update_policy_get(app, &input.resource_arn).await?;
    Ok(wire::GetUpdatePolicyOutput { update_policy: told(app.location(), view) })
}

/// DeleteUpdatePolicy.
pub(crate) async fn delete(
    app: &App,
    input: wire::DeleteUpdatePolicyInput,
) -> Answer<wire::DeleteUpdatePolicyOutput> {
    let view = update_policy_delete(app, &input.resource_arn).await?;
    Ok(wire::DeleteUpdatePolicyOutput { update_policy: told(app.location(), view) })
}

fn windows(texts: &[String]) -> Answer<Vec<MaintenanceWindow>> {
    texts.iter().map(|text| text.parse::<MaintenanceWindow>().map_err(refused)).collect()
}

fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::validation(format!("maintenanceWindows: {error}"))
}

const fn mode(mode: wire::UpdatePolicyMode) -> UpdateMode {
    match mode {
        wire::UpdatePolicyMode::Recommend => UpdateMode::Recommend,
        wire::UpdatePolicyMode::AutoMinor => UpdateMode::AutoMinor,
        wire::UpdatePolicyMode::Pinned => UpdateMode::Pinned,
    }
}

fn told(location: &Location, view: UpdatePolicyView) -> wire::UpdatePolicy {
    let policy = view.policy;
    wire::UpdatePolicy {
        maintenance_windows: policy.windows.iter().map(ToString::to_string).collect(),
        mode: match policy.mode {
            UpdateMode::Recommend => wire::UpdatePolicyMode::Recommend,
            UpdateMode::AutoMinor => wire::UpdatePolicyMode::AutoMinor,
            UpdateMode::Pinned => wire::UpdatePolicyMode::Pinned,
        },
        problem: policy.problem,
        resource_arn: location.arn(&view.resource),
        source: match policy.origin {
            PolicyOrigin::Resource => wire::UpdatePolicySource::Resource,
            PolicyOrigin::Service => wire::UpdatePolicySource::Service,
            PolicyOrigin::Template => wire::UpdatePolicySource::Template,
            PolicyOrigin::Default => wire::UpdatePolicySource::Default,
        },
    }
}
