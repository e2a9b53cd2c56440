//! The models we publish, as they were when somebody last looked at them.
//!
//! A change of the interface shows as a change of these files. To accept one:
//! `UPDATE_GOLDEN=1 cargo test -p protium-wire`.

use protium_wire::{Interface, model};
use rstest::rstest;
use serde_json::Value;
use std::path::Path;

#[rstest]
#[case("service-2.json", model::service(Interface::Proton, model::GATEWAY_SIGNING_NAME))]
#[case("paginators-1.json", model::paginators(Interface::Proton))]
#[case("waiters-2.json", model::waiters(Interface::Proton))]
#[case("protium/service-2.json", model::service(Interface::Protium, model::GATEWAY_SIGNING_NAME))]
#[case("protium/paginators-1.json", model::paginators(Interface::Protium))]
#[case("protium/waiters-2.json", model::waiters(Interface::Protium))]
fn the_published_model_is_the_reviewed_one(#[case] name: &str, #[case] model: Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let text = format!("{}\n", serde_json::to_string_pretty(&model).unwrap());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    // Not assert_eq: two texts of 5,000 lines help nobody.
    let differs = text.lines().zip(golden.lines()).position(|(ours, theirs)| ours != theirs);
    assert!(
        text == golden,
        "{name} differs from tests/golden from line {}; if that is meant, run with UPDATE_GOLDEN=1",
        differs.unwrap_or_else(|| golden.lines().count()) + 1
    );
}

#[test]
fn the_signing_name_is_the_callers_choice() {
    assert_eq!(model::service(Interface::Proton, "proton")["metadata"]["signingName"], "proton");
}
