//! Inputs that go to the stack as native parameters, Protium's own extension of the manifest.

use protium_app::environment::{environment_create, environment_update};
use protium_app::ports::{StackParameter, StackTemplate};
use protium_app::preview::{PreviewRequest, preview_get, preview_start};
use protium_app::target_version::DeploymentType;
use protium_domain::deployable::DeploymentStatus;
use protium_testkit::{FakeStack, StackCallKind};

use crate::environment::{create_input, stored, update_input};
use crate::world::{ENVIRONMENT, World};

const NATIVE: &str = "Parameters:\n  size:\n    Type: String\n    NoEcho: true\n  Zone:\n    Type: String\n    \
                      Default: a\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      \
                      DisplayName: !Ref size\n";
const PLAIN: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

/// A world whose template `net` in its version 1.1 takes its input as a parameter, and the environment `beta` of it.
async fn with_native() -> World {
    let mut world = World::new();
    world.publish(ENVIRONMENT, "net", "1.1", NATIVE);
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.run().await;
    world.check();
    world
}

async fn update(world: &mut World, deployment_type: DeploymentType, spec: Option<&str>) {
    let mut input = update_input("beta", deployment_type);
    input.spec = spec.map(str::to_owned);
    environment_update(world.api(), input).await.expect("idle");
    world.run().await;
    world.check();
}

fn status(world: &World) -> DeploymentStatus {
    stored(&world.test, "beta").deployable.status()
}

fn stack(world: &World) -> FakeStack {
    let stacks = world.test.cloudformation.stacks();
    let [stack] = stacks.as_slice() else { panic!("{} stacks", stacks.len()) };
    stack.clone()
}

fn given(world: &World) -> Vec<(String, String)> {
    stack(world).parameters.into_iter().map(|parameter| (parameter.name, parameter.value)).collect()
}

fn size(value: &str) -> Vec<(String, String)> {
    vec![("size".to_owned(), value.to_owned())]
}

#[tokio::test]
async fn a_new_stack_is_given_the_inputs_that_its_template_declares() {
    let world = with_native().await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    assert_eq!(given(&world), size("large"));
    assert_eq!(
        stack(&world).template,
        StackTemplate::Body(NATIVE.to_owned()),
        "the text is deployed as it is"
    );
}

/// The template stays as it is, so only the parameters can tell CloudFormation that anything changes.
#[tokio::test]
async fn an_update_of_the_spec_changes_nothing_but_the_parameters() {
    let mut world = with_native().await;
    let spec = "proton: EnvironmentSpec\nspec:\n  size: small\n";
    update(&mut world, DeploymentType::CurrentVersion, Some(spec)).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    assert_eq!(given(&world), size("small"));
    assert_eq!(world.test.cloudformation.calls_of(StackCallKind::Update).len(), 1);
    // Without a spec the stored one counts again, and each update names the values again.
    update(&mut world, DeploymentType::CurrentVersion, None).await;
    assert_eq!(given(&world), size("small"));
}

#[tokio::test]
async fn a_version_that_does_not_opt_in_is_given_none() {
    let mut world = with_native().await;
    world.publish(ENVIRONMENT, "net", "1.2", PLAIN);
    update(&mut world, DeploymentType::MinorVersion, None).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    assert_eq!(given(&world), []);
}

#[tokio::test]
async fn a_parameter_without_a_value_fails_the_deployment_before_any_call() {
    let mut world = World::new();
    world.publish(ENVIRONMENT, "net", "1.1", &NATIVE.replace("    Default: a\n", ""));
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.run().await;
    world.check();
    assert_eq!(status(&world), DeploymentStatus::Failed);
    let message = stored(&world.test, "beta").deployable.status_message().unwrap_or_default().to_owned();
    assert!(message.contains("nobody gives the parameter `Zone` a value"), "{message}");
    assert_eq!(world.test.cloudformation.calls_of(StackCallKind::Create).len(), 0);
}

/// The plan tells a change that only the parameters make, and is asked for with the values that would be deployed.
#[tokio::test]
async fn a_preview_knows_the_parameters() {
    let mut world = with_native().await;
    let mut input = update_input("beta", DeploymentType::CurrentVersion);
    for (spec, changes) in [("large", 0), ("small", 1)] {
        input.spec = Some(format!("proton: EnvironmentSpec\nspec:\n  size: {spec}\n"));
        let begun = preview_start(world.api(), &PreviewRequest::EnvironmentUpdate(input.clone())).await;
        let begun = begun.expect("valid");
        world.run().await;
        let view = preview_get(world.api(), &begun.preview.id).await.expect("it is kept");
        assert_eq!(view.changes.expect("computed").len(), changes, "{spec}");
        let shown =
            view.files[0].parameters.iter().map(|it| (it.name.as_str(), it.value.as_str(), it.no_echo));
        assert_eq!(shown.collect::<Vec<_>>(), [("size", spec, true)], "and tells that they are secret");
        let asked = world.test.cloudformation.calls_of(StackCallKind::ChangeSetCreate).pop().expect("asked");
        let parameters = asked.request.expect("a change set has one").parameters;
        assert_eq!(parameters.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), [spec]);
    }
    assert_eq!(given(&world), size("large"), "nothing was deployed");
}

#[test]
fn values_are_not_shown_to_a_log() {
    let parameter =
        StackParameter { name: "Password".to_owned(), value: "hunter2".to_owned(), no_echo: true };
    assert_eq!(format!("{parameter:?}"), "StackParameter(Password, 7 bytes)");
}
