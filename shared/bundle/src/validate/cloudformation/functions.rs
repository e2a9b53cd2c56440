//! Intrinsic functions: their form, and what they refer to.

use std::collections::BTreeSet;

use super::Finding;
use super::names::Names;
use crate::yaml::Node;

/// Nobody mends more at once.
pub(super) const FINDING_LIMIT: usize = 100;

/// Functions of CloudFormation and of its language extensions.
const FUNCTIONS: [&str; 30] = [
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
    "Fn::ForEach",
    "Fn::GetParam",
    "Fn::IfElse",
    "Fn::Merge",
    "Fn::Flatten",
];

/// Where a value stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Area {
    /// In a resource or an output.
    Body,
    /// In `Conditions` and `Rules`, which are decided before there is any resource.
    Condition,
}

/// A look at values one by one.
pub(super) struct Walk<'n, 'a> {
    pub(super) names: &'n Names<'a>,
    pub(super) found: &'n mut Vec<Finding>,
    /// Resources that the values refer to on every way; branches of `Fn::If` aren't taken always.
    pub(super) uses: BTreeSet<&'a str>,
    branches: usize,
}

impl<'n, 'a> Walk<'n, 'a> {
    pub(super) fn new(names: &'n Names<'a>, found: &'n mut Vec<Finding>) -> Self {
        Self { names, found, uses: BTreeSet::new(), branches: 0 }
    }

    fn report(&mut self, finding: Finding) {
        self.found.push(finding);
    }

    /// Checks a value and everything in it.
    pub(super) fn value(&mut self, node: &'a Node, area: Area) {
        if self.found.len() >= FINDING_LIMIT {
            return;
        }
        match (node.entries(), node.items()) {
            (Some([(key, value)]), _) if is_function(key) => self.function(key, value, area),
            (Some(entries), _) => entries.iter().for_each(|(_, value)| self.value(value, area)),
            (_, Some(items)) => items.iter().for_each(|item| self.value(item, area)),
            _ => {}
        }
    }

    fn function(&mut self, key: &'a Node, argument: &'a Node, area: Area) {
        match key.text().unwrap_or_default() {
            "Ref" => self.reference(argument, area),
            "Fn::GetAtt" => self.attribute(argument, area),
            "Fn::Sub" => self.substitution(argument, area),
            "Fn::If" => self.choice(argument, area),
            "Fn::FindInMap" => self.lookup(argument, area),
            "Fn::Join" | "Fn::Split" | "Fn::Select" => self.pair(key, argument, area),
            name => {
                let known = FUNCTIONS.contains(&name) || name.starts_with("Fn::ForEach::");
                if !known && !self.names.is_transformed() {
                    let message = format!("`{name}` is not a function of CloudFormation");
                    self.report(Finding::at(key, message).mild());
                }
                self.value(argument, area);
            }
        }
    }

    fn reference(&mut self, argument: &'a Node, area: Area) {
        let Some(name) = argument.text() else {
            // With the language extensions a function may stand here.
            return self.value(argument, area);
        };
        self.named(argument, "`Ref`", name, area);
    }

    /// A parameter or resource by name.
    fn named(&mut self, node: &'a Node, by: &str, name: &'a str, area: Area) {
        if self.names.has_parameter(name) {
            return;
        }
        if area == Area::Condition && self.names.resources.contains_key(name) {
            let message = format!(
                "{by} names the resource `{name}`, but conditions are decided before there is any resource"
            );
            return self.report(Finding::at(node, message).remedy("Refer to a parameter."));
        }
        if !self.names.has_resource(name) {
            let finding = self.names.unresolved(node, by, name);
            return self.report(finding);
        }
        self.uses(name);
    }

    fn uses(&mut self, name: &'a str) {
        if self.branches == 0 {
            self.uses.insert(name);
        }
    }

    fn attribute(&mut self, argument: &'a Node, area: Area) {
        const FORM: &str = "Write `!GetAtt Resource.Attribute`.";
        let (node, resource) = match (argument.text(), argument.items()) {
            (Some(text), _) => match text.split_once('.') {
                Some((resource, attribute)) if !resource.is_empty() && !attribute.is_empty() => {
                    (argument, resource)
                }
                _ => {
                    let message = format!("`Fn::GetAtt` needs a resource and an attribute, not `{text}`");
                    return self.report(Finding::at(argument, message).remedy(FORM));
                }
            },
            (_, Some([resource, attribute])) => {
                self.value(attribute, area);
                match resource.text() {
                    Some(name) => (resource, name),
                    None => return self.value(resource, area),
                }
            }
            _ => {
                let message = "`Fn::GetAtt` needs a resource and an attribute";
                return self.report(Finding::at(argument, message).remedy(FORM));
            }
        };
        self.attribute_of(node, "`Fn::GetAtt`", resource);
    }

