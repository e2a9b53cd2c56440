//! `protium bundle validate`: messages, forms of output, exit codes.

use super::Desk;
use rstest::rstest;
use snapbox::str;

#[test]
fn a_good_bundle_is_told_in_one_line() {
    let desk = Desk::new();
    desk.environment("my-env");
    desk.protium(["bundle", "validate", "my-env"]).assert().code(0).stderr_eq("").stdout_eq(str![[r#"
ok: my-env (environment: CloudFormation)

"#]]);
}

#[test]
fn the_current_directory_is_the_default_and_paths_stay_short() {
    let desk = Desk::new();
    desk.environment(".").edit("schema/schema.yaml", "default: 30", "default: 0");
    desk.protium(["bundle", "validate"]).assert().code(1).stdout_eq(str![[r#"
error: the default must be 1 or more
  --> schema/schema.yaml:12:20
   |
10 |           type: integer
11 |           minimum: 1
12 |           default: 0
   |                    ^
  help: Change the default or the constraint.

bad: .: 1 error

"#]]);
}

#[test]
fn a_service_without_pipeline_is_customer_managed_and_that_is_told() {
    let desk = Desk::new();
    desk.service("svc");
    desk.protium(["bundle", "validate", "svc"]).assert().code(0).stdout_eq(str![[r#"
ok: svc (service: instances by CloudFormation)
  note: no pipeline_infrastructure: users bring their own pipelines; create the template with `--pipeline-provisioning CUSTOMER_MANAGED`

"#]]);
    desk.protium(["bundle", "validate", "svc", "--customer-managed=no"]).assert().code(1).stdout_eq(str![[
        r#"
error: the directory is missing
--> svc/pipeline_infrastructure
  help: Add the pipeline's code, or create the service template with `pipelineProvisioning: CUSTOMER_MANAGED`.

bad: svc: 1 error

"#
    ]]);
}

#[test]
fn an_environment_without_code_has_to_be_called_customer_managed() {
    let desk = Desk::new();
    desk.environment("env");
    std::fs::remove_dir_all(desk.path("env/infrastructure")).unwrap();
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![[r#"
error: the directory is missing
--> env/infrastructure
  help: Put the infrastructure code and its manifest.yaml there.

bad: env: 1 error

"#]]);
    desk.edit(
        "env/schema/schema.yaml",
        "        retention_days:
          type: integer
          minimum: 1
          default: 30
",
        "",
    );
    desk.protium(["bundle", "validate", "env", "--customer-managed"]).assert().code(0).stdout_eq(str![[r#"
ok: env (environment)
  note: no infrastructure: users bring their own environments; create the template with `--provisioning CUSTOMER_MANAGED`

"#]]);
}

#[test]
fn all_problems_are_shown_in_the_order_of_the_files() {
    let desk = Desk::new();
    desk.service("svc")
        .edit("svc/schema/schema.yaml", "default: small", "default: medium\n          maxlength: 3")
        .edit("svc/instance_infrastructure/cloudformation.yaml", "service.name", "service.nmae")
        .edit("svc/instance_infrastructure/manifest.yaml", "jinja", "ninja");
    desk.protium(["bundle", "validate", "svc"]).assert().code(1).stdout_eq(str![[r#"
error: the rendering engine `ninja` is unknown
 --> svc/instance_infrastructure/manifest.yaml:4:25
  |
2 |   templates:
3 |     - file: cloudformation.yaml
4 |       rendering_engine: ninja
  |                         ^^^^^
  help: Use jinja, hcl or codebuild.

error: the default must be one of small, large
  --> svc/schema/schema.yaml:12:20
   |
10 |           type: string
11 |           enum: [small, large]
12 |           default: medium
   |                    ^^^^^^
  help: Change the default or the constraint.

warning: the keyword `maxlength` is unknown and is ignored
  --> svc/schema/schema.yaml:13:11
   |
11 |           enum: [small, large]
12 |           default: medium
13 |           maxlength: 3
   |           ^^^^^^^^^

bad: svc: 2 errors, 1 warning

"#]]);
}

#[test]
fn windows_line_ends_and_tabs_and_wide_characters_keep_the_caret_in_place() {
    let desk = Desk::new();
    desk.environment("env").write(
        "env/infrastructure/cloudformation.yaml",
        "Description: x\r\nMetadata: \"日本語\t\t{{ environment.inputs.ownr }}\"\r\nResources: {A: {Type: AWS::SNS::Topic}}\r\n",
    );
    desk.protium(["bundle", "validate", "env"]).assert().code(1).stdout_eq(str![[r#"
error: `environment.inputs.ownr`: the schema has no input `ownr`
 --> env/infrastructure/cloudformation.yaml:2:20
  |
1 | Description: x
2 | Metadata: "日本語        {{ environment.inputs.ownr }}"
  |                             ^^^^^^^^^^^^^^^^^^^^^^^
  help: Did you mean `owner`?

bad: env: 1 error

"#]]);
}

#[test]
fn long_lines_are_cut_around_what_is_meant() {
    let desk = Desk::new();
    let long =
        format!("Description: \"{}{{{{ environment.nme }}}}{}\"\n", "x".repeat(9_000), "y".repeat(9_000));
    desk.environment("env").write("env/infrastructure/cloudformation.yaml", long);
    let output = desk.protium(["bundle", "validate", "env"]).assert().code(1).get_output().stdout.clone();
    let output = String::from_utf8(output).unwrap();
    assert!(output.contains("environment.nme") && output.contains("^^^^"), "{output}");
    assert!(output.lines().all(|line| line.chars().count() <= 140), "{output}");
}

#[test]
fn several_bundles_are_judged_each_and_counted() {
    let desk = Desk::new();
    desk.environment("good").environment("bad").edit(
        "bad/schema/schema.yaml",
        "type: object",
        "type: objekt",
    );
    desk.protium(["bundle", "validate", "good", "bad"]).assert().code(1).stdout_eq(str![[r#"
ok: good (environment: CloudFormation)
error: the type `Inputs` must have `type: object`
 --> bad/schema/schema.yaml:7:7
  |
5 |   types:
6 |     Inputs:
7 |       type: objekt
  |       ^^^^

bad: bad: 1 error

2 bundles: 1 bad, 1 good

"#]]);
    desk.protium(["bundle", "validate", "good", "nowhere"]).assert().code(2).stdout_eq(str![[r#"
ok: good (environment: CloudFormation)
error: nowhere does not exist
  help: Begin a bundle there: protium bundle init nowhere --kind environment

2 bundles: 1 bad, 1 good

"#]]);
}

#[test]
fn programs_get_one_json_document() {
    let desk = Desk::new();
    desk.environment("good").environment("bad").edit("bad/schema/schema.yaml", "default: 30", "default: 0");
    desk.protium(["bundle", "validate", "good", "bad", "nowhere", "--output", "json"])
        .assert()
        .code(2)
        .stderr_eq("")
        .stdout_eq(str![[r#"
{
  "bundles": [
    {
      "path": "good",
      "kind": "environment",
      "customer_managed": false,
      "problems": [],
      "ok": true
    },
    {
      "path": "bad",
      "kind": "environment",
      "customer_managed": false,
      "problems": [
        {
          "severity": "error",
          "file": "schema/schema.yaml",
          "line": 12,
          "column": 20,
          "message": "the default must be 1 or more",
          "remedy": "Change the default or the constraint."
        }
      ],
      "ok": false
    },
    {
      "path": "nowhere",
      "kind": null,
      "customer_managed": false,
      "problems": [
        {
          "severity": "error",
          "file": null,
          "line": null,
          "column": null,
          "message": "nowhere does not exist",
          "remedy": "Begin a bundle there: protium bundle init nowhere --kind environment"
        }
      ],
      "ok": false
    }
  ]
}

"#]]);
}

#[test]
fn github_gets_annotations_relative_to_the_checkout() {
    let desk = Desk::new();
    desk.environment("bad").edit("bad/schema/schema.yaml", "default: 30", "default: 0");
    let absolute = desk.path("bad");
    let workspace = std::fs::canonicalize(desk.path(".")).unwrap();
    desk.protium(["bundle", "validate", "--output", "github"])
        .arg(std::fs::canonicalize(absolute).unwrap())
        .env("GITHUB_WORKSPACE", workspace)
        .assert()
        .code(1)
        .stdout_eq(str![[r#"
::error file=bad/schema/schema.yaml,line=12,col=20::the default must be 1 or more%0AChange the default or the constraint.

"#]]);
}

#[test]
fn github_finds_files_wherever_in_the_checkout_the_command_runs() {
    let desk = Desk::new();
    desk.environment("templates/bad").edit("templates/bad/schema/schema.yaml", "default: 30", "default: 0");
    let command = desk.protium(["bundle", "validate", "bad", "--output", "github"]);
    let output = command.current_dir(desk.path("templates")).env("GITHUB_WORKSPACE", desk.path(".")).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(text.starts_with("::error file=templates/bad/schema/schema.yaml,line=12,"), "{text}");
}

#[test]
fn references_are_compared_with_the_outputs_of_an_environment() {
    let desk = Desk::new();
    desk.service("svc").write("outputs.json", r#"{"LogGroups": "x", "Topic": "y"}"#);
    desk.protium(["bundle", "validate", "svc", "--environment-outputs", "outputs.json"])
        .assert()
        .code(0)
        .stdout_eq(str![[r#"
warning: `environment.outputs.LogGroup`: no compatible environment gives the output `LogGroup`
 --> svc/instance_infrastructure/cloudformation.yaml:5:24
  |
3 |     Type: AWS::Logs::LogStream
4 |     Properties:
5 |       LogGroupName: {{ environment.outputs.LogGroup | tojson }}
  |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: Did you mean `LogGroups`?

ok: svc (service: instances by CloudFormation), 1 warning
  note: no pipeline_infrastructure: users bring their own pipelines; create the template with `--pipeline-provisioning CUSTOMER_MANAGED`

"#]]);
    desk.protium(["bundle", "validate", "svc", "--environment-outputs", "outputs.json", "--strict"])
        .assert()
        .code(1);
    desk.write("outputs.json", r#"{"LogGroup": "x"}"#);
    desk.protium(["bundle", "validate", "svc", "--environment-outputs", "outputs.json", "--strict"])
        .assert()
        .code(0);
    desk.protium(["bundle", "validate", "svc", "--environment-outputs", "nowhere.json"])
        .assert()
        .code(2)
        .stderr_eq(str![[r#"
error: nowhere.json: can't be read: No such file or directory (os error 2)

"#]]);
}

#[test]
fn references_are_compared_with_what_environment_bundles_declare() {
    let desk = Desk::new();
    desk.service("svc").environment("env").environment("other");
    let validate = || desk.protium(["bundle", "validate", "svc", "--environment", "env"]);
    validate().arg("--strict").assert().code(0).stderr_eq("");
    desk.edit("env/infrastructure/cloudformation.yaml", "LogGroup:\n    Value", "Logs:\n    Value");
    validate().assert().code(0).stdout_eq(str![[r#"
warning: `environment.outputs.LogGroup`: no compatible environment gives the output `LogGroup`
 --> svc/instance_infrastructure/cloudformation.yaml:5:24
  |
3 |     Type: AWS::Logs::LogStream
4 |     Properties:
5 |       LogGroupName: {{ environment.outputs.LogGroup | tojson }}
  |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: Did you mean `Logs`?

ok: svc (service: instances by CloudFormation), 1 warning
  note: no pipeline_infrastructure: users bring their own pipelines; create the template with `--pipeline-provisioning CUSTOMER_MANAGED`

"#]]);
    // That another gives it is of no use to who runs in this one.
    validate().args(["--environment", "other", "--strict"]).assert().code(1);

    desk.protium(["bundle", "init", "built", "--kind", "environment", "--engine", "codebuild"])
        .assert()
        .code(0);
    desk.protium(["bundle", "validate", "svc", "--strict", "--environment", "built"])
        .assert()
        .code(0)
        .stderr_eq(str![[r#"
note: the outputs of built are known only when it is deployed; give them with --environment-outputs

"#]]);
    desk.protium(["bundle", "validate", "svc", "--environment", "svc"]).assert().code(2).stderr_eq(str![[
        r#"
error: svc: is no good environment bundle; `protium bundle validate` tells why

"#
    ]]);
}

#[test]
fn what_is_no_bundle_gives_the_next_step() {
    let desk = Desk::new();
    desk.environment("templates/my-env/v1").write("empty/README.md", "x").write("notes.txt", "x");
    for (path, expected) in [
        (
            "templates",
            str![[r#"
error: templates is not a template bundle
  help: Bundles lie below it: protium bundle validate templates/my-env/v1

"#]],
        ),
        (
            "templates/my-env/v1/schema",
            str![[r#"
error: templates/my-env/v1/schema is a directory inside of a bundle
  help: Name the bundle: protium bundle validate templates/my-env/v1

"#]],
        ),
        (
            "templates/my-env/v1/schema/schema.yaml",
            str![[r#"
error: templates/my-env/v1/schema/schema.yaml is a file of a bundle
  help: Name the bundle: protium bundle validate templates/my-env/v1

"#]],
        ),
        (
            "empty",
            str![[r#"
error: empty is not a template bundle
  help: A bundle has `schema/schema.yaml` and the directory `infrastructure` (environments) or `instance_infrastructure` (services). Begin one: protium bundle init empty/my-template --kind environment

"#]],
        ),
        (
            "nowhere",
            str![[r#"
error: nowhere does not exist
  help: Begin a bundle there: protium bundle init nowhere --kind environment

"#]],
        ),
        (
            "notes.txt",
            str![[r#"
error: the bundle is not gzip-compressed
--> notes.txt
  help: Pack it with `tar -czf bundle.tar.gz`.

bad: notes.txt: 1 error

"#]],
        ),
    ] {
        let code = if path == "notes.txt" { 1 } else { 2 };
        desk.protium(["bundle", "validate", path]).assert().code(code).stdout_eq(expected);
    }
}

#[rstest]
#[case::environment(&["infrastructure"], "", Some("environment"))]
#[case::service(&["instance_infrastructure"], "", Some("service"))]
#[case::pipeline_alone(&["pipeline_infrastructure"], "", Some("service"))]
#[case::both_told_by_schema(&["infrastructure", "instance_infrastructure"], "service_input_type: A", Some("service"))]
#[case::schema_alone(&[], "  environment_input_type: A", Some("environment"))]
#[case::neither(&[], "types: {}", None)]
fn the_kind_is_told_by_directories_then_by_the_schema(
    #[case] directories: &[&str],
    #[case] schema: &str,
    #[case] expected: Option<&str>,
) {
    let desk = Desk::new();
    desk.write("b/schema/schema.yaml", schema);
    for directory in directories {
        desk.write(&format!("b/{directory}/manifest.yaml"), super::MANIFEST);
    }
    let output = desk.protium(["bundle", "validate", "b", "-o", "json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["bundles"][0]["kind"].as_str(), expected);
}

#[test]
fn the_kind_can_be_given() {
    let desk = Desk::new();
    desk.environment("env");
    desk.protium(["bundle", "validate", "env", "--kind", "service"]).assert().code(1).stdout_eq(str![[r#"
error: a service bundle has the directories instance_infrastructure and pipeline_infrastructure
--> env/infrastructure
  help: Register an environment bundle under an environment template.

error: the directory is missing
--> env/instance_infrastructure
  help: Put the infrastructure code of a service instance and its manifest.yaml there.

error: Service template schema is not valid: Missing property [serviceInputType]
 --> env/schema/schema.yaml:2:3
  |
1 | schema:
2 |   format:
  |   ^^^^^^
  help: Name the type of the inputs under `service_input_type`.

warning: the key `environment_input_type` has no meaning here and is ignored
 --> env/schema/schema.yaml:4:3
  |
2 |   format:
3 |     openapi: "3.0.0"
4 |   environment_input_type: Inputs
  |   ^^^^^^^^^^^^^^^^^^^^^^

bad: env: 3 errors, 1 warning

"#]]);
}

#[test]
fn colours_are_for_terminals() {
    let desk = Desk::new();
    desk.environment("env");
    let coloured = |command: snapbox::cmd::Command| {
        String::from_utf8(command.output().unwrap().stdout).unwrap().contains('\u{1b}')
    };
    let validate = || desk.protium(["bundle", "validate", "env"]);
    assert!(!coloured(validate()));
    assert!(coloured(validate().arg("--color=always")));
    assert!(coloured(validate().env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(validate().env("CLICOLOR_FORCE", "1").arg("--color=never")));
}
