//! `PreviewDeployment`: what would be deployed, without a trace.

use std::time::Duration;

use protium_app::component::AttachmentChange;
use protium_app::environment::environment_update;
use protium_app::ports::{CloudFormationError, ExecutionState};
use protium_app::preview::{PreviewRequest, PreviewView, preview_get, preview_start};
use protium_app::rendered::RenderedText;
use protium_app::target_version::DeploymentType;
use protium_app::{Result, reconcile};
use protium_domain::deployment::Deployment;
use protium_domain::intent::{Intent, Workflow};
use protium_domain::preview::PreviewStatus;
use protium_testkit::{FaultTime, Faults, StackCallKind, records};
use rstest::rstest;

use crate::component::{change_component, create_component, update_instance, with_queue};
use crate::environment::{create_input, manage_by_customer, update_input, with_beta};
use crate::pipeline::{piped_input, piped_spec, pipeline_update, with_piped, with_piped_shop};
use crate::refusal;
use crate::service::with_shop;
use crate::service_instance_create::create_instance;
use crate::world::{ENVIRONMENT, World};

/// Everything that a preview must not change.
fn state(world: &World) -> (Vec<String>, usize, usize) {
    let stacks = world.test.cloudformation.stacks();
    let alive = stacks.iter().filter(|stack| !stack.status.is_deleted()).count();
    let mut ending = world.ending();
    ending.retain(|line| !(line.starts_with("AWSProton-") && line.ends_with("DELETE_COMPLETE")));
    (ending, alive, world.test.store.all::<Deployment>().len())
}

/// Starts a preview and lets it run; nothing is left of it but the answer.
async fn preview(world: &mut World, request: PreviewRequest) -> PreviewView {
    let before = state(world);
    let begun = preview_start(world.api(), &request).await.expect("valid");
    assert_eq!(begun.preview.status(), PreviewStatus::InProgress);
    world.run().await;
    world.check();
    assert_eq!(state(world), before);
    assert_eq!(world.test.cloudformation.change_sets(), 0);
    preview_get(world.api(), &begun.preview.id).await.expect("it is kept")
}

fn text(view: &PreviewView) -> &str {
    match view.files.first().map(|file| &file.text) {
        Some(RenderedText::Inline(text)) => text,
        _ => panic!("a short text"),
    }
}

#[tokio::test]
async fn a_creation_is_previewed_on_a_stack_that_goes_again() {
    let mut world = World::new();
    let view = preview(&mut world, PreviewRequest::EnvironmentCreate(create_input("beta"))).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
    assert!(text(&view).contains("DisplayName: 'large'"), "{}", text(&view));
    assert_eq!(view.files[0].name, "cloudformation.yaml");
    let changes = view.changes.expect("computed");
    assert_eq!(changes[0].action, "Add");
    let stack = &world.test.cloudformation.stacks()[0];
    assert!(stack.name.starts_with("AWSProton-beta-") && stack.status.is_deleted());
}

#[tokio::test]
async fn an_update_is_previewed_on_its_stack() {
    let mut world = with_beta().await;
    let same = PreviewRequest::EnvironmentUpdate(update_input("beta", DeploymentType::CurrentVersion));
    assert_eq!(preview(&mut world, same).await.changes.expect("computed"), []);
    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\nDescription: '{{ environment.name }}'\n");
    let update = update_input("beta", DeploymentType::MinorVersion);
    let view = preview(&mut world, PreviewRequest::EnvironmentUpdate(update.clone())).await;
    assert!(text(&view).contains("Description: 'beta'"));
    assert_eq!(view.changes.expect("computed")[0].action, "Modify");
    environment_update(world.api(), update).await.expect("idle");
    world.run().await;
}

#[tokio::test]
async fn every_kind_of_resource_is_previewed() {
    let mut world = with_piped_shop(&["one"]).await;
    let large = Some(piped_spec(&[("one", "beta")], "app").replace("small", "large"));
    let update =
        protium_app::service_instance::ServiceInstanceUpdate { spec: large, ..update_instance("one") };
    let view = preview(&mut world, PreviewRequest::ServiceInstanceUpdate(update)).await;
    assert!(text(&view).contains("large"));
    let update = pipeline_update(DeploymentType::CurrentVersion, piped_spec(&[], "lib"));
    let view = preview(&mut world, PreviewRequest::ServicePipelineUpdate(update)).await;
    assert!(text(&view).contains("lib of"), "{}", text(&view));

    let mut world = with_shop(&["one"]).await;
    let view = preview(&mut world, PreviewRequest::ServiceInstanceCreate(create_instance("three"))).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
    let queue = create_component("queue", Some("one"));
    let view = preview(&mut world, PreviewRequest::ComponentCreate(queue)).await;
    assert_eq!(
        (view.files[0].name.as_str(), view.preview.status()),
        ("queue.yaml", PreviewStatus::Succeeded)
    );

    let mut world = with_queue(true).await;
    let mut change = change_component("queue", AttachmentChange::Keep);
    change.template_file = Some("Resources: {}\nDescription: '{{ component.name }}'\n".to_owned());
    let view = preview(&mut world, PreviewRequest::ComponentUpdate(change)).await;
    assert!(text(&view).contains("'queue'"));
}