    fn attribute_of(&mut self, node: &'a Node, by: &str, resource: &'a str) {
        if self.names.has_resource(resource) {
            self.uses(resource);
        } else {
            let finding = self.names.no_resource(node, by, resource);
            self.report(finding);
        }
    }

    fn substitution(&mut self, argument: &'a Node, area: Area) {
        let (text, variables) = match (argument.text(), argument.items()) {
            (Some(text), _) => (text, None),
            (_, Some([text, variables])) if text.text().is_some() && variables.entries().is_some() => {
                self.value(variables, area);
                (text.text().unwrap_or_default(), variables.entries())
            }
            _ => {
                let message = "`Fn::Sub` needs a text, or a list of a text and a mapping";
                return self.report(Finding::at(argument, message));
            }
        };
        let is_variable =
            |name: &str| variables.unwrap_or_default().iter().any(|(key, _)| key.text() == Some(name));
        for name in placeholders(text) {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
            if is_variable(name) {
                continue;
            }
            if name.is_empty() || !name.chars().all(is_plain) {
                let message = format!("`Fn::Sub` can't fill in `${{{name}}}`");
                let remedy = format!("Write `${{!{name}}}` where the text itself is meant.");
                self.report(Finding::at(argument, message).remedy(remedy));
            } else if let Some((resource, _)) = name.split_once('.') {
                self.attribute_of(argument, &format!("`${{{name}}}` in `Fn::Sub`"), resource);
            } else {
                self.named(argument, &format!("`${{{name}}}` in `Fn::Sub`"), name, area);
            }
        }
    }

    fn choice(&mut self, argument: &'a Node, area: Area) {
        let Some([condition, then, otherwise]) = argument.items() else {
            let message = "`Fn::If` needs a condition, a value, and the value otherwise";
            return self.report(Finding::at(argument, message));
        };
        match condition.text() {
            Some(name) => self.condition(condition, name),
            None => self.value(condition, area),
        }
        self.branches += 1;
        self.value(then, area);
        self.value(otherwise, area);
        self.branches -= 1;
    }

    pub(super) fn condition(&mut self, node: &Node, name: &str) {
        if !self.names.conditions.contains_key(name) && !self.names.is_open {
            let finding = self.names.no_condition(node, name);
            self.report(finding);
        }
    }

    fn lookup(&mut self, argument: &'a Node, area: Area) {
        let Some([map, rest @ ..]) = argument.items().filter(|items| items.len() >= 3) else {
            let message = "`Fn::FindInMap` needs a mapping, a key and a second key";
            return self.report(Finding::at(argument, message));
        };
        rest.iter().for_each(|key| self.value(key, area));
        let Some(name) = map.text() else { return self.value(map, area) };
        let Some(mapping) = self.names.mappings.get(name) else {
            if !self.names.is_open {
                let known: Vec<_> = self.names.mappings.keys().copied().collect();
                let message = format!("there is no mapping `{name}`");
                let proposal =
                    crate::validate::missing::proposal(name, known.into_iter(), "The template has");
                self.report(Finding::at(map, message).missing(name).remedy(proposal));
            }
            return;
        };
        // A default may stand in for keys that aren't there.
        if let [key, second] = rest
            && let Some(top) = key.text()
        {
            match mapping.get(top) {
                None => self.no_key(key, name, top),
                Some(found) => {
                    if let Some(text) = second.text().filter(|text| found.get(text).is_none()) {
                        self.no_key(second, &format!("{name}.{top}"), text);
                    }
                }
            }
        }
    }

    fn no_key(&mut self, node: &Node, mapping: &str, key: &str) {
        self.report(Finding::at(node, format!("the mapping `{mapping}` has no key `{key}`")).missing(key));
    }

    fn pair(&mut self, key: &Node, argument: &'a Node, area: Area) {
        if argument.items().is_some_and(|items| items.len() == 2) {
            return self.value(argument, area);
        }
        let name = key.text().unwrap_or_default();
        let form = match name {
            "Fn::Join" => "a separator and a list of values",
            "Fn::Split" => "a separator and a text",
            _ => "an index and a list",
        };
        self.report(Finding::at(argument, format!("`{name}` needs {form}")));
    }
}

fn is_function(key: &Node) -> bool {
    key.text().is_some_and(|name| name == "Ref" || name.starts_with("Fn::"))
}

/// What stands between `${` and `}`, but for the literal `${!…}`.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0.trim()))
        .filter(|name| !name.starts_with('!'))
}
