//! Conversions that environments and service instances share, because both are deployed (behaviour 1.3).

use std::collections::BTreeMap;

use protium_app::ports;
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::identifier::Identifier;
use protium_wire::common;

use super::convert;
use crate::error::Answer;

/// The id of a deployment that may be absent.
pub(crate) fn deployment_id(text: Option<String>) -> Answer<Option<Identifier>> {
    Ok(text.map(Identifier::new).transpose()?)
}

/// The version members of an update.
pub(crate) fn version_choice(major: Option<&str>, minor: Option<&str>) -> Answer<VersionChoice> {
    Ok(VersionChoice { major: convert::part(major)?, minor: convert::part(minor)? })
}

/// What an update deploys.
pub(crate) const fn deployment_type(wanted: common::DeploymentUpdateType) -> DeploymentType {
    match wanted {
        common::DeploymentUpdateType::None => DeploymentType::None,
        common::DeploymentUpdateType::CurrentVersion => DeploymentType::CurrentVersion,
        common::DeploymentUpdateType::MinorVersion => DeploymentType::MinorVersion,
        common::DeploymentUpdateType::MajorVersion => DeploymentType::MajorVersion,
    }
}

/// A status, as it travels.
pub(crate) const fn status(status: DeploymentStatus) -> common::DeploymentStatus {
    match status {
        DeploymentStatus::InProgress => common::DeploymentStatus::InProgress,
        DeploymentStatus::Failed => common::DeploymentStatus::Failed,
        DeploymentStatus::Succeeded => common::DeploymentStatus::Succeeded,
        DeploymentStatus::DeleteInProgress => common::DeploymentStatus::DeleteInProgress,
        DeploymentStatus::DeleteFailed => common::DeploymentStatus::DeleteFailed,
        DeploymentStatus::DeleteComplete => common::DeploymentStatus::DeleteComplete,
        DeploymentStatus::Cancelling => common::DeploymentStatus::Cancelling,
        DeploymentStatus::Cancelled => common::DeploymentStatus::Cancelled,
    }
}

/// Outputs, by key and verbatim. The wire knows no empty value, so an output without one is left out.
pub(crate) fn outputs(outputs: BTreeMap<String, String>) -> common::OutputsList {
    outputs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| common::Output { key: Some(key), value_string: Some(value) })
        .collect()
}

/// What was provisioned; so far always by CloudFormation.
pub(crate) fn resources(resources: Vec<ports::ProvisionedResource>) -> common::ProvisionedResourceList {
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    resources
        .into_iter()
        .map(|resource| common::ProvisionedResource {
            identifier: text(resource.identifier),
            name: text(resource.name),
            provisioning_engine: Some(common::ProvisionedResourceEngine::Cloudformation),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_types_keep_their_names() {
        for one in DeploymentStatus::ALL {
            assert_eq!(status(one).as_str(), one.as_str());
        }
        for one in common::DeploymentUpdateType::ALL {
            let wanted = serde_json::to_value(deployment_type(*one)).expect("json");
            assert_eq!(wanted, one.as_str());
        }
    }

    #[test]
    fn outputs_are_verbatim_and_never_empty() {
        let long = "x".repeat(2000);
        let given = [("A", "1"), ("B", ""), ("C", long.as_str())];
        let shown = outputs(given.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        let shown: Vec<_> =
            shown.iter().map(|output| (output.key.as_deref(), output.value_string.as_deref())).collect();
        assert_eq!(shown, [(Some("A"), Some("1")), (Some("C"), Some(long.as_str()))]);
    }

    #[test]
    fn a_resource_without_an_identifier_keeps_its_name() {
        let named = |identifier: &str| ports::ProvisionedResource {
            name: "Bucket".to_owned(),
            identifier: identifier.to_owned(),
        };
        let shown = resources(vec![named("b-1"), named("")]);
        assert_eq!(shown[0].identifier.as_deref(), Some("b-1"));
        assert_eq!(shown[1].identifier, None);
        assert_eq!(shown[1].name.as_deref(), Some("Bucket"));
    }
}
