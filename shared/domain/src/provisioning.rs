//! Rules of provisioning that need no I/O: stack names, tags of stacks, which roles are allowed (behaviour 7.1a, 7.2).

use thiserror::Error;

use crate::arn::{Location, Resource};
use crate::deployment::{DeploymentTarget, TargetState};
use crate::name::ResourceName;
use crate::template::TemplateKind;
use crate::trace::TraceId;

/// How all names of stacks that Protium makes begin.
pub const STACK_NAME_PREFIX: &str = "AWSProton-";

/// The name of a new stack: the resource's name and the template file's name, 15 characters of each, and `suffix`, 15
/// random capital letters (behaviour 7.2). The name of an instance is joined of service and instance.
#[must_use]
pub fn stack_name(target: &DeploymentTarget, file: &str, suffix: &str) -> String {
    let resource = match target {
        DeploymentTarget::Environment { name } | DeploymentTarget::Component { name, .. } => name.to_string(),
        DeploymentTarget::ServiceInstance { service, name, .. } => format!("{service}-{name}"),
        DeploymentTarget::ServicePipeline { service } => service.to_string(),
    };
    format!("{STACK_NAME_PREFIX}{}-{}-{suffix}", head(&resource), head(file))
}

/// The first 15 characters, with everything but letters and digits turned into `-`.
fn head(text: &str) -> String {
    text.chars().take(15).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// A session name for AssumeRole that tells whose deployment it is: at most 64 characters of those that STS allows.
#[must_use]
pub fn session_name(deployment_id: &str) -> String {
    format!("protium-{deployment_id}").chars().take(64).collect()
}

/// The tag of a stack with the trace of the request that it was made for: Protium's own, beside those of Proton.
pub const TRACE_TAG: &str = "protium:trace";

/// The system tags of a provisioned stack (behaviour section 11), in order, and its trace, if it has one.
#[must_use]
pub fn stack_tags(
    location: &Location,
    target: &DeploymentTarget,
    state: &TargetState,
    trace: Option<TraceId>,
) -> Vec<(String, String)> {
    let template =
        |kind| state.template().map(|state| Resource::Template { kind, name: state.template.clone() });
    let environment = target.environment().map(|name| Resource::Environment { name: name.clone() });
    let service = |service: &ResourceName| Some(Resource::Service { name: service.clone() });
    let named = match target {
        DeploymentTarget::Environment { .. } => {
            vec![("template", template(TemplateKind::Environment)), ("environment", environment)]
        }
        DeploymentTarget::ServiceInstance { service: name, .. } => vec![
            ("template", template(TemplateKind::Service)),
            ("environment", environment),
            ("service", service(name)),
            ("service-instance", Some(target.resource())),
        ],
        DeploymentTarget::ServicePipeline { service: name } => {
            vec![("template", template(TemplateKind::Service)), ("service", service(name))]
        }
        DeploymentTarget::Component { .. } => {
            let attachment = state.component().and_then(|state| state.attachment.as_ref());
            let instance = attachment.map(|attachment| Resource::ServiceInstance {
                service: attachment.service.clone(),
                name: attachment.instance.clone(),
            });
            vec![
                ("environment", environment),
                ("service", attachment.and_then(|attachment| service(&attachment.service))),
                ("service-instance", instance),
                ("component", Some(target.resource())),
            ]
        }
    };
    let account = ("proton:account".to_owned(), location.account.clone());
    let arns = named
        .into_iter()
        .filter_map(|(key, resource)| Some((format!("proton:{key}"), location.arn(&resource?))));
    let trace = trace.map(|trace| (TRACE_TAG.to_owned(), trace.to_string()));
    std::iter::once(account).chain(arns).chain(trace).collect()
}

/// The resource that a stack with these tags was made for: the most specific one that [`stack_tags`] names. Nothing for
/// the tags of another installation, or of nobody.
#[must_use]
pub fn stack_owner(location: &Location, tags: &[(String, String)]) -> Option<Resource> {
    let named = |key: &str| {
        let tag = tags.iter().find(|(found, _)| found.strip_prefix("proton:") == Some(key))?;
        location.resource(&tag.1).ok()
    };
    let pipeline = || match named("service") {
        Some(Resource::Service { name }) => Some(Resource::ServicePipeline { service: name }),
        _ => None,
    };
    named("component")
        .or_else(|| named("service-instance"))
        .or_else(pipeline)
        .or_else(|| named("environment"))
}

/// The roles that Protium may be asked to assume: ARN patterns in which `*` stands for any run of characters. It
/// takes the place of `iam:PassRole` (behaviour 7.1a).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAllowList(Vec<String>);

/// A role that is not on the allow-list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the role {role} is not allowed here: this installation provisions with roles that match {allowed}; use such a role, or have the installation's parameter ProvisioningRoleArns extended"
)]
pub struct RoleNotAllowed {
    /// The role.
    pub role: String,
    /// The patterns, joined by commas.
    pub allowed: String,
}

impl RoleAllowList {
    /// The list of these patterns.
    #[must_use]
    pub fn new(patterns: Vec<String>) -> Self {
        Self(patterns)
    }

    /// Checks one role.
    ///
    /// # Errors
    /// [`RoleNotAllowed`] when no pattern matches.
    pub fn check(&self, role: &str) -> Result<(), RoleNotAllowed> {
        if self.0.iter().any(|pattern| matches(pattern, role)) {
            Ok(())
        } else {
            Err(RoleNotAllowed { role: role.to_owned(), allowed: self.0.join(", ") })
        }
    }
}

/// Glob matching with `*` only, without backtracking over more than the last star.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            p = star_at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn name(text: &str) -> ResourceName {
        ResourceName::new(text).expect("valid")
    }

    #[test]
    fn stack_names_have_the_form_of_real_ones() {
        let environment = DeploymentTarget::Environment { name: name("my_environment_of_many_letters") };
        assert_eq!(
            stack_name(&environment, "cloudformation.yaml", "ABCDEFGHIJKLMNO"),
            "AWSProton-my-environment--cloudformation--ABCDEFGHIJKLMNO"
        );
        let instance =
            DeploymentTarget::ServiceInstance { service: name("s"), name: name("i"), environment: name("e") };
        assert_eq!(stack_name(&instance, "a.b", "XXXXXXXXXXXXXXX"), "AWSProton-s-i-a-b-XXXXXXXXXXXXXXX");
    }

    #[rstest]
    #[case("arn:aws:iam::*:role/protium/*", "arn:aws:iam::111122223333:role/protium/deploy", true)]
    #[case("arn:aws:iam::*:role/protium/*", "arn:aws:iam::111122223333:role/admin", false)]
    #[case("arn:aws:iam::111122223333:role/exact", "arn:aws:iam::111122223333:role/exact", true)]
    #[case("arn:aws:iam::111122223333:role/exact", "arn:aws:iam::111122223333:role/exactly", false)]
    #[case("*", "anything", true)]
    #[case("a*b*c", "a-b-b-c", true)]
    #[case("a*b*c", "a-c-b", false)]
    #[case("", "", true)]
    #[case("", "x", false)]
    fn roles_match_patterns(#[case] pattern: &str, #[case] role: &str, #[case] allowed: bool) {
        assert_eq!(RoleAllowList::new(vec![pattern.to_owned()]).check(role).is_ok(), allowed);
    }

    #[test]
    fn nothing_is_allowed_by_an_empty_list() {
        assert!(RoleAllowList::new(Vec::new()).check("arn:aws:iam::111122223333:role/x").is_err());
    }
}
