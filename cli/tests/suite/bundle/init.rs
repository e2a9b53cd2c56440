//! `protium bundle init`: what is made works, for all kinds and engines.

use super::{Desk, listing};
use rstest::rstest;
use snapbox::str;

const ENGINES: [&str; 3] = ["cloudformation", "terraform", "codebuild"];

/// Validates without any warning, renders, passes its tests, packs.
fn assert_works(desk: &Desk, name: &str, outputs: Option<&str>) {
    desk.protium(["bundle", "validate", name, "--strict"]).assert().code(0);
    desk.protium(["bundle", "test", name]).assert().code(0);
    desk.protium(["bundle", "package", name]).assert().code(0);
    let spec = format!("{name}/spec/spec.yaml");
    let mut render = desk.protium(["bundle", "render", name, "--spec", &spec, "--out", "rendered"]);
    if let Some(outputs) = outputs {
        render = render.args(["--environment-outputs", outputs]);
    }
    render.assert().code(0);
    // What is packed is as good as the directory.
    desk.protium(["bundle", "validate", "--strict"]).arg(format!("{name}.tar.gz")).assert().code(0);
}

#[rstest]
fn environments_of_every_engine_work(#[values(0, 1, 2)] engine: usize) {
    let desk = Desk::new();
    desk.protium(["bundle", "init", "my-env", "--kind", "environment", "--engine", ENGINES[engine]])
        .assert()
        .code(0)
        .stderr_eq("");
    assert_works(&desk, "my-env", None);
}

#[rstest]
fn services_of_every_engine_and_pipeline_work(
    #[values(0, 1, 2)] engine: usize,
    #[values(None, Some(0), Some(1), Some(2))] pipeline: Option<usize>,
) {
    let desk = Desk::new();
    let mut init = desk.protium(["bundle", "init", "svc", "--kind", "service", "--engine", ENGINES[engine]]);
    if let Some(pipeline) = pipeline {
        init = init.args(["--pipeline", ENGINES[pipeline]]);
    }
    init.assert().code(0).stderr_eq("");
    assert_works(&desk, "svc", Some("svc/spec/environment-outputs.yaml"));
}

/// What the service reads is what the environment gives, whatever makes the two.
#[rstest]
fn services_read_what_environments_give(#[values(0, 1, 2)] engine: usize) {
    let desk = Desk::new();
    desk.protium(["bundle", "init", "svc", "--kind", "service", "--engine", ENGINES[engine]])
        .assert()
        .code(0);
    desk.protium(["bundle", "init", "env", "--kind", "environment", "--engine", ENGINES[engine]])
        .assert()
        .code(0);
    let outputs = desk.read("svc/spec/environment-outputs.yaml");
    let given: String = listing(&desk.path("env/infrastructure"))
        .iter()
        .map(|file| desk.read(&format!("env/infrastructure/{file}")))
        .collect();
    for name in
        outputs.lines().filter_map(|line| line.split(':').next()).filter(|name| !name.starts_with('#'))
    {
        assert!(given.contains(name), "{name}");
    }
}

#[test]
fn the_next_steps_are_told() {
    let desk = Desk::new();
    desk.protium(["bundle", "init", "svc", "--kind", "service", "--pipeline", "terraform"])
        .assert()
        .code(0)
        .stdout_eq(str![[r#"
created: svc (service: instances by CloudFormation, pipeline by Terraform)
  .template-registration.yaml
  README.md
  instance_infrastructure/cloudformation.yaml
  instance_infrastructure/manifest.yaml
  pipeline_infrastructure/main.tf
  pipeline_infrastructure/manifest.yaml
  pipeline_infrastructure/outputs.tf
  pipeline_infrastructure/roles.tf
  schema/schema.yaml
  spec/environment-outputs.yaml
  spec/spec.yaml
  tests/full/context.yaml
  tests/full/expected/instance_infrastructure/dev/cloudformation.yaml
  tests/full/expected/instance_infrastructure/live/cloudformation.yaml
  tests/full/expected/pipeline_infrastructure/.proton/deployment-metadata.json
  tests/full/expected/pipeline_infrastructure/main.tf
  tests/full/expected/pipeline_infrastructure/outputs.tf
  tests/full/expected/pipeline_infrastructure/proton.auto.tfvars.json
  tests/full/expected/pipeline_infrastructure/proton.pipeline.variables.tf
  tests/full/expected/pipeline_infrastructure/roles.tf
  tests/full/spec.yaml

It works as it is; change it into your own:

  protium bundle validate svc
  protium bundle render svc --spec svc/spec/spec.yaml \
    --environment-outputs svc/spec/environment-outputs.yaml --out rendered
  protium bundle test svc
  protium bundle package svc

"#]]);
}

#[test]
fn programs_get_the_files() {
    let desk = Desk::new();
    desk.protium(["bundle", "init", "other", "--kind", "service", "--output", "json"])
        .assert()
        .code(0)
        .stdout_eq(str![[r#"
{
  "path": "other",
  "files": [
    ".template-registration.yaml",
    "README.md",
    "instance_infrastructure/cloudformation.yaml",
    "instance_infrastructure/manifest.yaml",
    "schema/schema.yaml",
    "spec/environment-outputs.yaml",
    "spec/spec.yaml",
    "tests/full/context.yaml",
    "tests/full/expected/instance_infrastructure/dev/cloudformation.yaml",
    "tests/full/expected/instance_infrastructure/live/cloudformation.yaml",
    "tests/full/spec.yaml"
  ],
  "ok": true
}

"#]]);
}

#[test]
fn paths_with_spaces_can_be_copied() {
    let desk = Desk::new();
    let output = desk.protium(["bundle", "init", "a b/my-env", "--kind", "environment"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("protium bundle render 'a b/my-env' --spec 'a b/my-env'/spec/spec.yaml"), "{text}");
}

#[test]
fn nothing_is_overwritten() {
    let desk = Desk::new();
    desk.write("mine/README.md", "mine").write("file", "mine").write("beside/notes.md", "mine");
    desk.protium(["bundle", "init", "mine", "--kind", "service"]).assert().code(2).stderr_eq(str![[r#"
error: mine has README.md already; name another directory, or remove what is there

"#]]);
    assert_eq!(listing(&desk.path("mine")), ["README.md"]);
    desk.protium(["bundle", "init", "file", "--kind", "service"]).assert().code(2).stderr_eq(str![[r#"
error: file is in the way

"#]]);
    desk.protium(["bundle", "init", "beside", "--kind", "service"]).assert().code(0);
    assert_eq!(desk.read("beside/notes.md"), "mine");
    desk.protium(["bundle", "init", "beside", "--kind", "service"]).assert().code(2);
}

#[test]
fn wrong_use_is_told() {
    let desk = Desk::new();
    desk.protium(["bundle", "init", "x"]).assert().code(2);
    desk.protium(["bundle", "init", "x", "--kind", "environment", "--pipeline", "terraform"])
        .assert()
        .code(2)
        .stderr_eq(str![[r#"
error: environments have no pipeline; --pipeline goes with --kind service

"#]]);
    assert!(!desk.path("x").exists());
}
