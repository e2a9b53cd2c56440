//! Where Proton left people stuck, there is a way on (behaviour 15, "defects to avoid"). What is said here of one kind of
//! resource holds for the others, too: they share their lifecycle, and [`crate::properties`] tries it.

use std::sync::Arc;
use std::time::Duration;

use protium_app::component::{component_delete, component_update};
use protium_app::environment::{
    environment_cancel, environment_create, environment_delete, environment_update,
};
use protium_app::ports::ExecutionState;
use protium_app::service::{service_delete, service_update};
use protium_app::service_instance::{
    ServiceInstanceUpdate, service_instance_create, service_instance_get, service_instance_update,
};
use protium_app::target_version::DeploymentType;
use protium_app::template_version::{VersionId, version_delete};
use protium_app::{provision, reconcile, relay};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::intent::{Intent, Workflow};
use protium_domain::service::ServiceStatus;
use protium_testkit::{Faults, StackCallKind, records};
use rstest::rstest;

use crate::cancel::{beta_updating_stack, cancel_if_possible};
use crate::component::{change_component, update_instance, with_queue};
use crate::environment::{create_input, stored, update_input, with_beta};
use crate::service::{instance, service_spec, stored as stored_shop, with_shop};
use crate::service_instance_create::create_instance;
use crate::service_update::update_input as update_input_of_shop;
use crate::world::{ENVIRONMENT, SERVICE, World};

async fn run(world: &mut World) {
    world.run().await;
    world.check();
}

fn status(world: &World) -> DeploymentStatus {
    stored(&world.test, "beta").deployable.status()
}

/// Somebody deletes the stack whose name holds `part` by hand.
fn lose_stack(world: &World, part: &str) {
    let stacks = world.test.cloudformation.stacks();
    let stack = stacks.iter().rfind(|stack| stack.name.contains(part)).expect("it is there");
    world.test.cloudformation.finish(&stack.arn, "DELETE_COMPLETE", &[]);
}

