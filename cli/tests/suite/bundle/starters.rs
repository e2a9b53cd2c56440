//! The starter bundles of this repository, as an author who begins with one of them would try it.

use super::Desk;
use std::{fs, path::PathBuf};

fn bundles(kind: &str) -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bundles").join(kind);
    let found: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path().join("v1")).collect();
    assert!(!found.is_empty());
    found
}

/// The environment bundles that a service names in its registration file.
fn compatible(service: &std::path::Path) -> Vec<PathBuf> {
    let registration = fs::read_to_string(service.join(".template-registration.yaml")).unwrap();
    let name = |path: &PathBuf| path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    let named = |path: &PathBuf| registration.contains(&format!("{}:1", name(path)));
    let found: Vec<_> = bundles("environments").into_iter().filter(named).collect();
    assert!(!found.is_empty(), "{registration}");
    found
}

#[test]
fn environments_are_good_and_their_specs_render() {
    let desk = Desk::new();
    for bundle in bundles("environments") {
        desk.protium(["bundle", "validate", "--strict"]).arg(&bundle).assert().code(0);
        desk.protium(["bundle", "render", "--out", "rendered", "--spec"])
            .arg(bundle.join("../spec/spec.yaml"))
            .arg(&bundle)
            .assert()
            .code(0);
    }
}

#[test]
fn services_read_what_their_environments_give() {
    let desk = Desk::new();
    for bundle in bundles("services") {
        let mut validate = desk.protium(["bundle", "validate", "--strict"]).arg(&bundle);
        for environment in compatible(&bundle) {
            validate = validate.arg("--environment").arg(environment);
        }
        validate.assert().code(0).stderr_eq("");
    }
}

#[test]
fn starter_bundles_pass_their_own_tests() {
    let desk = Desk::new();
    let all = [bundles("environments"), bundles("services")].concat();
    desk.protium(["bundle", "test"]).args(&all).assert().code(0).stderr_eq("");
}

/// Beside a terminal nobody sees a bar.
#[test]
fn many_bundles_at_once_leave_nothing_but_the_outcome() {
    let desk = Desk::new();
    let all = [bundles("environments"), bundles("services"), bundles("services")].concat();
    assert!(all.len() > 5);
    let output = desk.protium(["bundle", "validate"]).args(&all).assert().code(0).stderr_eq("");
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.ends_with(&format!("\n{} bundles: all good\n", all.len())), "{text}");
}
