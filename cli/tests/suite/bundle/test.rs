//! `protium bundle test`: cases, what they compare, and how they are updated.

use super::{Desk, listing};
use rstest::rstest;
use snapbox::str;
use std::fs;

const SPEC: &str = "proton: EnvironmentSpec\nspec:\n  owner: ada\n";

/// An environment bundle with a case that passes.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.environment("env").write("env/tests/basic/spec.yaml", SPEC);
    desk.protium(["bundle", "test", "env", "--update"]).assert().code(0).stdout_eq(str![[r#"
updated basic
ok: env: 1 case

"#]]);
    desk
}

#[test]
fn a_case_is_recorded_then_passes() {
    let desk = desk();
    assert_eq!(
        listing(&desk.path("env/tests")),
        ["basic/expected/infrastructure/cloudformation.yaml", "basic/spec.yaml"]
    );
    desk.protium(["bundle", "test", "env"]).assert().code(0).stderr_eq("").stdout_eq(str![[r#"
ok      basic
ok: env: 1 case

"#]]);
}

#[test]
fn what_differs_is_shown_and_can_be_taken_for_right() {
    let desk = desk();
    desk.edit("env/schema/schema.yaml", "default: 30", "default: 90");
    desk.write("env/tests/basic/expected/infrastructure/gone.yaml", "x");
    desk.protium(["bundle", "test", "env"]).assert().code(1).stdout_eq(str![[r#"
FAILED  basic
  infrastructure/cloudformation.yaml: - expected + rendered
  @@ -3,7 +3,7 @@
       Type: AWS::Logs::LogGroup
       Properties:
         LogGroupName: 'example-environment'
  -      RetentionInDays: 30
  +      RetentionInDays: 90
         Tags: [{Key: owner, Value: "ada"}]
   Outputs:
     LogGroup:
  infrastructure/gone.yaml: expected, but not rendered
bad: env: 1 of 1 case failed
  help: if what is rendered is right: protium bundle test env --update

"#]]);
    desk.protium(["bundle", "test", "env", "--output", "json"])
        .assert()
        .code(1)
        .stderr_eq("")
        .stdout_eq(str![[r#"
{
  "bundles": [
    {
      "path": "env",
      "problems": [],
      "cases": [
        {
          "name": "basic",
          "updated": false,
          "differences": [
            {
              "file": "infrastructure/cloudformation.yaml",
              "change": "content",
              "diff": "@@ -3,7 +3,7 @@\n     Type: AWS::Logs::LogGroup\n     Properties:\n       LogGroupName: 'example-environment'\n-      RetentionInDays: 30\n+      RetentionInDays: 90\n       Tags: [{Key: owner, Value: \"ada\"}]\n Outputs:\n   LogGroup:\n"
            },
            {
              "file": "infrastructure/gone.yaml",
              "change": "missing",
              "diff": null
            }
          ],
          "problems": [],
          "message": null,
          "ok": false
        }
      ],
      "ok": false
    }
  ]
}

"#]]);
    desk.protium(["bundle", "test", "env", "--output", "github"]).assert().code(1).stdout_eq(str![[r#"
::error file=env/tests/basic/expected/infrastructure/cloudformation.yaml::case basic: infrastructure/cloudformation.yaml is not as expected
::error file=env/tests/basic/expected/infrastructure/gone.yaml::case basic: infrastructure/gone.yaml is not as expected
bad: env: 1 of 1 case failed
  help: if what is rendered is right: protium bundle test env --update

"#]]);
    desk.protium(["bundle", "test", "env", "--update"]).assert().code(0).stdout_eq(str![[r#"
updated basic
ok: env: 1 case

"#]]);
    assert_eq!(listing(&desk.path("env/tests/basic/expected")), ["infrastructure/cloudformation.yaml"]);
    desk.protium(["bundle", "test", "env"]).assert().code(0);
}

#[test]
fn nothing_recorded_is_no_success() {
    let desk = desk();
    desk.write("env/tests/new/spec.yaml", SPEC);
    desk.protium(["bundle", "test", "env"]).assert().code(1).stdout_eq(str![[r#"
ok      basic
FAILED  new
  nothing is expected yet; look at what is rendered and record it: protium bundle test env --update
bad: env: 1 of 2 cases failed

"#]]);
}

#[test]
fn a_context_tells_what_a_deployment_knows() {
    let desk = Desk::new();
    desk.service("svc")
        .write(
            "svc/tests/two/spec.yaml",
            "proton: ServiceSpec\ninstances:\n  - {name: dev, environment: beta}\n  - {name: live, environment: gamma}\n",
        )
        .write(
            "svc/tests/two/context.yaml",
            "name: shop\nenvironment_outputs:\n  LogGroup: 012345678901\nenvironments:\n  gamma:\n    LogGroup: 1.10\n",
        );
    desk.protium(["bundle", "test", "svc", "--update"]).assert().code(0);
    let expected = |name: &str| {
        desk.read(&format!("svc/tests/two/expected/instance_infrastructure/{name}/cloudformation.yaml"))
    };
    assert!(expected("dev").contains("\"012345678901\"") && expected("dev").contains("'shop-dev-small'"));
    assert!(expected("live").contains("\"1.10\""));
}

#[test]
fn a_failure_is_expected_only_when_the_author_says_so() {
    let desk = desk();
    desk.write("env/tests/no-owner/spec.yaml", "proton: EnvironmentSpec\nspec: {}\n");
    desk.protium(["bundle", "test", "env", "--update"]).assert().code(1).stdout_eq(str![[r#"
ok      basic
FAILED  no-owner
error: spec.spec.owner: is required and has no default
 --> env/tests/no-owner/spec.yaml:2:7
  |
1 | proton: EnvironmentSpec
2 | spec: {}
  |       ^

  If it has to fail, create env/tests/no-owner/expected/error.txt empty and run: protium bundle test env --update
bad: env: 1 of 2 cases failed

"#]]);
    assert!(!desk.path("env/tests/no-owner/expected").exists());

    desk.write("env/tests/no-owner/expected/error.txt", "");
    desk.protium(["bundle", "test", "env", "--update"]).assert().code(0);
    snapbox::assert_data_eq!(
        desk.read("env/tests/no-owner/expected/error.txt"),
        str![[r#"
spec.spec.owner: is required and has no default

"#]]
    );
    desk.protium(["bundle", "test", "env"]).assert().code(0);

    // It works by now, which isn't what is expected.
    desk.edit("env/schema/schema.yaml", "      required: [owner]\n", "");
    desk.edit(
        "env/infrastructure/cloudformation.yaml",
        "environment.inputs.owner",
        "environment.inputs.owner | default('x')",
    );
    desk.protium(["bundle", "test", "env", "--case", "no-owner"]).assert().code(1).stdout_eq(str![[r#"
FAILED  no-owner
  expected to fail as error.txt says, but it is rendered
  infrastructure/cloudformation.yaml: rendered, but not expected
bad: env: 1 of 1 case failed
  help: if what is rendered is right: protium bundle test env --update

"#]]);
}

#[rstest]
#[case::no_spec("env/tests/x/context.yaml", "name: y\n", "spec.yaml: can't be read")]
#[case::unknown_context("env/tests/basic/context.yaml", "nmae: y\n", "nmae")]
#[case::broken_context("env/tests/basic/context.yaml", "name: [\n", "context.yaml")]
#[case::binary_context("env/tests/basic/context.yaml", "\u{0}\u{1b}[2J", "context.yaml")]
fn a_case_that_cannot_be_run_fails(#[case] file: &str, #[case] content: &str, #[case] expected: &str) {
    let desk = desk();
    desk.write(file, content);
    let output = desk.protium(["bundle", "test", "env"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(expected) && text.contains("FAILED") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn an_empty_context_is_none() {
    let desk = desk();
    desk.write("env/tests/basic/context.yaml", "\n");
    desk.protium(["bundle", "test", "env"]).assert().code(0);
}

#[test]
fn no_tests_and_unknown_cases_are_wrong_use() {
    let desk = desk();
    desk.environment("untested");
    desk.protium(["bundle", "test", "untested"]).assert().code(2).stderr_eq(str![[r#"
error: untested has no tests. Put a spec at untested/tests/basic/spec.yaml and run with --update

"#]]);
    desk.protium(["bundle", "test", "env", "untested"]).assert().code(2).stdout_eq(str![[r#"
ok      basic
ok: env: 1 case

"#]]);
    desk.protium(["bundle", "test", "env", "--case", "y"]).assert().code(2).stderr_eq(str![[r#"
error: env has no case `y`; it has basic

"#]]);
    desk.protium(["bundle", "test", "nowhere"]).assert().code(2);
}

#[test]
fn a_bad_bundle_is_shown_instead_of_its_cases() {
    let desk = desk();
    desk.edit("env/schema/schema.yaml", "default: 30", "default: 0");
    desk.protium(["bundle", "test", "env"]).assert().code(1).stdout_eq(str![[r#"
error: the default must be 1 or more
  --> env/schema/schema.yaml:12:20
   |
10 |           type: integer
11 |           minimum: 1
12 |           default: 0
   |                    ^
  help: Change the default or the constraint.

bad: env: 1 error

"#]]);
}

#[test]
fn links_in_what_is_expected_are_neither_read_nor_written_through() {
    let desk = desk();
    desk.write("outside/secret", "x");
    let expected = desk.path("env/tests/basic/expected/infrastructure");
    fs::remove_dir_all(&expected).unwrap();
    std::os::unix::fs::symlink(desk.path("outside"), &expected).unwrap();
    desk.protium(["bundle", "test", "env", "--update"]).assert().code(1);
    assert_eq!(listing(&desk.path("outside")), ["secret"]);

    for link in ["env/tests/basic/expected", "env/tests/basic", "env/tests"] {
        fs::remove_dir_all(desk.path(link)).unwrap();
        std::os::unix::fs::symlink(desk.path("outside"), desk.path(link)).unwrap();
        desk.write("outside/spec.yaml", SPEC);
        let code = desk.protium(["bundle", "test", "env", "--update"]).output().unwrap().status.code();
        assert!(matches!(code, Some(1 | 2)), "{link}: {code:?}");
        assert_eq!(listing(&desk.path("outside")), ["secret", "spec.yaml"], "{link}");
        fs::remove_file(desk.path(link)).unwrap();
        fs::create_dir_all(desk.path("env/tests/basic")).unwrap();
    }
}

#[test]
fn nothing_that_came_with_a_checkout_is_waited_for_or_read_without_bound() {
    let desk = desk();
    let pipe = |name: &str| {
        fs::create_dir_all(desk.path(name).parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(desk.path(name)).status().unwrap().success());
    };
    pipe("env/tests/a/spec.yaml");
    desk.write("env/tests/b/spec.yaml", SPEC);
    pipe("env/tests/b/context.yaml");
    desk.write("env/tests/c/spec.yaml", SPEC);
    pipe("env/tests/c/expected/x");
    desk.write("env/tests/d/spec.yaml", SPEC).write("env/tests/d/expected/x", "");
    fs::File::options()
        .write(true)
        .open(desk.path("env/tests/d/expected/x"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    desk.write("env/tests/e/context.yaml", "");
    std::os::unix::fs::symlink("/dev/zero", desk.path("env/tests/e/spec.yaml")).unwrap();
    desk.protium(["bundle", "test", "env"]).assert().code(1).stdout_eq(str![[r#"
FAILED  a
  env/tests/a/spec.yaml is no plain file
FAILED  b
  env/tests/b/context.yaml is no plain file
ok      basic
FAILED  c
  env/tests/c/expected/x is no plain file; remove it
FAILED  d
  env/tests/d/expected holds more than 268435456 bytes
FAILED  e
  env/tests/e/spec.yaml is no plain file
bad: env: 5 of 6 cases failed

"#]]);
}