#[rstest]
#[case::rolled_back("ROLLBACK_COMPLETE")]
#[case::not_even_that("ROLLBACK_FAILED")]
#[case::without_rollback("CREATE_FAILED")]
#[tokio::test]
async fn a_failed_first_creation_is_retried_with_another_spec(#[case] ending: &'static str) {
    let mut world = World::new();
    world.script.creations.push_back(ending);
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    run(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    let mut input = update_input("beta", DeploymentType::CurrentVersion);
    input.spec = Some("proton: EnvironmentSpec\nspec:\n  size: small\n".to_owned());
    environment_update(world.api(), input.clone()).await.expect("failed");
    run(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    let view = protium_app::environment::environment_get(world.api(), &records::name("beta")).await;
    assert_eq!(Some(view.expect("there").spec), input.spec);
}

#[tokio::test]
async fn what_never_succeeded_is_as_it_was_attempted_last() {
    let mut world = World::new();
    world.script.creations.extend(["ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE"]);
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    run(&mut world).await;
    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\n");
    let mut input = update_input("beta", DeploymentType::MinorVersion);
    input.spec = Some("proton: EnvironmentSpec\nspec:\n  size: large\n".to_owned());
    environment_update(world.api(), input.clone()).await.expect("failed");
    let attempted = stored(&world.test, "beta");
    run(&mut world).await;
    let failed = stored(&world.test, "beta");
    assert_eq!(failed.deployable.status(), DeploymentStatus::Failed);
    assert_eq!((&failed.version.to_string()[..], &failed.spec), ("1.1", &attempted.spec));
    let again = update_input("beta", DeploymentType::CurrentVersion);
    environment_update(world.api(), again).await.expect("failed");
    run(&mut world).await;
    let view = protium_app::environment::environment_get(world.api(), &records::name("beta")).await;
    let view = view.expect("there");
    assert_eq!((view.environment.version.to_string(), Some(view.spec)), ("1.1".to_owned(), input.spec));
}

#[tokio::test]
async fn a_new_instance_that_failed_is_as_it_was_attempted_last() {
    let mut world = with_shop(&["one"]).await;
    world.script.creations.extend(["ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE"]);
    service_instance_create(world.api(), create_instance("three")).await.expect("valid");
    run(&mut world).await;
    world.publish(SERVICE, "web", "1.1", "Resources: {}\n");
    let update = ServiceInstanceUpdate {
        deployment_type: DeploymentType::MinorVersion,
        spec: Some(service_spec(&[("three", "beta")]).replace("small", "large")),
        ..update_instance("three")
    };
    service_instance_update(world.api(), update.clone()).await.expect("failed");
    run(&mut world).await;
    let get =
        async || service_instance_get(world.api(), &records::name("shop"), &records::name("three")).await;
    let view = get().await.expect("there");
    assert_eq!(view.instance.deployable.status(), DeploymentStatus::Failed);
    assert_eq!((view.instance.version.to_string(), Some(view.spec)), ("1.1".to_owned(), update.spec));
    // UpdateService makes it anew, with the version that mends it.
    world.publish(SERVICE, "web", "1.2", "Resources: {}\n");
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    service_update(world.api(), update_input_of_shop(&["one", "three"])).await.expect("failed");
    assert_eq!(instance(&world.test, "three").version.to_string(), "1.2");
    run(&mut world).await;
    assert_eq!(stored_shop(&world.test, "shop").status(), ServiceStatus::UpdateFailedCleanupComplete);
}

#[rstest]
#[case::redeployed(false)]
#[case::deleted(true)]
#[tokio::test]
async fn what_lost_its_stack_goes_on(#[case] deletes: bool) {
    let mut world = with_queue(false).await;
    lose_stack(&world, "queue");
    if deletes {
        component_delete(world.api(), &records::name("queue")).await.expect("idle");
    } else {
        let keep = protium_app::component::AttachmentChange::Keep;
        component_update(world.api(), change_component("queue", keep)).await.expect("idle");
    }
    lose_stack(&world, "shop-one");
    if !deletes {
        service_instance_update(world.api(), update_instance("one")).await.expect("idle");
    }
    run(&mut world).await;
    if !deletes {
        assert_eq!(instance(&world.test, "one").deployable.status(), DeploymentStatus::Succeeded);
    }
    if deletes {
        service_delete(world.api(), &records::name("shop")).await.expect("idle");
        run(&mut world).await;
        environment_delete(world.api(), &records::name("beta")).await.expect("nobody is in it");
        run(&mut world).await;
    }
    let left = world.test.cloudformation.stacks().iter().filter(|stack| !stack.status.is_deleted()).count();
    assert_eq!(left, if deletes { 0 } else { 4 });
}

#[tokio::test]
async fn a_failed_deletion_of_a_service_is_repeated_until_it_works() {
    let mut world = with_shop(&["one"]).await;
    world.script.deletions.extend(["DELETE_FAILED", "DELETE_FAILED"]);
    for _ in 0..3 {
        service_delete(world.api(), &records::name("shop")).await.expect("idle");
        run(&mut world).await;
    }
    assert!(world.test.store.all::<protium_domain::service::Service>().is_empty());
}

#[tokio::test]
async fn an_update_never_goes_to_a_deleted_version() {
    let mut world = with_beta().await;
    for number in ["1.1", "1.2"] {
        world.publish(ENVIRONMENT, "net", number, &format!("Resources: {{}}\nDescription: '{number}'\n"));
    }
    let id = |number: &str| VersionId {
        kind: ENVIRONMENT,
        template: records::name("net"),
        version: number.parse().expect("a version"),
    };
    version_delete(world.api(), &id("1.1")).await.expect("nobody uses it");
    let mut input = update_input("beta", DeploymentType::MinorVersion);
    input.version.minor = Some(1);
    let gone = environment_update(world.api(), input).await;
    assert!(matches!(gone, Err(protium_app::Error::NotFound(_))), "{gone:?}");
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    // The versions were published without events, so the events of this story can't be checked.
    world.run().await;
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.2");
}

#[tokio::test]
async fn a_version_that_is_deleted_under_the_request_s_hands_is_not_gone_to() {
    let world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\n");
    let number = "1.1".parse().expect("a version");
    world.test.store.before_next_commit(move |store| {
        let key = protium_app::ports::Key::TemplateVersion(ENVIRONMENT, records::name("net"), number);
        store.unseed(&key);
        let key = protium_app::ports::Key::Template(ENVIRONMENT, records::name("net"));
        let mut template: protium_domain::template::Template = store.peek(&key).expect("there");
        template.version_deleted(number);
        store.seed(template);
    });
    let result = environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion))
        .await
        .expect("idle");
    let id = result.environment.deployable.last_attempted_deployment_id;
    let deployment: protium_domain::deployment::Deployment =
        world.test.store.peek(&protium_app::ports::Key::Deployment(id)).expect("there");
    let target = deployment.target_state.template().expect("of an environment").version;
    assert_eq!(target.to_string(), "1.0");
}

