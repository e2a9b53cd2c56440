//! `protium policy`, as far as it needs no account.

use crate::capture::protium;
use std::{fs, path::Path};

fn policy(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = protium().current_dir(directory).arg("policy").args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn ready_sets_are_written_for_roles_and_are_good() {
    let home = tempfile::tempdir().unwrap();
    let init =
        ["init", "policies", "--platform-engineers", "role/platform", "--developers", "role/a,role/path/b_*"];
    let (code, said) = policy(home.path(), &init);
    assert_eq!(code, Some(0), "{said}");
    let developers = fs::read_to_string(home.path().join("policies/developers.cedar")).unwrap();
    assert!(
        developers.contains("principal.role == \"a\"") && developers.contains("principal.role like \"b_*\"")
    );
    assert!(!home.path().join("policies/readers.cedar").exists());
    let (code, said) = policy(home.path(), &["validate", "policies"]);
    assert_eq!((code, said.as_str()), (Some(0), "good: 4 policies in 2 files\n"));
    let (code, said) = policy(home.path(), &init);
    assert_eq!(code, Some(1), "what is there stays: {said}");
}

#[test]
fn mistakes_are_told_by_file_and_line() {
    let home = tempfile::tempdir().unwrap();
    let text = "permit (principal, action, resource)\nwhen { principal.rol == \"x\" };\n";
    fs::create_dir(home.path().join("teams")).unwrap();
    fs::write(home.path().join("teams/shop.cedar"), text).unwrap();
    let (code, said) = policy(home.path(), &["validate", "."]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("teams/shop.cedar:2: ") && said.contains("role"), "{said}");
}

#[test]
fn what_is_used_wrongly_says_how_it_is_used() {
    let home = tempfile::tempdir().unwrap();
    let (code, said) = policy(home.path(), &["init", "policies"]);
    assert!(code == Some(2) && said.contains("--developers"), "{said}");
    let (code, said) = policy(home.path(), &["init", "policies", "--readers", "team"]);
    assert!(code == Some(2) && said.contains("role/NAME"), "{said}");
    let (code, said) = policy(home.path(), &["validate", "."]);
    assert!(code == Some(1) && said.contains("protium policy init"), "{said}");
}

#[test]
fn the_schema_is_printed() {
    let home = tempfile::tempdir().unwrap();
    let (code, said) = policy(home.path(), &["schema"]);
    assert!(code == Some(0) && said.contains("action \"proton:CreateEnvironment\""), "{said}");
}