#[tokio::test]
async fn the_parts_of_a_new_service_are_previewed() {
    let mut world = with_piped().await;
    let request = |part: Option<&str>| {
        PreviewRequest::ServiceCreate(piped_input(&["one", "two"]), part.map(records::name))
    };
    let view = preview(&mut world, request(Some("two"))).await;
    assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "{:?}", view.preview.status_message());
    // Its template wants outputs of instances that aren't there yet: the preview tells, as the deployment would.
    let view = preview(&mut world, request(None)).await;
    assert_eq!(view.preview.status(), PreviewStatus::Failed);
    assert!(view.preview.status_message().is_some_and(|message| message.contains("Endpoint")));
    let unknown = preview_start(world.api(), &request(Some("three"))).await;
    assert!(refusal!(unknown, Validation).contains("three"));
}

#[tokio::test]
async fn what_can_t_be_rendered_is_told() {
    let mut world = World::new();
    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\nDescription: '{{ environment.nothing }}'\n");
    let view = preview(&mut world, PreviewRequest::EnvironmentCreate(create_input("beta"))).await;
    assert_eq!(view.preview.status(), PreviewStatus::Failed);
    assert!(view.preview.status_message().is_some_and(|message| message.contains("nothing")));
    assert_eq!(world.test.cloudformation.calls().len(), 0);
}

#[tokio::test]
async fn a_refusal_of_cloudformation_is_told_and_leaves_nothing() {
    let mut world = World::new();
    let refused = || CloudFormationError::Refused("Template format error".to_owned());
    world.test.cloudformation.fail_next(StackCallKind::ChangeSetCreate, refused());
    let view = preview(&mut world, PreviewRequest::EnvironmentCreate(create_input("beta"))).await;
    assert_eq!(view.preview.status_message(), Some("Template format error"));
}

#[tokio::test]
async fn requests_that_deploy_nothing_or_are_refused_have_no_preview() {
    let world = with_beta().await;
    let start = async |request| -> Result<PreviewView> { preview_start(world.api(), &request).await };
    let none = PreviewRequest::EnvironmentUpdate(update_input("beta", DeploymentType::None));
    assert!(refusal!(start(none).await, Validation).contains("nothing to preview"));
    let taken = PreviewRequest::EnvironmentCreate(create_input("beta"));
    refusal!(start(taken).await, Conflict);
    let mut wrong = create_input("gamma");
    wrong.spec = "proton: EnvironmentSpec\nspec:\n  size: [7]\n".to_owned();
    refusal!(start(PreviewRequest::EnvironmentCreate(wrong)).await, Validation);
    let gone = PreviewRequest::EnvironmentUpdate(update_input("delta", DeploymentType::CurrentVersion));
    refusal!(start(gone).await, NotFound);
    let unknown = protium_domain::identifier::Identifier::new("00000000-0000-4000-8000-000000000000");
    refusal!(preview_get(world.api(), &unknown.expect("an id")).await, NotFound);
    manage_by_customer(&world.test);
    let managed = PreviewRequest::EnvironmentCreate(create_input("epsilon"));
    assert!(refusal!(start(managed).await, Validation).contains("customer-managed"));
}

/// Whichever call fails, or is the last one of a process: the preview ends, and nothing is left with CloudFormation.
#[rstest]
#[case::before(FaultTime::Before)]
#[case::after(FaultTime::After)]
#[tokio::test]
async fn nothing_is_left_whatever_fails(#[case] time: FaultTime) {
    for call in 0.. {
        let mut world = World::new();
        preview_start(world.api(), &PreviewRequest::EnvironmentCreate(create_input("beta")))
            .await
            .expect("valid");
        let faults = Faults::at(call, time);
        world.arm(&faults);
        world.run().await;
        let Some(fault) = faults.fired() else { break };
        let previews = world.test.store.all::<protium_domain::preview::Preview>();
        assert_eq!(
            previews[0].status(),
            PreviewStatus::Succeeded,
            "{fault}: {:?}",
            previews[0].status_message()
        );
        assert_eq!(world.test.cloudformation.change_sets(), 0, "{fault}");
        assert!(world.test.cloudformation.stacks().iter().all(|stack| stack.status.is_deleted()), "{fault}");
    }
}

#[rstest]
#[case(false)]
#[case(true)]
#[tokio::test]
async fn an_execution_that_dies_is_started_again(#[case] twice: bool) {
    for step in 0..8 {
        let mut world = World::new();
        world.twice = twice;
        world.dies_after = Some(step);
        let view = preview(&mut world, PreviewRequest::EnvironmentCreate(create_input("beta"))).await;
        assert_eq!(view.preview.status(), PreviewStatus::Succeeded, "died after {step} steps");
    }
}

#[tokio::test]
async fn one_that_dies_for_good_tells_what_may_be_left() {
    let world = World::new();
    let request = PreviewRequest::EnvironmentCreate(create_input("beta"));
    let begun = preview_start(world.api(), &request).await.expect("valid");
    let id = begun.preview.id;
    protium_app::provision::render(world.api(), &id).await.expect("it can be rendered");
    protium_app::provision::start(world.api(), &id, "token").await.expect("nothing fails");
    for _ in 0..10 {
        for intent in world.test.store.all::<Intent>() {
            protium_app::relay::carry_out(world.api(), &intent).await.expect("nothing fails");
        }
        for start in world.test.executions.started() {
            world.test.executions.set(Workflow::Provision, &start.name, ExecutionState::Ended);
        }
        world.test.advance(Duration::from_secs(20 * 60));
        reconcile::sweep(world.api()).await.expect("the lists can be read");
    }
    let ended = preview_get(world.api(), &id).await.expect("kept").preview;
    assert_eq!(ended.status(), PreviewStatus::Failed);
    let message = ended.status_message().expect("it says why");
    assert!(message.contains("AWSProton-beta-") && message.contains("REVIEW_IN_PROGRESS"), "{message}");
}