#[tokio::test]
async fn an_update_that_others_are_in_the_way_of_is_cancelled_without_touching_theirs() {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\n");
    let arn = world.test.cloudformation.stacks()[0].arn.clone();
    world.test.cloudformation.finish(&arn, "UPDATE_IN_PROGRESS", &[("Endpoint", "https://x")]);
    world.frozen = true;
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    world.dies_after = Some(3);
    world.run_until_quiet().await;
    environment_cancel(world.api(), &records::name("beta")).await.expect("in progress");
    run(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Cancelled);
    for kind in [StackCallKind::Update, StackCallKind::CancelUpdate] {
        assert!(world.test.cloudformation.calls_of(kind).is_empty(), "{kind:?}");
    }
}

/// Cancels before a call; what follows from it is carried out at once, too.
fn cancel_and_relay(world: &World, call: usize) -> Arc<Faults> {
    let (app, store) = (world.api().clone(), world.test.store.clone());
    Faults::interrupt(
        call,
        Box::new(move || {
            let (app, store) = (app.clone(), store.clone());
            Box::pin(async move {
                cancel_if_possible(&app).await;
                for intent in store.all::<Intent>() {
                    relay::carry_out(&app, &intent).await.expect("nothing fails");
                }
            })
        }),
    )
}

/// Whenever the request comes while the step works: its token comes back, so that nobody waits for the others any more.
#[tokio::test]
async fn a_cancellation_is_heard_while_others_are_in_the_way() {
    for call in 0.. {
        let world = with_beta().await;
        world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\n");
        let arn = world.test.cloudformation.stacks()[0].arn.clone();
        world.test.cloudformation.finish(&arn, "UPDATE_IN_PROGRESS", &[("Endpoint", "https://x")]);
        let view = environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await;
        let id = view.expect("idle").environment.deployable.last_attempted_deployment_id;
        provision::render(world.api(), &id).await.expect("it can be rendered");
        drop(world.test.drain_intents());
        let faults = cancel_and_relay(&world, call);
        provision::start(&faults.wrap(world.api()), &id, "token").await.expect("nothing fails");
        let Some(during) = faults.fired() else { break };
        let resumed = world.test.task_tokens.resumed().into_iter().any(|(token, _)| token == "token");
        assert!(resumed, "cancelled before {during} (call {call})");
    }
}

#[tokio::test]
async fn a_cancellation_whose_workflow_dies_again_and_again_ends_and_leaves_a_way_on() {
    let mut world = beta_updating_stack().await;
    environment_cancel(world.api(), &records::name("beta")).await.expect("in progress");
    drop(world.test.drain_intents());
    for _ in 0..10 {
        for start in world.test.executions.started() {
            world.test.executions.set(Workflow::Provision, &start.name, ExecutionState::Ended);
        }
        world.test.advance(Duration::from_secs(20 * 60));
        reconcile::sweep(world.api()).await.expect("the lists can be read");
    }
    assert_eq!(status(&world), DeploymentStatus::Failed);
    // The stack is still at what was begun; the next deployment waits for it.
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion))
        .await
        .expect("failed");
    // Its events were lost with the stream, so they can't be checked.
    world.run().await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
}
