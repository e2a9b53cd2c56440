//! ARNs of Proton resources (behaviour 1.2).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::repository::RepositoryId;
use crate::template::TemplateKind;
use crate::version::{VersionNumber, version_part};

/// Where an installation lives; the part that all its ARNs share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The account's twelve digits.
    pub account: String,
}

impl Location {
    /// The ARN of `resource` here.
    #[must_use]
    pub fn arn(&self, resource: &Resource) -> String {
        format!("arn:{}:proton:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// Reads the ARN of a resource of this installation.
    ///
    /// # Errors
    /// [`InvalidArn`] when the text is no Proton ARN, of another account or region, or of an unknown kind. The ARNs of
    /// connections, and only those, are of other accounts.
    pub fn resource(&self, arn: &str) -> Result<Resource, InvalidArn> {
        let prefix = format!("arn:{}:proton:{}:{}:", self.partition, self.region, self.account);
        let own = arn.strip_prefix(&prefix).and_then(Resource::parse);
        own.or_else(|| self.connection(arn)).ok_or_else(|| InvalidArn { arn: arn.to_owned(), prefix })
    }

    fn connection(&self, arn: &str) -> Option<Resource> {
        let rest = arn.strip_prefix(&format!("arn:{}:proton:{}:", self.partition, self.region))?;
        let (account, tail) = rest.split_once(':')?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let resource = Resource::parse(tail).filter(|_| is_account)?;
        matches!(resource, Resource::AccountConnection { .. }).then_some(resource)
    }
}

/// Why a text names no resource of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{arn}' names no Proton resource of this installation: its ARNs begin '{prefix}'")]
pub struct InvalidArn {
    /// What was given.
    pub arn: String,
    /// How the ARNs of the installation begin.
    pub prefix: String,
}

/// What an ARN's tail names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// `environment-template/NAME` or `service-template/NAME`.
    Template {
        /// Environment or service template.
        kind: TemplateKind,
        /// The template's name.
        name: ResourceName,
    },
    /// `…-template/NAME:MAJOR.MINOR`.
    TemplateVersion {
        /// Environment or service template.
        kind: TemplateKind,
        /// The template's name.
        name: ResourceName,
        /// The version.
        version: VersionNumber,
    },
    /// The old form `…-template/NAME:MAJOR`, accepted when read (behaviour 1.2).
    TemplateMajorVersion {
        /// Environment or service template.
        kind: TemplateKind,
        /// The template's name.
        name: ResourceName,
        /// The major version.
        major: u64,
    },
    /// `environment/NAME`.
    Environment {
        /// The environment's name.
        name: ResourceName,
    },
    /// `service/NAME`.
    Service {
        /// The service's name.
        name: ResourceName,
    },
    /// `service/SERVICE/service-instance/NAME`.
    ServiceInstance {
        /// The service's name.
        service: ResourceName,
        /// The instance's name.
        name: ResourceName,
    },
    /// `service/SERVICE/pipeline`; a trailing `/UUID` is accepted when read.
    ServicePipeline {
        /// The service's name.
        service: ResourceName,
    },
    /// `component/NAME`.
    Component {
        /// The component's name.
        name: ResourceName,
    },
    /// `deployment/UUID`.
    Deployment {
        /// The deployment's id.
        id: Identifier,
    },
    /// `repository/PROVIDER:OWNER/REPO`.
    Repository {
        /// Provider and name.
        id: RepositoryId,
    },
    /// `fleet-update/UUID`: Protium's own.
    FleetUpdate {
        /// The fleet update's id.
        id: Identifier,
    },
    /// `environment-account-connection/UUID`; its ARN is of the environment account.
    AccountConnection {
        /// The connection's id.
        id: Identifier,
    },
}

impl Resource {
    /// Reads the tail of a Proton ARN: what follows the account.
    #[must_use]
    pub fn parse(tail: &str) -> Option<Self> {
        let (kind, rest) = tail.split_once('/')?;
        match kind {
            "environment-template" => Self::parse_template(TemplateKind::Environment, rest),
            "service-template" => Self::parse_template(TemplateKind::Service, rest),
            "environment" => Some(Self::Environment { name: name(rest)? }),
            "component" => Some(Self::Component { name: name(rest)? }),
            "deployment" => Some(Self::Deployment { id: Identifier::new(rest).ok()? }),
            "fleet-update" => Some(Self::FleetUpdate { id: Identifier::new(rest).ok()? }),
            "environment-account-connection" => {
                Some(Self::AccountConnection { id: Identifier::new(rest).ok()? })
            }
            "repository" => Some(Self::Repository { id: RepositoryId::parse(rest)? }),
            "service" => Self::parse_service(rest),
            _ => None,
        }
    }

