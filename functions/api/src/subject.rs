//! The ARN that a request is about, read from its input before anything is decided: for the journal and the audit.
//!
//! It is what the input names, whether that exists or not. Of connections the input doesn't tell the account; their ARN
//! stays without one, as ARNs do where it isn't known.

use protium_domain::arn::{Location, Resource};
use protium_domain::identifier::Identifier;
use protium_domain::name::ResourceName;
use protium_domain::repository::RepositoryId;
use protium_domain::template::TemplateKind;
use protium_domain::version::VersionNumber;
use protium_wire::Operation;
use serde_json::Value;

/// The ARN of what `operation` with this input is about; nothing where the input names no single resource.
#[must_use]
pub(crate) fn subject(location: &Location, operation: Operation, input: &Value) -> Option<String> {
    match operation {
        Operation::PreviewDeployment => {
            let (request, input) = only_member(input.get("request")?)?;
            return subject(location, Operation::from_name(&capitalised(request))?, input);
        }
        Operation::AdoptResource => {
            let (kind, input) = only_member(input.get("resource")?)?;
            let kind = ["environment", "service_instance", "service_pipeline", "component"]
                .into_iter()
                .find(|family| family.replace('_', "").eq_ignore_ascii_case(kind))?;
            return Some(location.arn(&named(kind, input)?));
        }
        _ => {}
    }
    if let Some(arn) = text(input, "resourceArn") {
        // Nothing else is echoed: what isn't an ARN of ours may be anything.
        return location.resource(arn).is_ok().then(|| arn.to_owned());
    }
    let resource = named(operation.description().family, input)?;
    let connection = matches!(resource, Resource::AccountConnection { .. });
    let nobody = Location { account: String::new(), ..location.clone() };
    Some(if connection { nobody.arn(&resource) } else { location.arn(&resource) })
}

/// What an input of this family of operations names.
fn named(family: &str, input: &Value) -> Option<Resource> {
    let name = |member| ResourceName::new(text(input, member)?).ok();
    let own = |member| name("name").or_else(|| name(member));
    match family {
        "environment_template" => template(TemplateKind::Environment, own("templateName")?, input),
        "service_template" => template(TemplateKind::Service, own("templateName")?, input),
        "environment" => Some(Resource::Environment { name: own("environmentName")? }),
        "component" => Some(Resource::Component { name: own("componentName")? }),
        "service" => Some(Resource::Service { name: own("serviceName")? }),
        "service_instance" => instance(name("serviceName")?, own("serviceInstanceName")),
        "service_pipeline" => Some(Resource::ServicePipeline { service: name("serviceName")? }),
        "service_sync" => instance(name("serviceName")?, name("serviceInstanceName")),
        "template_sync" => template(template_kind(input)?, name("templateName")?, input),
        "repository" => repository(input),
        "deployment" => Some(Resource::Deployment { id: identifier(input, "id")? }),
        "account_connection" => Some(Resource::AccountConnection { id: identifier(input, "id")? }),
        "own" => match identifier(input, "deploymentId") {
            Some(id) => Some(Resource::Deployment { id }),
            None => template(template_kind(input)?, name("templateName")?, input),
        },
        _ => None,
    }
}

fn template(kind: TemplateKind, name: ResourceName, input: &Value) -> Option<Resource> {
    let part = |member| text(input, member);
    let version = part("majorVersion").zip(part("minorVersion"));
    Some(match version.and_then(|(major, minor)| format!("{major}.{minor}").parse::<VersionNumber>().ok()) {
        Some(version) => Resource::TemplateVersion { kind, name, version },
        None => Resource::Template { kind, name },
    })
}

fn template_kind(input: &Value) -> Option<TemplateKind> {
    serde_json::from_value(input.get("templateType")?.clone()).ok()
}

fn instance(service: ResourceName, name: Option<ResourceName>) -> Option<Resource> {
    Some(match name {
        Some(name) => Resource::ServiceInstance { service, name },
        None => Resource::Service { name: service },
    })
}

fn repository(input: &Value) -> Option<Resource> {
    let text = |member, other| text(input, member).or_else(|| text(input, other));
    let provider = text("provider", "repositoryProvider")?.to_ascii_lowercase();
    let tail = format!("{provider}:{}", text("name", "repositoryName")?);
    Some(Resource::Repository { id: RepositoryId::parse(&tail)? })
}

fn identifier(input: &Value, member: &str) -> Option<Identifier> {
    Identifier::new(text(input, member)?).ok()
}

