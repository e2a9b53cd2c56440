//! What a template defines and what may be referred to.

use std::collections::BTreeMap;

use super::Finding;
use crate::validate::missing::proposal;
use crate::yaml::Node;

/// What every stack gives.
const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];
/// Transforms that leave logical ids as they are.
const QUIET_TRANSFORMS: [&str; 3] =
    ["AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-2020-07-23"];

/// The names of a template.
pub(super) struct Names<'a> {
    pub(super) parameters: BTreeMap<&'a str, &'a Node>,
    pub(super) resources: BTreeMap<&'a str, &'a Node>,
    pub(super) conditions: BTreeMap<&'a str, &'a Node>,
    pub(super) mappings: BTreeMap<&'a str, &'a Node>,
    /// AWS SAM makes resources of its own beside those of the template.
    is_serverless: bool,
    /// A macro, an include or a loop of CloudFormation's own may make anything.
    pub(super) is_open: bool,
}

impl<'a> Names<'a> {
    pub(super) fn new(root: &'a Node) -> Self {
        let section = |name: &str| {
            let entries = root.get(name).and_then(Node::entries).unwrap_or_default();
            entries.iter().filter_map(|(key, value)| Some((key.text()?, value))).collect::<BTreeMap<_, _>>()
        };
        let mut names = Self {
            parameters: section("Parameters"),
            resources: section("Resources"),
            conditions: section("Conditions"),
            mappings: section("Mappings"),
            is_serverless: false,
            is_open: false,
        };
        let all = [&names.parameters, &names.resources, &names.conditions, &names.mappings];
        names.is_open = root.get("Fn::Transform").is_some()
            || all.into_iter().flat_map(BTreeMap::keys).any(|name| name.starts_with("Fn::"));
        for transform in transforms(root) {
            if transform.starts_with("AWS::Serverless-") {
                names.is_serverless = true;
            } else if !QUIET_TRANSFORMS.contains(&transform) {
                names.is_open = true;
            }
        }
        names
    }

    /// Whether something processes the template before it is deployed.
    pub(super) fn is_transformed(&self) -> bool {
        self.is_serverless || self.is_open
    }

    pub(super) fn is_serverless(&self) -> bool {
        self.is_serverless || self.is_open
    }

    /// Whether there is, or may be, a resource of that name.
    pub(super) fn has_resource(&self, name: &str) -> bool {
        self.resources.contains_key(name) || self.is_open || (self.is_serverless && self.is_made_by_sam(name))
    }

    /// `FunctionRole`, `ApiStage`, `ServerlessRestApi`: SAM's own names begin with those of the resources they serve.
    fn is_made_by_sam(&self, name: &str) -> bool {
        name.starts_with("Serverless") || self.resources.keys().any(|known| name.starts_with(known))
    }

    pub(super) fn has_parameter(&self, name: &str) -> bool {
        self.parameters.contains_key(name) || PSEUDO_PARAMETERS.contains(&name)
    }

    /// A reference to a resource or parameter that isn't there.
    pub(super) fn unresolved(&self, node: &Node, by: &str, name: &str) -> Finding {
        let known = self.resources.keys().chain(self.parameters.keys()).copied();
        let message =
            format!("{by} names `{name}`, which is neither a resource nor a parameter of the template");
        Finding::at(node, message).missing(name).remedy(proposal(name, known, "The template has"))
    }

    pub(super) fn no_resource(&self, node: &Node, by: &str, name: &str) -> Finding {
        let known = self.resources.keys().copied();
        let message = format!("{by} names `{name}`, which is not a resource of the template");
        Finding::at(node, message).missing(name).remedy(proposal(name, known, "The template has"))
    }

    pub(super) fn no_condition(&self, node: &Node, name: &str) -> Finding {
        let known = self.conditions.keys().copied();
        let message = format!("there is no condition `{name}`");
        Finding::at(node, message).missing(name).remedy(proposal(name, known, "The template has"))
    }
}

fn transforms(root: &Node) -> Vec<&str> {
    match root.get("Transform") {
        None => Vec::new(),
        Some(node) => match node.items() {
            // A mapping with `Name` includes or calls a macro.
            Some(items) => items.iter().map(|item| item.text().unwrap_or("")).collect(),
            None => vec![node.text().unwrap_or("")],
        },
    }
}
