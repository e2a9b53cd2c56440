//! Names of executions of the publish workflow.

use protium_domain::template_version::TemplateVersion;

use crate::fingerprint::sha256_hex;

/// What Step Functions allows.
const LONGEST: usize = 80;
/// Hexadecimal digits that stand for the rest of a long name.
const HASH: usize = 16;

/// `<kind>-<template>-<major>-<minor>-<millis>-<attempt>`, where `millis` is the time when the version was made: names
/// stay taken for 90 days, and a template that is deleted and made again begins at 1.0 again. Read from the right it
/// has one meaning only. A long name is cut, and told from its likes by a hash.
pub(super) fn execution_name(version: &TemplateVersion) -> String {
    let head = format!("{}-{}", version.kind.as_str().to_ascii_lowercase(), version.template);
    let attempt = version.watch.map_or(1, |watch| watch.attempt);
    let number = version.version;
    let tail = format!("-{}-{}-{}-{attempt}", number.major, number.minor, version.created_at.as_millis());
    let name = format!("{head}{tail}");
    if name.len() <= LONGEST {
        return name;
    }
    let hash = &sha256_hex(name.as_bytes())[..HASH];
    let room = LONGEST.saturating_sub(tail.len() + 1 + HASH);
    // Names and numbers are ASCII, so any cut falls between two characters.
    let name = format!("{}-{hash}{tail}", &head[..room.min(head.len())]);
    if name.len() <= LONGEST { name } else { format!("publish-{}", &sha256_hex(name.as_bytes())[..40]) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protium_domain::name::ResourceName;
    use protium_domain::tag::Tags;
    use protium_domain::template::TemplateKind;
    use protium_domain::template_version::{BundleSource, Intake, NewTemplateVersion};
    use protium_domain::time::Timestamp;
    use protium_domain::version::VersionNumber;

    use super::*;

    fn version(template: &str, number: VersionNumber, millis: i64) -> TemplateVersion {
        let new = NewTemplateVersion {
            kind: TemplateKind::Environment,
            template: ResourceName::new(template).expect("valid"),
            version: number,
            description: None,
            source: BundleSource { bucket: "b".into(), key: "k".into(), version_id: None },
            intake: Intake::Api,
            compatible_environment_templates: Vec::new(),
            supports_components: false,
            tags: Tags::default(),
        };
        TemplateVersion::new(new, Timestamp::from_millis(millis)).0
    }

    #[test]
    fn a_name_says_what_is_registered() {
        let net = version("net", VersionNumber::new(1, 4), 1_700_000_000_000);
        assert_eq!(execution_name(&net), "environment-net-1-4-1700000000000-1");
    }

    proptest! {
        #[test]
        fn names_are_valid_and_differ(
            one in "[A-Za-z0-9][A-Za-z0-9_-]{0,99}", other in "[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
            major: u64, minor: u64, millis in 0i64..10_000_000_000_000, later in 1i64..10_000,
        ) {
            let number = VersionNumber::new(major, minor);
            let first = execution_name(&version(&one, number, millis));
            prop_assert!(first.len() <= LONGEST && !first.is_empty());
            prop_assert!(first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            prop_assert_ne!(&first, &execution_name(&version(&one, number, millis + later)));
            if one != other {
                prop_assert_ne!(&first, &execution_name(&version(&other, number, millis)));
            }
        }
    }
}
