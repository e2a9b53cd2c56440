//! `protium bundle render`: the people's form, the machines' form, and where files go.

use super::{Desk, listing};
use rstest::rstest;
use snapbox::str;
use std::{fs, process::Stdio};

const SPEC: &str = "proton: EnvironmentSpec\nspec:\n  owner: ada\n";
const SERVICE_SPEC: &str = "\
proton: ServiceSpec
instances:
  - name: dev
    environment: beta
  - name: live
    environment: gamma
    spec:
      size: large
";

#[test]
fn one_file_goes_to_standard_output() {
    let desk = Desk::new();
    desk.environment("env").write("spec.yaml", SPEC);
    desk.protium(["bundle", "render", "env", "--spec", "spec.yaml", "--name", "beta"])
        .assert()
        .code(0)
        .stderr_eq("")
        .stdout_eq(str![[r#"
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: 'beta'
      RetentionInDays: 30
      Tags: [{Key: owner, Value: "ada"}]
Outputs:
  LogGroup:
    Value: !Ref Logs

"#]]);
}

#[test]
fn several_files_need_a_folder_or_a_choice() {
    let desk = Desk::new();
    desk.service("svc").write("spec.yaml", SERVICE_SPEC).write("outputs.yaml", "LogGroup: logs\n");
    let render = || {
        desk.protium([
            "bundle",
            "render",
            "svc",
            "--spec",
            "spec.yaml",
            "--environment-outputs",
            "outputs.yaml",
        ])
    };
    render().assert().code(2).stdout_eq("").stderr_eq(str![[r#"
error: 2 files are rendered; write them to a folder with --out DIR, or choose with --instance or --part:
  instance_infrastructure/dev/cloudformation.yaml
  instance_infrastructure/live/cloudformation.yaml

"#]]);
    render().args(["--instance", "live"]).assert().code(0).stdout_eq(str![[r#"
Resources:
  Alarm:
    Type: AWS::Logs::LogStream
    Properties:
      LogGroupName: "logs"
      LogStreamName: 'example-service-live-large'

"#]]);
    render().args(["--instance", "prod"]).assert().code(2).stderr_eq(str![[r#"
error: the spec has no instance `prod`; it has dev, live

"#]]);
    render().args(["--part", "pipeline_infrastructure"]).assert().code(2).stderr_eq(str![[r#"
error: there is nothing to render: the bundle has no pipeline_infrastructure; it has instance_infrastructure

"#]]);
    render().args(["--out", "rendered"]).assert().code(0).stderr_eq("").stdout_eq(str![[r#"
rendered: 2 files in rendered
  rendered/instance_infrastructure/dev/cloudformation.yaml
  rendered/instance_infrastructure/live/cloudformation.yaml

"#]]);
    assert_eq!(
        listing(&desk.path("rendered")),
        [
            "instance_infrastructure/dev/cloudformation.yaml",
            "instance_infrastructure/live/cloudformation.yaml"
        ]
    );
}

#[test]
fn outputs_keep_what_is_written_and_may_differ_by_environment() {
    let desk = Desk::new();
    desk.service("svc")
        .write("spec.yaml", SERVICE_SPEC)
        .write("outputs.yaml", "beta:\n  LogGroup: 012345678901\ngamma:\n  LogGroup: 1.10\n");
    desk.protium(["bundle", "render", "svc", "--spec", "spec.yaml", "--environment-outputs", "outputs.yaml"])
        .args(["--out", "rendered"])
        .assert()
        .code(0);
    let rendered =
        |name: &str| desk.read(&format!("rendered/instance_infrastructure/{name}/cloudformation.yaml"));
    assert!(rendered("dev").contains("LogGroupName: \"012345678901\"\n"), "{}", rendered("dev"));
    assert!(rendered("live").contains("LogGroupName: \"1.10\"\n"), "{}", rendered("live"));
}

#[test]
fn what_is_wrong_with_a_spec_is_shown_in_the_spec() {
    let desk = Desk::new();
    desk.environment("env")
        .write("spec.yaml", "proton: EnvironmentSpec\nspec:\n  ownr: ada\n  retention_days: 0\n");
    let render = || desk.protium(["bundle", "render", "env", "--spec", "spec.yaml"]);
    render().assert().code(1).stdout_eq("").stderr_eq(str![[r#"
error: spec.spec.ownr: is not an input of this template; did you mean `owner`?
 --> spec.yaml:3:3
  |
1 | proton: EnvironmentSpec
2 | spec:
3 |   ownr: ada
  |   ^^^^

error: spec.spec.owner: is required and has no default
 --> spec.yaml:3:3
  |
1 | proton: EnvironmentSpec
2 | spec:
3 |   ownr: ada
  |   ^^^^

error: spec.spec.retention_days: must be 1 or more
 --> spec.yaml:4:19
  |
2 | spec:
3 |   ownr: ada
4 |   retention_days: 0
  |                   ^

not rendered: env: 3 errors

"#]]);
    render().args(["--output", "json"]).assert().code(1).stderr_eq("").stdout_eq(str![[r#"
{
  "files": [],
  "problems": [
    {
      "severity": "error",
      "file": "spec.yaml",
      "line": 3,
      "column": 3,
      "message": "spec.spec.ownr: is not an input of this template; did you mean `owner`?",
      "remedy": null
    },
    {
      "severity": "error",
      "file": "spec.yaml",
      "line": 3,
      "column": 3,
      "message": "spec.spec.owner: is required and has no default",
      "remedy": null
    },
    {
      "severity": "error",
      "file": "spec.yaml",
      "line": 4,
      "column": 19,
      "message": "spec.spec.retention_days: must be 1 or more",
      "remedy": null
    }
  ],
  "ok": false
}

"#]]);
    render().args(["--output", "github"]).assert().code(1).stdout_eq(str![[r#"
::error file=spec.yaml,line=3,col=3::spec.spec.ownr: is not an input of this template; did you mean `owner`?
::error file=spec.yaml,line=3,col=3::spec.spec.owner: is required and has no default
::error file=spec.yaml,line=4,col=19::spec.spec.retention_days: must be 1 or more

"#]]);
}

#[test]
fn all_missing_outputs_are_named_with_the_way_to_give_them() {
    let desk = Desk::new();
    desk.service("svc").write("spec.yaml", SERVICE_SPEC).edit(
        "svc/instance_infrastructure/cloudformation.yaml",
        "{{ service.name }}",
        "{{ environment.outputs.Prefix }}{{ service.name }}",
    );
    desk.protium(["bundle", "render", "svc", "--spec", "spec.yaml", "--out", "rendered"])
        .assert()
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `environment.outputs.LogGroup` is not defined
 --> svc/instance_infrastructure/cloudformation.yaml:5:24
  |
3 |     Type: AWS::Logs::LogStream
4 |     Properties:
5 |       LogGroupName: {{ environment.outputs.LogGroup | tojson }}
  |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: Add the output to the template that it comes from, or guard it with `is defined` or `default(…)`.
        To try the template, give outputs with --environment-outputs FILE; missing are: LogGroup, Prefix

not rendered: svc: 1 error

"#]]);
    assert!(!desk.path("rendered").exists());
}

#[test]
fn a_bad_bundle_is_not_rendered() {
    let desk = Desk::new();
    desk.environment("env").write("spec.yaml", SPEC).edit(
        "env/schema/schema.yaml",
        "default: 30",
        "default: 0",
    );
    desk.protium(["bundle", "render", "env", "--spec", "spec.yaml"]).assert().code(1).stdout_eq("");
    desk.protium(["bundle", "render", "env", "--spec", "spec.yaml", "-o", "json"])
        .assert()
        .code(1)
        .stderr_eq("");
    desk.protium(["bundle", "render", "nowhere", "--spec", "spec.yaml"]).assert().code(2).stdout_eq("");
}

#[test]
fn machines_give_the_namespace_and_get_the_files_by_their_own_names() {
    let desk = Desk::new();
    let context = r#"{"environment": {"name": "beta", "inputs": {"retention_days": 7, "owner": "ada"}}}"#;
    desk.environment("env").write("context.json", context);
    desk.protium(["bundle", "render", "env", "--part", "infrastructure", "--context", "context.json"])
        .args(["--out", "rendered"])
        .assert()
        .code(0)
        .stdout_eq(str![[r#"
rendered: 1 file in rendered
  rendered/cloudformation.yaml

"#]]);
    assert_eq!(listing(&desk.path("rendered")), ["cloudformation.yaml"]);
    assert!(desk.read("rendered/cloudformation.yaml").contains("RetentionInDays: 7\n"));

    desk.protium(["bundle", "render", "env", "--part", "infrastructure", "--context", "-", "--out", "again"])
        .stdin(context)
        .assert()
        .code(0);
    assert_eq!(desk.read("again/cloudformation.yaml"), desk.read("rendered/cloudformation.yaml"));
}

#[rstest]
#[case::no_json("{", 2, "context.json: is not JSON")]
#[case::too_large(
    r#"{"environment": {"inputs": {"n": 18446744073709551616}}}"#,
    2,
    "18446744073709551616, which is beyond"
)]
#[case::no_object("[]", 1, "the namespace must be a JSON object")]
#[case::incomplete("{}", 1, "not defined")]
fn a_context_that_is_wrong_is_told(#[case] context: &str, #[case] code: i32, #[case] expected: &str) {
    let desk = Desk::new();
    desk.environment("env").write("context.json", context);
    let command =
        desk.protium(["bundle", "render", "env", "--part", "infrastructure", "--context", "context.json"]);
    let output = command.args(["--out", "rendered"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(expected), "{text}");
}

#[rstest]
#[case::nothing(&[])]
#[case::both(&["--spec", "spec.yaml", "--context", "c.json", "--part", "infrastructure", "--out", "o"])]
#[case::no_part(&["--context", "c.json", "--out", "o"])]
#[case::no_out(&["--context", "c.json", "--part", "infrastructure"])]
#[case::watch_without_out(&["--spec", "spec.yaml", "--watch"])]
#[case::no_spec(&["--spec", "nowhere.yaml"])]
#[case::binary_spec(&["--spec", "binary"])]
fn wrong_use_is_told_apart_from_bad_bundles(#[case] arguments: &[&str]) {
    let desk = Desk::new();
    desk.environment("env").write("spec.yaml", SPEC).write("binary", b"\xff\xfe");
    desk.protium(["bundle", "render", "env"]).args(arguments).assert().code(2).stdout_eq("");
}

#[test]
fn programs_get_the_content_when_there_is_no_folder() {
    let desk = Desk::new();
    desk.environment("env").write("spec.yaml", SPEC);
    desk.protium(["bundle", "render", "env", "--spec", "spec.yaml", "-o", "json"])
        .assert()
        .code(0)
        .stdout_eq(str![[r#"
{
  "files": [
    {
      "part": "infrastructure",
      "name": "example-environment",
      "file": "infrastructure/cloudformation.yaml",
      "path": null,
      "content": "Resources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      LogGroupName: 'example-environment'\n      RetentionInDays: 30\n      Tags: [{Key: owner, Value: \"ada\"}]\nOutputs:\n  LogGroup:\n    Value: !Ref Logs\n"
    }
  ],
  "problems": [],
  "ok": true
}

"#]]);
    desk.protium(["bundle", "render", "env", "--spec", "spec.yaml", "-o", "json", "--out", "o"])
        .assert()
        .code(0)
        .stdout_eq(str![[r#"
{
  "files": [
    {
      "part": "infrastructure",
      "name": "example-environment",
      "file": "infrastructure/cloudformation.yaml",
      "path": "o/infrastructure/cloudformation.yaml"
    }
  ],
  "problems": [],
  "ok": true
}

"#]]);
}

#[test]
fn only_files_of_the_same_name_are_overwritten() {
    let desk = Desk::new();
    desk.environment("env")
        .write("spec.yaml", SPEC)
        .write("out/mine.txt", "mine")
        .write("out/infrastructure/cloudformation.yaml", "old")
        .write("out/infrastructure/notes.md", "mine");
    let render = || desk.protium(["bundle", "render", "env", "--spec", "spec.yaml", "--out", "out"]);
    render().assert().code(0);
    assert_eq!(desk.read("out/mine.txt") + &desk.read("out/infrastructure/notes.md"), "minemine");
    assert!(desk.read("out/infrastructure/cloudformation.yaml").starts_with("Resources"));

    desk.write("elsewhere/x", "");
    fs::remove_dir_all(desk.path("out/infrastructure")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", desk.path("out/infrastructure")).unwrap();
    render().assert().code(1).stderr_eq(str![[r#"
error: out/infrastructure is no folder; remove it

"#]]);
    assert_eq!(listing(&desk.path("elsewhere")), ["x"]);
    desk.write("file", "")
        .protium(["bundle", "render", "env", "--spec", "spec.yaml", "--out", "file"])
        .assert()
        .code(1);
}

// The `script` of other systems takes other options.
#[cfg(target_os = "linux")]
#[test]
fn rendered_text_reaches_a_pipe_byte_by_byte_and_no_terminal_as_commands() {
    let desk = Desk::new();
    let evil = "\u{1b}]0;owned\u{7}";
    desk.environment("env").write("spec.yaml", SPEC).edit(
        "env/infrastructure/cloudformation.yaml",
        "Resources:\n",
        &format!("# {evil}\nResources:\n"),
    );
    let output = desk.protium(["bundle", "render", "env", "--spec", "spec.yaml"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains(evil));

    // `script` gives the command a terminal of its own.
    let protium = snapbox::cmd::cargo_bin!("protium").display();
    let command = format!("{protium} bundle render env --spec spec.yaml");
    let run = std::process::Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(desk.path("."))
        .stdin(Stdio::null())
        .output();
    let Ok(output) = run else { return println!("skipped: there is no `script`") };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("␛]0;owned␇") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn rendering_follows_the_bundle_and_the_spec() {
    let desk = Desk::new();
    desk.environment("env").write("specs/spec.yaml", SPEC);
    let arguments = ["bundle", "render", "env", "--spec", "specs/spec.yaml", "--out", "env/out", "--watch"];
    let watching = super::watch::Watching::start(&desk, arguments);
    watching.expect("rendered: 1 file");
    // The folder lies in what is watched; what was written there leads to one more pass at most.
    let rendered = || desk.read("env/out/infrastructure/cloudformation.yaml");
    while watching.next(std::time::Duration::from_millis(600)).is_some() {}

    desk.write("specs/.spec.yaml.tmp", SPEC.replace("ada", "grace"));
    fs::rename(desk.path("specs/.spec.yaml.tmp"), desk.path("specs/spec.yaml")).unwrap();
    watching.expect("rendered: 1 file");
    assert!(rendered().contains("grace"));

    fs::remove_file(desk.path("specs/spec.yaml")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    desk.write("specs/spec.yaml", SPEC);
    watching.expect("rendered: 1 file");
}

#[test]
fn a_bundle_is_not_rendered_over_itself() {
    let desk = Desk::new();
    desk.environment("env").write("spec.yaml", SPEC).write("context.json", "{\"environment\": {}}");
    let before = desk.read("env/infrastructure/cloudformation.yaml");
    std::os::unix::fs::symlink("env", desk.path("alias")).unwrap();
    for out in ["env", "./env/", "env/infrastructure", "env/infrastructure/deeper", "alias", "spec/../env"] {
        desk.protium(["bundle", "render", "env", "--spec", "spec.yaml", "--out", out]).assert().code(2);
    }
    let context = r#"{"environment": {"name": "x", "inputs": {"retention_days": 1, "owner": "y"}}}"#;
    desk.write("context.json", context);
    let machine =
        ["bundle", "render", "env", "--part", "infrastructure", "--context", "context.json", "--out"];
    desk.protium(machine).arg("env/infrastructure").assert().code(2).stderr_eq(str![[r#"
error: --out env/infrastructure would write into the bundle's own directory infrastructure; name another folder, e.g. --out rendered

"#]]);
    assert_eq!(desk.read("env/infrastructure/cloudformation.yaml"), before);
    desk.protium(machine).arg("env/rendered").assert().code(0);
}

/// What a deployment handed to Terraform or to a build is a context, too: the same files come of it.
#[rstest]
#[case::terraform("terraform", "proton.auto.tfvars.json")]
#[case::codebuild("codebuild", "proton-inputs.json")]
fn what_was_handed_over_renders_the_same_again(#[case] engine: &str, #[case] context: &str) {
    let desk = Desk::new();
    desk.protium(["bundle", "init", "svc", "--kind", "service", "--engine", engine, "--pipeline", engine])
        .assert()
        .code(0);
    desk.protium([
        "bundle",
        "render",
        "svc",
        "--spec",
        "svc/spec/spec.yaml",
        "--name",
        "shop",
        "--out",
        "first",
    ])
    .args(["--environment-outputs", "svc/spec/environment-outputs.yaml"])
    .assert()
    .code(0);
    for (part, folder) in [
        ("instance_infrastructure", "first/instance_infrastructure/live"),
        ("pipeline_infrastructure", "first/pipeline_infrastructure"),
    ] {
        let (out, context) = (format!("again/{part}"), format!("{folder}/{context}"));
        desk.protium(["bundle", "render", "svc", "--part", part, "--context", &context, "--out", &out])
            .assert()
            .code(0);
        assert_eq!(listing(&desk.path(&out)), listing(&desk.path(folder)));
        for file in listing(&desk.path(folder)) {
            assert_eq!(desk.read(&format!("{out}/{file}")), desk.read(&format!("{folder}/{file}")), "{file}");
        }
    }
}

#[test]
fn warnings_are_mentioned_and_left_to_validate() {
    let desk = Desk::new();
    desk.environment("env").write("spec.yaml", SPEC).edit("env/schema/schema.yaml", "minimum", "minimun");
    desk.protium(["bundle", "render", "env", "--spec", "spec.yaml"]).assert().code(0).stderr_eq(str![[r#"
note: 1 warning; see protium bundle validate env

"#]]);
}