    fn parse_template(kind: TemplateKind, rest: &str) -> Option<Self> {
        let Some((template, version)) = rest.split_once(':') else {
            return Some(Self::Template { kind, name: name(rest)? });
        };
        let name = name(template)?;
        if version.contains('.') {
            Some(Self::TemplateVersion { kind, name, version: version.parse().ok()? })
        } else {
            Some(Self::TemplateMajorVersion { kind, name, major: version_part(version).ok()? })
        }
    }

    fn parse_service(rest: &str) -> Option<Self> {
        let parts: Vec<&str> = rest.split('/').collect();
        match parts.as_slice() {
            [service] => Some(Self::Service { name: name(service)? }),
            [service, "service-instance", instance] => {
                Some(Self::ServiceInstance { service: name(service)?, name: name(instance)? })
            }
            [service, "pipeline"] => Some(Self::ServicePipeline { service: name(service)? }),
            [service, "pipeline", id] if Identifier::new(*id).is_ok() => {
                Some(Self::ServicePipeline { service: name(service)? })
            }
            _ => None,
        }
    }
}

fn name(text: &str) -> Option<ResourceName> {
    ResourceName::new(text).ok()
}

/// The tail of the ARN.
impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template { kind, name } => write!(formatter, "{}/{name}", kind.arn_segment()),
            Self::TemplateVersion { kind, name, version } => {
                write!(formatter, "{}/{name}:{version}", kind.arn_segment())
            }
            Self::TemplateMajorVersion { kind, name, major } => {
                write!(formatter, "{}/{name}:{major}", kind.arn_segment())
            }
            Self::Environment { name } => write!(formatter, "environment/{name}"),
            Self::Service { name } => write!(formatter, "service/{name}"),
            Self::ServiceInstance { service, name } => {
                write!(formatter, "service/{service}/service-instance/{name}")
            }
            Self::ServicePipeline { service } => write!(formatter, "service/{service}/pipeline"),
            Self::Component { name } => write!(formatter, "component/{name}"),
            Self::Deployment { id } => write!(formatter, "deployment/{id}"),
            Self::Repository { id } => write!(formatter, "repository/{id}"),
            Self::FleetUpdate { id } => write!(formatter, "fleet-update/{id}"),
            Self::AccountConnection { id } => write!(formatter, "environment-account-connection/{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn location() -> Location {
        Location { partition: "aws".into(), region: "eu-west-1".into(), account: "111122223333".into() }
    }

    #[rstest]
    #[case("environment-template/net")]
    #[case("environment-template/net:1.2")]
    #[case("service-template/web:3")]
    #[case("environment/beta")]
    #[case("service/shop")]
    #[case("service/shop/service-instance/shop-beta")]
    #[case("service/shop/pipeline")]
    #[case("component/queue")]
    #[case("deployment/0190163d-8694-739b-aea5-966c26f8ad91")]
    #[case("repository/github:owner/repo")]
    #[case("fleet-update/0190163d-8694-739b-aea5-966c26f8ad91")]
    #[case("environment-account-connection/0190163d-8694-739b-aea5-966c26f8ad91")]
    fn arns_round_trip(#[case] tail: &str) {
        let arn = format!("arn:aws:proton:eu-west-1:111122223333:{tail}");
        let resource = location().resource(&arn).expect("a known form");
        assert_eq!(location().arn(&resource), arn);
    }

    #[rstest]
    #[case("arn:aws:proton:eu-west-1:111122223333:environment/")]
    #[case("arn:aws:proton:eu-west-1:111122223333:service/a/b")]
    #[case("arn:aws:proton:us-east-1:111122223333:environment/beta")]
    #[case("arn:aws:proton:eu-west-1:999999999999:environment/beta")]
    #[case("arn:aws:s3:::bucket")]
    #[case("")]
    fn other_texts_are_refused(#[case] arn: &str) {
        assert!(location().resource(arn).is_err());
    }

    #[test]
    fn connections_alone_are_of_other_accounts() {
        let id = "0190163d-8694-739b-aea5-966c26f8ad91";
        let arn =
            |account: &str| format!("arn:aws:proton:eu-west-1:{account}:environment-account-connection/{id}");
        assert!(location().resource(&arn("222233334444")).is_ok());
        assert!(location().resource(&arn("me")).is_err());
    }

    #[test]
    fn a_pipeline_arn_may_end_in_an_id() {
        let arn = "arn:aws:proton:eu-west-1:111122223333:service/shop/pipeline/0190163d-8694-739b-aea5-966c26f8ad91";
        let service = ResourceName::new("shop").expect("valid");
        assert_eq!(location().resource(arn), Ok(Resource::ServicePipeline { service }));
    }
}
