//! Roles that an installation provisions with: they have to trust whichever installation manages the stacks.

use crate::ports::Entity;

/// The roles that a record names.
pub fn roles(entity: &Entity) -> impl Iterator<Item = &str> {
    let named: [Option<&String>; 3] = match entity {
        Entity::Environment(record) => [
            record.roles.proton_service_role_arn.as_ref(),
            record.roles.codebuild_role_arn.as_ref(),
            record.roles.component_role_arn.as_ref(),
        ],
        Entity::AccountConnection(record) => [
            record.roles.role_arn.as_ref(),
            record.roles.codebuild_role_arn.as_ref(),
            record.roles.component_role_arn.as_ref(),
        ],
        Entity::AccountSettings(record) => {
            [record.pipeline_service_role_arn.as_ref(), record.pipeline_codebuild_role_arn.as_ref(), None]
        }
        _ => [None; 3],
    };
    named.into_iter().flatten().map(String::as_str)
}
