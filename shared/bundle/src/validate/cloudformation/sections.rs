//! The sections of a template and their entries.

use std::collections::{BTreeMap, BTreeSet};

use super::functions::{Area, FINDING_LIMIT, Walk};
use super::names::Names;
use super::{Finding, Setting, graph};
use crate::bundle::Part;
use crate::render::parameters;
use crate::schema::Property;
use crate::validate::missing::proposal;
use crate::yaml::Node;

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Hooks",
    "Resources",
];
const ATTRIBUTES: [&str; 9] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];
/// Attributes of some resources only: of custom resources, modules and AWS SAM.
const RARE_ATTRIBUTES: [&str; 4] = ["Version", "Connectors", "IgnoreGlobals", "Description"];
const DELETION_POLICIES: [&str; 4] = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
/// CloudFormation's own limits.
const RESOURCE_LIMIT: usize = 500;
const ENTRY_LIMIT: usize = 200;

/// Checks a whole template. The names of its outputs.
pub(super) fn check(root: &Node, setting: &Setting<'_>, found: &mut Vec<Finding>) -> BTreeSet<String> {
    let Some(entries) = root.entries() else {
        let message = format!("the template is {}, not a mapping of sections", root.kind_name());
        found.push(Finding::at(root, message));
        return BTreeSet::new();
    };
    let names = Names::new(root);
    let mut check = Check { names: &names, setting, found };
    for (key, _) in entries {
        check.section_name(key);
    }
    check.version(root);
    for (_, value) in entries {
        check.nothing(value);
    }
    check.parameters(root);
    check.conditions(root);
    check.resources(root);
    check.outputs(root)
}

struct Check<'c, 'a> {
    names: &'c Names<'a>,
    setting: &'c Setting<'c>,
    found: &'c mut Vec<Finding>,
}

impl<'c, 'a> Check<'c, 'a> {
    fn report(&mut self, finding: Finding) {
        self.found.push(finding);
    }

    /// Whether so much is wrong that the rest can wait; each finding may take a look through all names.
    fn is_full(&self) -> bool {
        self.found.len() >= FINDING_LIMIT
    }

    fn section_name(&mut self, key: &Node) {
        let name = key.text().unwrap_or_default();
        let known = SECTIONS.contains(&name) || name == "Outputs" || name == "Fn::Transform";
        let is_sam = name == "Globals" && self.names.is_serverless();
        if !known && !is_sam {
            let sections = SECTIONS.into_iter().chain(["Outputs"]);
            let message = format!("a template has no section `{name}`");
            self.report(Finding::at(key, message).remedy(proposal(name, sections, "Sections are")));
        }
    }

    fn version(&mut self, root: &Node) {
        let Some(version) = root.get("AWSTemplateFormatVersion") else { return };
        if version.text() != Some("2010-09-09") {
            self.report(
                Finding::at(version, "the only template format version is 2010-09-09")
                    .remedy("Write `AWSTemplateFormatVersion: '2010-09-09'`."),
            );
        }
    }

