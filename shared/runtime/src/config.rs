//! The configuration: environment variables that `infra/protium.yaml` sets, read once.

use protium_app::Installation;
use protium_aws::cloudformation::Principal;
use protium_aws::sfn::StateMachines;
use protium_domain::arn::Location;
use protium_domain::fleet::Retention;
use protium_domain::provisioning::RoleAllowList;
use protium_domain::quota::{InvalidQuota, Quotas};
use thiserror::Error;

/// Everything that a function is told from outside.
#[derive(Debug, Clone)]
pub struct Config {
    /// What use cases know of the installation.
    pub installation: Installation,
    /// The table's name.
    pub table: String,
    /// The bucket that only Protium writes.
    pub artifact_bucket: String,
    /// Who may do everything whatever the policies say, as ARNs in which `*` stands for anything.
    pub administrator_arns: Vec<String>,
    /// Whether everybody whom IAM lets in may do everything for as long as there are no policies.
    pub is_open_without_policies: bool,
    /// The bus that status events go to.
    pub event_bus: String,
    /// The source that status events name.
    pub event_source: String,
    /// The CloudFormation stack of this installation: the dimension of its metrics.
    pub stack_name: String,
    /// The function's own name, in the journal; Lambda sets it.
    pub function: String,
    /// The state machines.
    pub machines: StateMachines,
    /// Who assumes customers' roles.
    pub principal: Principal,
    /// Where AWS is, if not at its usual addresses: a local AWS.
    pub endpoint_url: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Variables that aren't there.
    #[error(
        "the environment variables {} are not set; infra/protium.yaml sets them for every function: deploy the \
         installation again with the template of this version", .0.join(", ")
    )]
    Missing(Vec<&'static str>),
    /// The parameter `Quotas` of infra/protium.yaml can't be read.
    #[error("PROTIUM_QUOTAS: {0}")]
    Invalid(InvalidQuota),
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`ConfigError`] with all variables that are missing.
    #[expect(clippy::disallowed_methods, reason = "this is where configuration is read")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads variables as `lookup` has them.
    ///
    /// # Errors
    /// [`ConfigError`] with all variables that are missing.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut variables = Variables { lookup, missing: Vec::new(), invalid: None };
        let config = Self::collect(&mut variables);
        match (variables.missing.as_slice(), variables.invalid) {
            ([], None) => Ok(config),
            ([], Some(invalid)) => Err(ConfigError::Invalid(invalid)),
            _ => Err(ConfigError::Missing(variables.missing)),
        }
    }

    fn collect(variables: &mut Variables<impl Fn(&str) -> Option<String>>) -> Self {
        let principal_arn = variables.get("PROTIUM_PROVISIONING_PRINCIPAL_ARN").unwrap_or_default();
        let external_id = variables.need("PROTIUM_EXTERNAL_ID");
        let principal = Principal {
            role_arn: Some(principal_arn.clone()).filter(|arn| !arn.is_empty()),
            external_id: external_id.clone(),
        };
        let location = Location {
            partition: variables.need("PROTIUM_PARTITION"),
            region: variables.need("AWS_REGION"),
            account: variables.need("PROTIUM_ACCOUNT_ID"),
        };
        let installation = Installation {
            location,
            environment_account_role: variables.get("PROTIUM_ENVIRONMENT_ACCOUNT_ROLE"),
            quotas: variables.quotas("PROTIUM_QUOTAS"),
            fleet_retention: variables.days("PROTIUM_FLEET_RETENTION_DAYS"),
            provisioning_roles: RoleAllowList::new(variables.list("PROTIUM_PROVISIONING_ROLE_ARNS")),
            provisioning_principal_arn: principal_arn,
            external_id,
            upload_bucket: variables.need("PROTIUM_UPLOAD_BUCKET"),
            source_bucket_arns: variables.list("PROTIUM_SOURCE_BUCKET_ARNS"),
        };
        Self {
            installation,
            table: variables.need("PROTIUM_TABLE"),
            artifact_bucket: variables.need("PROTIUM_ARTIFACT_BUCKET"),
            administrator_arns: variables.list("PROTIUM_ADMINISTRATOR_ARNS"),
            // Only the exact word opens: what is absent or misspelt must not.
            is_open_without_policies: variables.get("PROTIUM_AUTHORIZATION").as_deref()
                == Some("OPEN_WITHOUT_POLICIES"),
            event_bus: variables.need("PROTIUM_EVENT_BUS"),
            event_source: variables.need("PROTIUM_EVENT_SOURCE"),
            stack_name: variables.need("PROTIUM_STACK_NAME"),
            function: variables.get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            machines: StateMachines {
                publish: variables.need("PROTIUM_PUBLISH_STATE_MACHINE_ARN"),
                provision: variables.need("PROTIUM_PROVISION_STATE_MACHINE_ARN"),
                service: variables.need("PROTIUM_SERVICE_STATE_MACHINE_ARN"),
                fleet: variables.need("PROTIUM_FLEET_STATE_MACHINE_ARN"),
            },
            principal,
            endpoint_url: variables.get("AWS_ENDPOINT_URL"),
        }
    }
}

