//! Quotas of an installation (behaviour 10): how much of everything there may be.

use std::str::FromStr;

use thiserror::Error;

use crate::tally::QuotaKind;

/// The quotas. Tags, at most 50 per resource, are the API's own limit and can't be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Templates of both kinds per account.
    pub templates: u64,
    /// Versions per template.
    pub versions_per_template: u64,
    /// Environments per account.
    pub environments: u64,
    /// Services per account.
    pub services: u64,
    /// Instances per service, those included that could not be deleted.
    pub instances_per_service: u64,
    /// Components per account.
    pub components: u64,
    /// Connections per environment account.
    pub connections: u64,
}

/// The latest quotas that Proton published.
impl Default for Quotas {
    fn default() -> Self {
        Self {
            templates: 1_000,
            versions_per_template: 1_000,
            environments: 1_000,
            services: 1_000,
            instances_per_service: 20,
            components: 1_000,
            connections: 1_000,
        }
    }
}

/// A setting that sets no quota.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "'{0}' sets no quota: write NAME=NUMBER with one of the names templates, versionsPerTemplate, environments, services, \
     instancesPerService, components, connections"
)]
pub struct InvalidQuota(pub String);

/// Settings such as `environments=50, services=200`; what isn't set keeps its default.
impl FromStr for Quotas {
    type Err = InvalidQuota;

    fn from_str(text: &str) -> Result<Self, InvalidQuota> {
        let mut quotas = Self::default();
        for setting in text.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
            let invalid = || InvalidQuota(setting.to_owned());
            let (name, number) = setting.split_once('=').ok_or_else(invalid)?;
            let quota = match name.trim() {
                "templates" => &mut quotas.templates,
                "versionsPerTemplate" => &mut quotas.versions_per_template,
                "environments" => &mut quotas.environments,
                "services" => &mut quotas.services,
                "instancesPerService" => &mut quotas.instances_per_service,
                "components" => &mut quotas.components,
                "connections" => &mut quotas.connections,
                _ => return Err(invalid()),
            };
            *quota = number.trim().parse().map_err(|_| invalid())?;
        }
        Ok(quotas)
    }
}

impl Quotas {
    /// How many there may be at most, and what they are called.
    #[must_use]
    pub const fn limit(&self, kind: &QuotaKind) -> (u64, &'static str) {
        match kind {
            QuotaKind::Templates => (self.templates, "environment and service templates"),
            QuotaKind::Environments => (self.environments, "environments"),
            QuotaKind::Services => (self.services, "services"),
            QuotaKind::Components => (self.components, "components"),
            QuotaKind::Connections(_) => (self.connections, "environment account connections per account"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn what_is_not_set_keeps_its_default() {
        let quotas: Quotas = "environments=5, instancesPerService = 100".parse().expect("valid");
        let expected = Quotas { environments: 5, instances_per_service: 100, ..Quotas::default() };
        assert_eq!(quotas, expected);
        assert_eq!("".parse(), Ok(Quotas::default()));
    }

    #[rstest]
    #[case("environments")]
    #[case("environments=")]
    #[case("environments=-1")]
    #[case("castles=3")]
    fn what_sets_no_quota_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<Quotas>(), Err(InvalidQuota(text.to_owned())));
    }
}