    /// CloudFormation takes no null anywhere.
    fn nothing(&mut self, node: &Node) {
        if self.is_full() {
            return;
        }
        for (key, value) in node.entries().unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            if value.is_null() {
                let message = format!("`{name}` has no value, and CloudFormation takes no null");
                let finding = Finding::at(key, message).remedy("Remove the key, or use `!Ref AWS::NoValue`.");
                self.report(Finding { empty: true, ..finding });
            } else {
                self.nothing(value);
            }
        }
        for item in node.items().unwrap_or_default() {
            if item.is_null() {
                self.report(Finding::at(
                    item,
                    "an item of the list is empty, and CloudFormation takes no null",
                ));
            } else {
                self.nothing(item);
            }
        }
    }

    /// The entries of a section; a section that is something else is reported.
    fn entries(&mut self, root: &'a Node, section: &str) -> &'a [(Node, Node)] {
        let Some(node) = root.get(section).filter(|node| !node.is_null()) else { return &[] };
        node.entries().unwrap_or_else(|| {
            let message = format!("`{section}` must be a mapping, not {}", node.kind_name());
            self.report(Finding::at(node, message));
            &[]
        })
    }

    fn too_many(&mut self, entries: &[(Node, Node)], section: &str, limit: usize) {
        if let Some((key, _)) = entries.get(limit) {
            let message = format!("{} {section}, CloudFormation takes {limit}", entries.len());
            self.report(Finding::at(key, message));
        }
    }

    fn logical_id(&mut self, key: &Node, what: &str) {
        let name = key.text().unwrap_or_default();
        if name.starts_with("Fn::") {
            return;
        }
        if name.is_empty() || name.len() > 255 || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            let message =
                format!("the name of {what} has letters and digits only, and at most 255, not `{name}`");
            self.report(Finding::at(key, message));
        }
    }

    fn parameters(&mut self, root: &'a Node) {
        let entries = self.entries(root, "Parameters");
        self.too_many(entries, "parameters", ENTRY_LIMIT);
        for (key, value) in entries {
            self.logical_id(key, "a parameter");
            let name = key.text().unwrap_or_default();
            if value.is_null() || name.starts_with("Fn::") {
                continue;
            }
            if value.get("Type").is_none() {
                self.report(
                    Finding::at(key, format!("the parameter `{name}` has no `Type`"))
                        .remedy("Write `Type: String`."),
                );
            }
            // Of a schema that is wrong, types and defaults are open.
            if !self.setting.inputs.is_sound {
                continue;
            }
            let input = self.input(name);
            if let Some(fault) = input.and_then(|input| parameters::mismatch(input, parameters::kind(value)))
            {
                self.report(Finding::at(key, fault).remedy("Change the type of one of them."));
            }
            let may_be_missing = value.get("Default").is_none()
                && input.is_some_and(|input| !input.required && input.schema.default.is_none());
            if may_be_missing {
                let message =
                    format!("specs needn't give the input `{name}`, and the parameter has no `Default`");
                let remedy = "Give one of them a default, or list the input under `required` in the schema.";
                self.report(Finding::at(key, message).remedy(remedy));
            }
            if value.get("Default").is_none() && input.is_none() {
                let remedy = if self.setting.native_parameters {
                    "Give it a `Default`, or describe an input of the same name in the schema."
                } else {
                    "Give it a `Default`, or write `{{ … }}` with an input where its value is wanted; `native_parameters: true` in the manifest has inputs of the same names passed."
                };
                self.report(
                    Finding::at(key, format!("nobody gives the parameter `{name}` a value")).remedy(remedy),
                );
            }
        }
    }

    /// The input that is passed as that parameter.
    fn input(&self, name: &str) -> Option<&'c Property> {
        let inputs = match self.setting.part {
            Part::PipelineInfrastructure => self.setting.inputs.pipeline,
            _ => self.setting.inputs.own,
        };
        inputs.filter(|_| self.setting.native_parameters)?.property(name)
    }

    fn conditions(&mut self, root: &'a Node) {
        for (key, value) in self.entries(root, "Conditions") {
            self.logical_id(key, "a condition");
            let mut walk = Walk::new(self.names, self.found);
            walk.value(value, Area::Condition);
            conditions_named(value, &mut walk);
        }
        for (_, rule) in self.entries(root, "Rules") {
            Walk::new(self.names, self.found).value(rule, Area::Condition);
        }
    }

    fn resources(&mut self, root: &'a Node) {
        let entries = self.entries(root, "Resources");
        let is_mapping = root.get("Resources").is_none_or(|node| node.is_null() || node.entries().is_some());
        if entries.is_empty() && is_mapping && !self.names.is_open {
            let node = root.entry("Resources").map_or(root, |(key, _)| key);
            self.report(
                Finding::at(node, "the template has no resources")
                    .remedy("CloudFormation needs at least one under `Resources`."),
            );
        }
        self.too_many(entries, "resources", RESOURCE_LIMIT);
        let mut needs = BTreeMap::new();
        for (key, value) in entries {
            if self.is_full() {
                return;
            }
            self.logical_id(key, "a resource");
            let name = key.text().unwrap_or_default();
            if name.starts_with("Fn::") {
                Walk::new(self.names, self.found).value(value, Area::Body);
            } else if !value.is_null() {
                needs.insert(name, self.resource(key, value));
            }
        }
        if !self.names.is_transformed()
            && let Some(circle) = graph::circle(&needs)
        {
            self.circular(entries, &circle);
        }
    }

    fn circular(&mut self, entries: &[(Node, Node)], circle: &[&str]) {
        let first = circle.first().copied();
        let Some((key, _)) = entries.iter().find(|(key, _)| key.text() == first) else { return };
        let message = if circle.len() == 1 {
            format!("the resource `{}` refers to itself", circle[0])
        } else {
            let way = circle.iter().chain(first.iter()).map(|name| format!("`{name}`")).collect::<Vec<_>>();
            format!("resources need one another in a circle: {}", way.join(" needs "))
        };
        self.report(Finding::at(key, message));
    }

    /// The resources that it needs.
    fn resource(&mut self, key: &'a Node, value: &'a Node) -> BTreeSet<&'a str> {
        let name = key.text().unwrap_or_default();
        let Some(attributes) = value.entries() else {
            let message = format!("the resource `{name}` must be a mapping, not {}", value.kind_name());
            self.report(Finding::at(value, message));
            return BTreeSet::new();
        };
        self.resource_type(key, value);
        for (attribute, content) in attributes {
            self.attribute(attribute, content);
        }
        let mut walk = Walk::new(self.names, self.found);
        for (attribute, content) in attributes {
            if attribute.text() != Some("Condition") && attribute.text() != Some("DependsOn") {
                walk.value(content, Area::Body);
            }
        }
        if let Some(condition) = value.get("Condition")
            && let Some(text) = condition.text()
        {
            walk.condition(condition, text);
        }
        let mut needs = std::mem::take(&mut walk.uses);
        self.depends_on(name, value, &mut needs);
        needs
    }

    fn resource_type(&mut self, key: &Node, resource: &Node) {
        let name = key.text().unwrap_or_default();
        let Some(node) = resource.get("Type") else {
            let message = format!("the resource `{name}` has no `Type`");
            return self.report(Finding::at(key, message).remedy("Write e.g. `Type: AWS::S3::Bucket`."));
        };
        let is_word = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '-'))
        };
        let text = node.text().unwrap_or_default();
        let parts: Vec<_> = text.split("::").collect();
        let least = if parts.first() == Some(&"Custom") { 2 } else { 3 };
        if parts.len() < least || !parts.iter().all(|part| is_word(part)) {
            let message = format!("`{text}` is not a type of resource");
            return self.report(Finding::at(node, message).remedy("Types have the form `AWS::S3::Bucket`."));
        }
        if text.starts_with("AWS::Serverless::") && !self.names.is_serverless() {
            let message = format!("`{text}` needs the transform of AWS SAM");
            self.report(
                Finding::at(node, message).remedy("Add `Transform: AWS::Serverless-2016-10-31` at the top."),
            );
        }
    }

    fn attribute(&mut self, key: &Node, content: &Node) {
        let name = key.text().unwrap_or_default();
        let known = ATTRIBUTES.contains(&name) || RARE_ATTRIBUTES.contains(&name) || name.starts_with("Fn::");
        if !known && !self.names.is_open {
            let message = format!("a resource has no attribute `{name}`");
            let remedy = proposal(name, ATTRIBUTES.into_iter(), "Attributes are");
            return self.report(Finding::at(key, message).remedy(remedy));
        }
        match (name, content.text()) {
            ("DeletionPolicy" | "UpdateReplacePolicy", Some(policy))
                if !DELETION_POLICIES.contains(&policy) =>
            {
                let message = format!("`{policy}` is not a {name}");
                let remedy = proposal(policy, DELETION_POLICIES.into_iter(), "There are");
                self.report(Finding::at(content, message).remedy(remedy));
            }
            ("Properties", Some(_)) if !content.is_null() => {
                let message = format!("`Properties` must be a mapping, not {}", content.kind_name());
                self.report(Finding::at(content, message));
            }
            _ => {}
        }
    }

    fn depends_on(&mut self, name: &str, resource: &'a Node, needs: &mut BTreeSet<&'a str>) {
        let Some(node) = resource.get("DependsOn").filter(|node| !node.is_null()) else { return };
        for item in node.items().unwrap_or(std::slice::from_ref(node)) {
            if self.is_full() {
                return;
            }
            let Some(other) = item.text() else {
                let message = format!("`DependsOn` takes names of resources, not {}", item.kind_name());
                self.report(Finding::at(item, message));
                continue;
            };
            if !self.names.has_resource(other) {
                let finding = self.names.no_resource(item, "`DependsOn`", other);
                self.report(finding);
            } else if other == name && self.names.is_transformed() {
                self.report(Finding::at(item, format!("the resource `{name}` refers to itself")));
            } else {
                needs.insert(other);
            }
        }
    }

    fn outputs(&mut self, root: &'a Node) -> BTreeSet<String> {
        let entries = self.entries(root, "Outputs");
        self.too_many(entries, "outputs", ENTRY_LIMIT);
        let mut names = BTreeSet::new();
        for (key, value) in entries {
            self.logical_id(key, "an output");
            let name = key.text().unwrap_or_default();
            if name.starts_with("Fn::") || value.is_null() {
                continue;
            }
            names.insert(name.to_owned());
            if value.get("Value").is_none() {
                let message = format!("the output `{name}` has no `Value`");
                self.report(Finding::at(key, message));
            }
            let mut walk = Walk::new(self.names, self.found);
            for (attribute, content) in value.entries().unwrap_or_default() {
                match (attribute.text(), content.text()) {
                    (Some("Condition"), Some(condition)) => walk.condition(content, condition),
                    _ => walk.value(content, Area::Body),
                }
            }
        }
        names
    }
}

/// `{Condition: Name}` inside of a condition.
fn conditions_named<'a>(node: &'a Node, walk: &mut Walk<'_, 'a>) {
    match (node.entries(), node.items()) {
        (Some([(key, value)]), _) if key.text() == Some("Condition") => {
            if let Some(name) = value.text() {
                walk.condition(value, name);
            }
        }
        (Some(entries), _) => entries.iter().for_each(|(_, value)| conditions_named(value, walk)),
        (_, Some(items)) => items.iter().for_each(|item| conditions_named(item, walk)),
        _ => {}
    }
}