struct Variables<L> {
    lookup: L,
    missing: Vec<&'static str>,
    invalid: Option<InvalidQuota>,
}

impl<L: Fn(&str) -> Option<String>> Variables<L> {
    /// A variable that may be absent; empty is absent.
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// A variable that must be there.
    fn need(&mut self, name: &'static str) -> String {
        self.get(name).unwrap_or_else(|| {
            self.missing.push(name);
            String::new()
        })
    }

    /// The quotas; those that aren't set keep their defaults.
    fn quotas(&mut self, name: &str) -> Quotas {
        let read = self.get(name).unwrap_or_default().parse();
        read.unwrap_or_else(|invalid| {
            self.invalid = Some(invalid);
            Quotas::default()
        })
    }

    /// A number of days; the default of those functions that don't need it. The template sees to it that it is a number.
    fn days(&self, name: &str) -> Retention {
        self.get(name).and_then(|days| days.parse().ok()).map_or_else(Retention::default, Retention::days)
    }

    /// A list, comma separated; may be empty.
    fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(ToOwned::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As infra/protium.yaml sets them.
    fn variable(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-west-1",
            "AWS_ENDPOINT_URL" => return None,
            "PROTIUM_SOURCE_BUCKET_ARNS" => "",
            "PROTIUM_PROVISIONING_ROLE_ARNS" => "arn:aws:iam::*:role/protium/*, arn:aws:iam::1:role/x",
            "PROTIUM_QUOTAS" => "environments=5",
            "PROTIUM_FLEET_RETENTION_DAYS" => "90",
            name if name.starts_with("PROTIUM_") => name,
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn the_environment_is_read() {
        let config = Config::read(variable).expect("complete");
        assert_eq!(config.table, "PROTIUM_TABLE");
        assert_eq!(config.installation.location.region, "eu-west-1");
        assert_eq!(config.installation.quotas, Quotas { environments: 5, ..Quotas::default() });
        assert_eq!(config.installation.fleet_retention, Retention::days(90));
        assert_eq!(config.installation.source_bucket_arns, Vec::<String>::new());
        assert!(config.installation.provisioning_roles.check("arn:aws:iam::1:role/x").is_ok());
        assert_eq!(config.principal.role_arn.as_deref(), Some("PROTIUM_PROVISIONING_PRINCIPAL_ARN"));
    }

    #[test]
    fn without_a_principal_the_function_is_the_principal() {
        let lookup =
            |name: &str| if name.contains("PRINCIPAL") { Some(String::new()) } else { variable(name) };
        assert_eq!(Config::read(lookup).expect("complete").principal.role_arn, None);
    }

    #[test]
    fn all_missing_variables_are_named_at_once() {
        let lookup = |name: &str| variable(name).filter(|_| !["PROTIUM_TABLE", "AWS_REGION"].contains(&name));
        let error = Config::read(lookup).expect_err("incomplete");
        assert_eq!(error, ConfigError::Missing(vec!["AWS_REGION", "PROTIUM_TABLE"]));
        assert!(error.to_string().contains("AWS_REGION, PROTIUM_TABLE"), "{error}");
    }
}
