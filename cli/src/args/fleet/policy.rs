//! `protium fleet policy …`.

use clap::{Args, Subcommand, ValueEnum};
use std::str::FromStr;

pub(super) const EXAMPLES: &str = "\
Examples:
  # all instances of the template follow its minor versions by themselves, at night
  protium fleet policy set service-template/web auto-minor --window 'daily 01:00/3h'

  # one service decides for itself: the owner's choice wins over the template's
  protium fleet policy set service/shop pinned
  protium fleet policy get service/shop/prod
  protium fleet policy remove service/shop

The same can be said by tags: protium:update-policy = recommend | auto-minor | pinned, and
protium:maintenance-window = 'sat 02:00/4h'. Times are UTC.";

/// Commands around update policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Say how new versions reach a resource, or the users of a template
    Set(PolicySetArgs),
    /// Show what holds for a resource, and who said so
    Get(PolicyArgs),
    /// Take back what was said by `set`
    #[command(alias = "delete")]
    Remove(PolicyArgs),
}

/// Arguments of `protium fleet policy set`.
#[derive(Debug, Args)]
pub(crate) struct PolicySetArgs {
    #[command(flatten)]
    pub(crate) resource: PolicyArgs,
    /// What happens when a new minor version is published
    #[arg(value_enum)]
    pub(crate) mode: PolicyMode,
    /// When updates may begin, in UTC: 'sat 02:00/4h', 'mon,wed 22:30/90m' or 'daily 01:00/2h' (may be repeated)
    #[arg(long, value_name = "WINDOW")]
    pub(crate) window: Vec<String>,
}

/// A resource that has a policy.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// environment/NAME, service/NAME, service/NAME/INSTANCE, service-template/NAME, environment-template/NAME, or an
    /// ARN
    pub(crate) resource: PolicyResource,
}

/// What happens when a new minor version is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyMode {
    /// It is listed as behind, and its owner is told
    Recommend,
    /// It is updated by itself
    AutoMinor,
    /// It stays where it is, whoever starts a fleet update
    Pinned,
}

/// A resource that has a policy, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PolicyResource {
    Arn(String),
    Environment(String),
    Service(String),
    ServiceInstance(String, String),
    EnvironmentTemplate(String),
    ServiceTemplate(String),
}

impl FromStr for PolicyResource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("arn:") {
            return Ok(Self::Arn(text.to_owned()));
        }
        let parts: Vec<&str> = text.split('/').collect();
        let name = |name: &str| name.to_owned();
        let found = match parts[..] {
            _ if parts.contains(&"") => None,
            ["environment", of] => Some(Self::Environment(name(of))),
            ["service", of] => Some(Self::Service(name(of))),
            ["service", of, instance] | ["service", of, "service-instance", instance] => {
                Some(Self::ServiceInstance(name(of), name(instance)))
            }
            ["environment-template", of] => Some(Self::EnvironmentTemplate(name(of))),
            ["service-template", of] => Some(Self::ServiceTemplate(name(of))),
            _ => None,
        };
        found.ok_or_else(|| {
            "it is none of environment/NAME, service/NAME, service/NAME/INSTANCE, service-template/NAME, \
             environment-template/NAME and ARNs"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("arn:aws:proton:eu-west-1:111122223333:service/shop", Some(PolicyResource::Arn(
        "arn:aws:proton:eu-west-1:111122223333:service/shop".into()
    )))]
    #[case("environment/beta", Some(PolicyResource::Environment("beta".into())))]
    #[case("service/shop", Some(PolicyResource::Service("shop".into())))]
    #[case("service/shop/prod", Some(PolicyResource::ServiceInstance("shop".into(), "prod".into())))]
    #[case("service/shop/service-instance/prod", Some(PolicyResource::ServiceInstance("shop".into(), "prod".into())))]
    #[case("service-template/web", Some(PolicyResource::ServiceTemplate("web".into())))]
    #[case("environment-template/vpc", Some(PolicyResource::EnvironmentTemplate("vpc".into())))]
    #[case("web", None)]
    #[case("service/", None)]
    #[case("component/cache", None)]
    #[case("", None)]
    fn resources_are_named_as_their_arns_end(#[case] text: &str, #[case] expected: Option<PolicyResource>) {
        assert_eq!(text.parse().ok(), expected);
    }
}