fn text<'a>(input: &'a Value, member: &str) -> Option<&'a str> {
    input.get(member).and_then(Value::as_str)
}

/// Name and value of a union's member.
fn only_member(union: &Value) -> Option<(&str, &Value)> {
    let members = union.as_object()?;
    members.iter().next().filter(|_| members.len() == 1).map(|(name, value)| (name.as_str(), value))
}

fn capitalised(name: &str) -> String {
    let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const ID: &str = "0199a3c2-7b10-7c55-8c1e-2f6a90d4e811";

    #[rstest]
    #[case("CreateEnvironment", json!({"name": "beta", "templateName": "net"}), "environment/beta")]
    #[case("ListEnvironmentOutputs", json!({"environmentName": "beta"}), "environment/beta")]
    #[case("UpdateServiceInstance", json!({"name": "i", "serviceName": "s"}), "service/s/service-instance/i")]
    #[case("ListServiceInstanceOutputs", json!({"serviceInstanceName": "i", "serviceName": "s"}), "service/s/service-instance/i")]
    #[case("ListServiceInstances", json!({"serviceName": "s"}), "service/s")]
    #[case("UpdateServicePipeline", json!({"serviceName": "s"}), "service/s/pipeline")]
    #[case("GetServiceTemplate", json!({"name": "web"}), "service-template/web")]
    #[case("CreateEnvironmentTemplateVersion", json!({"templateName": "net", "majorVersion": "1"}), "environment-template/net")]
    #[case("UpdateEnvironmentTemplateVersion", json!({"templateName": "net", "majorVersion": "1", "minorVersion": "2"}), "environment-template/net:1.2")]
    #[case("ImportTemplateVersion", json!({"templateType": "SERVICE", "templateName": "web", "majorVersion": "1", "minorVersion": "0"}), "service-template/web:1.0")]
    #[case("CreateTemplateSyncConfig", json!({"templateType": "SERVICE", "templateName": "web"}), "service-template/web")]
    #[case("GetServiceInstanceSyncStatus", json!({"serviceName": "s", "serviceInstanceName": "i"}), "service/s/service-instance/i")]
    #[case("CreateRepository", json!({"provider": "GITHUB", "name": "o/r"}), "repository/github:o/r")]
    #[case("CreateRepository", json!({"provider": "GITHUB_ENTERPRISE", "name": "o/r"}), "repository/github_enterprise:o/r")]
    #[case("RetryDeployment", json!({"deploymentId": ID}), "deployment/0199a3c2-7b10-7c55-8c1e-2f6a90d4e811")]
    #[case("DeleteDeployment", json!({"id": ID}), "deployment/0199a3c2-7b10-7c55-8c1e-2f6a90d4e811")]
    #[case("TagResource", json!({"resourceArn": "arn:aws:proton:eu-west-1:111122223333:service/s"}), "service/s")]
    #[case("PreviewDeployment", json!({"request": {"createEnvironment": {"name": "beta"}}}), "environment/beta")]
    #[case("AdoptResource", json!({"resource": {"serviceInstance": {"serviceName": "s", "name": "i"}}}), "service/s/service-instance/i")]
    fn inputs_name_resources(#[case] operation: &str, #[case] input: Value, #[case] tail: &str) {
        let operation = Operation::from_name(operation).expect("there is one");
        let arn = subject(&location(), operation, &input);
        assert_eq!(arn, Some(format!("arn:aws:proton:eu-west-1:111122223333:{tail}")));
    }

    #[test]
    fn a_connection_is_named_without_its_account() {
        let arn = subject(&location(), Operation::DeleteEnvironmentAccountConnection, &json!({"id": ID}));
        assert_eq!(arn, Some(format!("arn:aws:proton:eu-west-1::environment-account-connection/{ID}")));
    }

    /// An input is anybody's text: what isn't a name is not repeated.
    #[test]
    fn what_is_no_name_names_nothing() {
        for operation in Operation::ALL {
            for junk in [
                json!(null),
                json!([1]),
                json!("x"),
                json!({"name": "a secret, with spaces"}),
                json!({"resourceArn": "secret"}),
                json!({"request": {"": {}}}),
            ] {
                assert_eq!(subject(&location(), *operation, &junk), None, "{operation}");
            }
        }
    }

    fn location() -> Location {
        Location { partition: "aws".into(), region: "eu-west-1".into(), account: "111122223333".into() }
    }
}
