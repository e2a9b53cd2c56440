//! Names of executions of the publish workflow: valid, and each of one attempt at one version only.

use proptest::prelude::*;
use protium_app::workflow::publish_name;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;
use protium_domain::time::Timestamp;
use protium_domain::version::VersionNumber;
use protium_testkit::records;

fn version(template: &str, number: VersionNumber, millis: i64) -> TemplateVersion {
    records::version_registering(TemplateKind::Environment, template, number, Timestamp::from_millis(millis))
}

#[test]
fn a_name_says_what_is_registered() {
    let net = version("net", VersionNumber::new(1, 4), 1_700_000_000_000);
    assert_eq!(publish_name(&net, 1), "environment-net-1-4-1700000000000-1");
}

proptest! {
    #[test]
    fn names_are_valid_and_differ(
        one in "[A-Za-z0-9][A-Za-z0-9_-]{0,99}", other in "[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
        major in 1u64..1_000_000, minor in 0u64..1_000_000,
        millis in 0i64..10_000_000_000_000, later in 1i64..10_000, attempt in 1u32..10,
    ) {
        let number = VersionNumber::new(major, minor);
        let name = publish_name(&version(&one, number, millis), attempt);
        prop_assert!((1..=80).contains(&name.len()), "{name}");
        prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        prop_assert_ne!(&name, &publish_name(&version(&one, number, millis), attempt + 1));
        prop_assert_ne!(&name, &publish_name(&version(&one, number, millis + later), attempt));
        prop_assert_ne!(&name, &publish_name(&version(&one, VersionNumber::new(major, minor + 1), millis), attempt));
        let alike = format!("{}x", one.chars().take(99).collect::<String>());
        for another in [&other, &alike] {
            if one != *another {
                prop_assert_ne!(&name, &publish_name(&version(another, number, millis), attempt));
            }
        }
    }
}
