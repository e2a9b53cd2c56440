//! The words for a reference to what isn't there.

use std::collections::BTreeMap;

use super::shape::{Record, Role, Shape};
use crate::bundle::Part;
use crate::examine::EnvironmentOutputs;
use crate::problem::{Problem, Severity};

/// Names that a message lists at most.
const LISTED: usize = 12;
/// Names that are looked through for one that may have been meant: a template has no more resources.
const CANDIDATES: usize = 500;
/// How alike names are that may have been meant, from 0 to 1.
const ALIKE: f64 = 0.75;

/// A name at the top that isn't there.
pub(super) fn root(part: Part, name: &str, roots: &BTreeMap<&str, Shape<'_>>, severity: Severity) -> Problem {
    let remedy = match (part, name) {
        (Part::PipelineInfrastructure, "environment") => {
            "A pipeline reaches environments through its instances: `{% for instance in service_instances %}`, then `instance.environment`.".to_owned()
        }
        (Part::PipelineInfrastructure, "service_instance") => {
            "A pipeline sees all instances: `{% for instance in service_instances %}`.".to_owned()
        }
        (Part::Infrastructure, "service" | "service_instance" | "service_instances" | "pipeline") => {
            "An environment knows nothing of its services; here is only `environment`.".to_owned()
        }
        (Part::InstanceInfrastructure, "pipeline" | "service_instances") => {
            "An instance sees itself only: `service_instance`, `service` and `environment`.".to_owned()
        }
        _ => proposal(name, roots.keys().copied(), "Here are"),
    };
    let message = format!("`{name}` doesn't exist in {part}");
    Problem { severity, ..Problem::error(message) }.remedy(remedy)
}

/// A member that a mapping of the namespaces hasn't.
pub(super) fn member(part: Part, path: &str, name: &str, record: &Record<'_>, severity: Severity) -> Problem {
    let names = record.members.keys().copied();
    let (message, remedy) = match record.role {
        Role::Inputs(of) if record.members.is_empty() => (
            format!("`{path}`: the schema has no input `{name}`"),
            format!("Describe it in the type `{of}` of schema/schema.yaml, which has no inputs yet."),
        ),
        Role::Inputs(of) => (
            format!("`{path}`: the schema has no input `{name}`"),
            proposal(name, names, &format!("The type `{of}` has")),
        ),
        Role::Environment if name == "inputs" => (
            format!("`{path}` doesn't exist in {part}: services don't see the inputs of their environment"),
            "Give the value as an output of the environment template and read `environment.outputs`."
                .to_owned(),
        ),
        Role::Nested | Role::Environment | Role::Namespace => {
            (format!("`{path}` doesn't exist in {part}"), proposal(name, names, "There are"))
        }
    };
    Problem { severity, ..Problem::error(message) }.remedy(remedy)
}

/// An output that compatible environments don't give. Environments change, and they may be customer managed: a warning.
pub(super) fn output(path: &str, name: &str, environments: &[EnvironmentOutputs]) -> Option<Problem> {
    let lacks = |environment: &&EnvironmentOutputs| !environment.outputs.iter().any(|output| output == name);
    let lacking: Vec<_> =
        environments.iter().filter(lacks).map(|environment| environment.environment.as_str()).collect();
    if lacking.is_empty() {
        return None;
    }
    let message = if lacking.len() == environments.len() {
        format!("`{path}`: no compatible environment gives the output `{name}`")
    } else {
        format!("`{path}`: the compatible environment {} gives no output `{name}`", lacking.join(", "))
    };
    let mut known: Vec<_> =
        environments.iter().flat_map(|environment| &environment.outputs).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    known.retain(|other| *other != name);
    Some(Problem::warning(message).remedy(proposal(name, known.into_iter(), "There are")))
}

/// `Did you mean …?`, or what there is.
pub(super) fn proposal<'a>(name: &str, known: impl Iterator<Item = &'a str>, listing: &str) -> String {
    let known: Vec<_> = known.take(CANDIDATES).collect();
    let name = name.to_lowercase();
    let alike = |other: &&str| strsim::jaro_winkler(&name, &other.to_lowercase());
    let best = known.iter().map(|other| (alike(other), *other)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, other)) if score >= ALIKE => format!("Did you mean `{other}`?"),
        None => "There is nothing of the kind.".to_owned(),
        _ => {
            let listed: Vec<_> = known.iter().take(LISTED).map(|other| format!("`{other}`")).collect();
            let rest = if known.len() > LISTED { ", …" } else { "" };
            format!("{listing} {}{rest}.", listed.join(", "))
        }
    }
}
