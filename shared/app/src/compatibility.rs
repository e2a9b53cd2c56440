//! Whether an instance of a service template version can live in an environment (behaviour 2.4, 7.1).

use protium_domain::environment::Environment;
use protium_domain::template_version::{CompatibleEnvironmentTemplate, TemplateVersion};

/// The environment, if an instance of `version` can be deployed into it; else why not, for the owner of the service.
pub(crate) fn require_inhabitable(
    found: Option<Environment>,
    name: &str,
    version: &TemplateVersion,
) -> std::result::Result<Environment, String> {
    let Some(environment) = found else {
        return Err(format!("the environment '{name}' does not exist"));
    };
    require_compatible(&environment, version)?;
    if !environment.is_inhabitable() {
        return Err(format!("the environment '{name}' is being deleted"));
    }
    if environment.deployable.last_succeeded_deployment_id.is_none() {
        return Err(format!(
            "the environment '{name}' is {} and was never deployed successfully; wait for it, or repair it",
            environment.deployable.status()
        ));
    }
    if environment.roles.proton_service_role_arn.is_none() {
        return Err(format!(
            "the environment '{name}' has no role for CloudFormation, which the service template needs; {}",
            role_remedy(&environment, "protonServiceRoleArn")
        ));
    }
    Ok(environment)
}

/// How an environment comes by a role that it lacks: the one that `member` names.
pub(crate) fn role_remedy(environment: &Environment, member: &str) -> String {
    if environment.connection_id.is_none() {
        return format!("set {member} with UpdateEnvironment");
    }
    format!(
        "its roles are those that the account {} lends it by an environment account connection: have that account add one \
         to its connection, or, where that is gone, ask for another one, and name that with UpdateEnvironment \
         (environmentAccountConnectionId)",
        environment.account
    )
}

/// Whether the environment's template and major are among those that `version` works with.
pub(crate) fn require_compatible(
    environment: &Environment,
    version: &TemplateVersion,
) -> std::result::Result<(), String> {
    let is_compatible = |with: &CompatibleEnvironmentTemplate| {
        with.template_name == environment.template && with.major_version == environment.version.major
    };
    if version.compatible_environment_templates.iter().any(is_compatible) {
        return Ok(());
    }
    let compatible: Vec<String> = version
        .compatible_environment_templates
        .iter()
        .map(|with| format!("{}:{}", with.template_name, with.major_version))
        .collect();
    Err(format!(
        "the environment '{}' was made from {}:{}, but version {} of '{}' works with {} only",
        environment.name,
        environment.template,
        environment.version.major,
        version.version,
        version.template,
        compatible.join(", ")
    ))
}
