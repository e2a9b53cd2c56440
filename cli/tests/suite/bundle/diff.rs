//! `protium bundle diff`: what a new version means for the specs of the old one.

use super::Desk;
use snapbox::str;

/// An environment bundle, and a copy to change.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.environment("old").environment("new");
    desk
}

#[test]
fn the_same_inputs_are_no_change() {
    let desk = desk();
    desk.protium(["bundle", "diff", "old", "new"]).assert().code(0).stderr_eq("").stdout_eq(str![[r#"
old → new
ok: new can follow as a minor version: nothing that others rely on has changed

"#]]);
}

#[test]
fn changes_are_sorted_by_what_they_mean() {
    let desk = desk();
    desk.edit("new/schema/schema.yaml", "default: 30", "default: 90")
        .edit("new/schema/schema.yaml", "        owner:", "        size: {type: string}\n        team:")
        .edit("new/schema/schema.yaml", "[owner]", "[team]")
        .edit("new/infrastructure/cloudformation.yaml", "inputs.owner", "inputs.team");
    desk.protium(["bundle", "diff", "old", "new"]).assert().code(1).stderr_eq("").stdout_eq(str![[r#"
old → new
  breaking  owner: the input is removed or renamed
            specs that give it become invalid
  breaking  team: a new input is required and has no default
            specs that don't give it become invalid
  doubtful  retention_days: the default changes from 30 to 90
            specs that don't give it get another value at their next deployment
  fine      size: a new input, optional or with a default
bad: new can't follow as a minor version: 4 changes (2 breaking, 1 doubtful, 1 fine)
  help: register it as a new major version, or keep to what specs rely on

"#]]);
}

#[test]
fn programs_and_github_get_the_changes() {
    let desk = desk();
    desk.edit("new/schema/schema.yaml", "default: 30", "default: 90")
        .edit("new/schema/schema.yaml", "type: integer", "type: string")
        .edit("new/schema/schema.yaml", "          minimum: 1\n", "")
        .edit("new/schema/schema.yaml", "default: 90", "default: x");
    desk.protium(["bundle", "diff", "old", "new", "-o", "json"]).assert().code(1).stdout_eq(str![[r#"
{
  "old": "old",
  "new": "new",
  "compatibility": "default",
  "changes": [
    {
      "path": "retention_days",
      "kind": "type",
      "verdict": "fails",
      "message": "the type changes from integer to string",
      "why": "templates get text where they got a whole number",
      "file": "schema/schema.yaml",
      "line": 9
    }
  ],
  "problems": [
    {
      "severity": "error",
      "file": "schema/schema.yaml",
      "line": 9,
      "column": 1,
      "message": "not compatible with the earlier minor versions: retention_days: the type changes from integer to string",
      "remedy": "Register the bundle as a new major version, or keep to what specs rely on."
    }
  ],
  "ok": false
}

"#]]);
    desk.protium(["bundle", "diff", "old", "new", "-o", "github"]).assert().code(1).stdout_eq(str![[r#"
::error file=new/schema/schema.yaml,line=9,col=1::not compatible with the earlier minor versions: retention_days: the type changes from integer to string%0ARegister the bundle as a new major version, or keep to what specs rely on.
bad: new can't follow as a minor version: 1 change (1 breaking)
  help: register it as a new major version, or keep to what specs rely on

"#]]);
}

#[test]
fn the_bundle_may_say_how_strictly_to_take_it() {
    let desk = desk();
    desk.edit("new/schema/schema.yaml", "default: 30", "default: 90");
    let diff = || desk.protium(["bundle", "diff", "old", "new"]);
    diff().assert().code(0);
    desk.write("new/.template-registration.yaml", "compatibility: strict\n");
    diff().assert().code(1).stdout_eq(str![[r#"
old → new
  doubtful  retention_days: the default changes from 30 to 90
            specs that don't give it get another value at their next deployment
bad: new can't follow as a minor version: 1 change (1 doubtful); compatibility: strict
  help: register it as a new major version, or keep to what specs rely on

"#]]);
    desk.edit("new/schema/schema.yaml", "retention_days", "days")
        .edit("new/infrastructure/cloudformation.yaml", "retention_days", "days")
        .write("new/.template-registration.yaml", "compatibility: off\n");
    diff().assert().code(0).stdout_eq(str![[r#"
old → new
  breaking  retention_days: the input is removed or renamed
            specs that give it become invalid
  fine      days: a new input, optional or with a default
ok: new can follow as a minor version: 2 changes (1 breaking, 1 fine); compatibility: off

"#]]);
}

#[test]
fn outputs_and_methods_count_too() {
    let desk = desk();
    desk.edit("new/infrastructure/cloudformation.yaml", "LogGroup:\n    Value", "Logs:\n    Value");
    desk.protium(["bundle", "diff", "old", "new"]).assert().code(0).stdout_eq(str![[r#"
old → new
  doubtful  outputs.LogGroup: the output of infrastructure is removed or renamed
            templates of services that read it can't be rendered any more
  fine      outputs.Logs: the output of infrastructure is new
ok: new can follow as a minor version: 2 changes (1 doubtful, 1 fine)

"#]]);
    desk.protium(["bundle", "init", "cfn", "--kind", "environment"]).assert().code(0);
    desk.protium(["bundle", "init", "tf", "--kind", "environment", "--engine", "terraform"]).assert().code(0);
    desk.protium(["bundle", "diff", "cfn", "tf"]).assert().code(0).stdout_eq(str![[r#"
cfn → tf
  doubtful  infrastructure: the provisioning method changes from CloudFormation to Terraform
            what is deployed was made by other means, and the new ones don't know of it
ok: tf can follow as a minor version: 1 change (1 doubtful)

"#]]);
}

#[test]
fn a_packed_bundle_can_be_the_old_one() {
    let desk = desk();
    desk.protium(["bundle", "package", "old"]).assert().code(0);
    desk.protium(["bundle", "diff", "old.tar.gz", "new"]).assert().code(0);
}

#[test]
fn the_old_bundle_needs_a_schema_only_and_the_new_one_has_to_be_good() {
    let desk = desk();
    desk.write("old/infrastructure/cloudformation.yaml", "{{ broken");
    desk.protium(["bundle", "diff", "old", "new"]).assert().code(0);
    desk.protium(["bundle", "diff", "new", "old"]).assert().code(1).stdout_eq("");
    desk.write("old/schema/schema.yaml", "broken: [");
    desk.protium(["bundle", "diff", "old", "new"]).assert().code(1).stdout_eq("");
}

#[test]
fn what_cannot_be_compared_is_wrong_use() {
    let desk = desk();
    desk.service("svc");
    desk.protium(["bundle", "diff", "old", "svc"]).assert().code(2).stderr_eq(str![[r#"
error: OLD is for a template of the kind environment, NEW of the kind service

"#]]);
    desk.protium(["bundle", "diff", "nowhere", "new"]).assert().code(2).stdout_eq("");
    desk.protium(["bundle", "diff", "old", "nowhere"]).assert().code(2).stdout_eq("");
    desk.protium(["bundle", "diff", "old"]).assert().code(2);
}
