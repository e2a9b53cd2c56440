//! Selections: which resources of a template a fleet update is about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::ResourceName;
use crate::tag::Tags;
use crate::version::VersionNumber;

/// Tags that a resource must have, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TagSelector(pub BTreeMap<String, String>);

impl TagSelector {
    /// Whether `tags` has them all; true when none is asked for.
    #[must_use]
    pub fn matches(&self, tags: &Tags) -> bool {
        self.0.iter().all(|(key, value)| tags.iter().any(|pair| pair == (key.as_str(), value.as_str())))
    }
}

/// Which resources are meant. Every member that isn't empty narrows the selection; nothing selects all of the template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selection {
    /// The lowest version that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_version: Option<VersionNumber>,
    /// The first version above that isn't meant any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_version: Option<VersionNumber>,
    /// Environments: the resources themselves, or those that live in them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<ResourceName>,
    /// Services whose instances or pipelines are meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ResourceName>,
    /// Instances by name, in whatever service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<ResourceName>,
    /// AWS accounts, of twelve digits, that the resources lie in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Tags of the resource; of a pipeline those of its service.
    #[serde(skip_serializing_if = "is_without_tags")]
    pub tags: TagSelector,
}

fn is_without_tags(tags: &TagSelector) -> bool {
    tags.0.is_empty()
}

/// What a selection looks at of a resource.
#[derive(Debug, Clone, Copy)]
pub struct Selectable<'a> {
    /// The version that it is made of.
    pub version: VersionNumber,
    /// The environment that it is, or lives in.
    pub environment: Option<&'a ResourceName>,
    /// Its service.
    pub service: Option<&'a ResourceName>,
    /// Its name, where it is an instance.
    pub instance: Option<&'a ResourceName>,
    /// The account that it lies in.
    pub account: &'a str,
    /// Its tags.
    pub tags: &'a Tags,
}

impl Selection {
    /// Whether it means `resource`.
    #[must_use]
    pub fn matches(&self, resource: Selectable<'_>) -> bool {
        self.from_version.is_none_or(|lowest| resource.version >= lowest)
            && self.below_version.is_none_or(|bound| resource.version < bound)
            && names(&self.environments, resource.environment)
            && names(&self.services, resource.service)
            && names(&self.instances, resource.instance)
            && (self.accounts.is_empty() || self.accounts.iter().any(|account| account == resource.account))
            && self.tags.matches(resource.tags)
    }
}

fn names(wanted: &[ResourceName], name: Option<&ResourceName>) -> bool {
    wanted.is_empty() || name.is_some_and(|name| wanted.contains(name))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn selection(json: &str) -> Selection {
        serde_json::from_str(json).expect("a selection")
    }

    #[rstest]
    #[case("{}", true)]
    #[case(r#"{"fromVersion":"1.2"}"#, true)]
    #[case(r#"{"fromVersion":"1.3"}"#, false)]
    #[case(r#"{"belowVersion":"1.2"}"#, false)]
    #[case(r#"{"environments":["beta","gamma"]}"#, true)]
    #[case(r#"{"environments":["gamma"]}"#, false)]
    #[case(r#"{"services":["shop"],"instances":["shop-beta"]}"#, true)]
    #[case(r#"{"instances":["other"]}"#, false)]
    #[case(r#"{"accounts":["111122223333"]}"#, true)]
    #[case(r#"{"accounts":["222233334444"]}"#, false)]
    #[case(r#"{"tags":{"stage":"dev"}}"#, true)]
    #[case(r#"{"tags":{"stage":"dev","team":"a"}}"#, false)]
    #[case(r#"{"services":["shop"],"tags":{"stage":"prod"}}"#, false)]
    fn every_member_narrows_it(#[case] json: &str, #[case] expected: bool) {
        let name = |text: &str| ResourceName::new(text).expect("valid");
        let tags = Tags::new([("stage".to_owned(), "dev".to_owned())]).expect("valid");
        let (environment, service, instance) = (name("beta"), name("shop"), name("shop-beta"));
        let resource = Selectable {
            version: VersionNumber::new(1, 2),
            environment: Some(&environment),
            service: Some(&service),
            instance: Some(&instance),
            account: "111122223333",
            tags: &tags,
        };
        assert_eq!(selection(json).matches(resource), expected);
    }
}
