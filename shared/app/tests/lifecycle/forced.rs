//! `ForceDelete`: nothing stays stuck in deletion.

use protium_app::PageRequest;
use protium_app::deployment::{DeploymentLocator, deployment_list};
use protium_app::environment::environment_delete;
use protium_app::force_delete::force_delete;
use protium_app::ports::{CloudFormationError, Key};
use protium_app::service::{ServiceUpdate, service_delete, service_update};
use protium_domain::component::Component;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, Retention};
use protium_domain::environment::Environment;
use protium_domain::service::Service;
use protium_testkit::{StackCallKind, records};
use rstest::rstest;

use crate::component::with_queue;
use crate::environment::{stored, with_beta};
use crate::pipeline::with_piped_shop;
use crate::refusal;
use crate::service::{instance, service_spec, with_shop};
use crate::world::World;

fn arn(tail: &str) -> String {
    format!("arn:aws:proton:eu-west-1:111122223333:{tail}")
}

async fn run(world: &mut World) {
    world.run().await;
    world.check();
}

/// `beta`, whose bucket CloudFormation fails to delete until it is left out.
pub(crate) async fn beta_undeletable() -> World {
    let mut world = with_beta().await;
    let stack = world.test.cloudformation.stacks()[0].arn.clone();
    world.test.cloudformation.change(&stack, |stack| stack.undeletable = vec!["Bucket".to_owned()]);
    world.script.deletions.push_back("DELETE_FAILED");
    world
}

fn deletions_of_stacks(world: &World) -> usize {
    world.test.cloudformation.calls_of(StackCallKind::Delete).len()
}

fn is_gone(world: &World) -> bool {
    world.test.store.all::<Environment>().is_empty()
}

#[rstest]
#[case::in_one_go(false)]
#[case::after_an_ordinary_deletion(true)]
#[tokio::test]
async fn what_cloudformation_fails_at_is_retained(#[case] tries_first: bool) {
    let mut world = beta_undeletable().await;
    if tries_first {
        environment_delete(world.api(), &records::name("beta")).await.expect("idle");
        run(&mut world).await;
        assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::DeleteFailed);
    }
    let begun = force_delete(world.api(), &arn("environment/beta"), Retention::FailedResources).await;
    let begun = begun.expect("idle");
    run(&mut world).await;
    assert!(is_gone(&world));
    assert_eq!(deletions_of_stacks(&world), 2, "one as a whole, one without the bucket");
    assert!(world.test.cloudformation.stacks()[0].status.is_deleted());
    let ended: Deployment = world.test.store.peek(&Key::Deployment(begun[0].id.clone())).expect("kept");
    assert_eq!(ended.status(), DeploymentStatus::DeleteComplete);
    assert!(ended.status_message().is_some_and(|message| message.contains("retained")));
}

#[tokio::test]
async fn a_forced_deletion_of_what_can_go_leaves_nothing_behind() {
    let mut world = with_beta().await;
    force_delete(world.api(), &arn("environment/beta"), Retention::FailedResources).await.expect("idle");
    run(&mut world).await;
    assert!(is_gone(&world));
    assert_eq!(deletions_of_stacks(&world), 1);
}

/// A stack that can't even go without what failed: the record stays, with a way out.
#[tokio::test]
async fn where_nothing_helps_the_stack_is_retained() {
    let mut world = beta_undeletable().await;
    world.script.deletions.push_back("DELETE_FAILED");
    let beta = arn("environment/beta");
    force_delete(world.api(), &beta, Retention::FailedResources).await.expect("idle");
    run(&mut world).await;
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::DeleteFailed);
    let before = world.test.cloudformation.calls().len();
    force_delete(world.api(), &beta, Retention::Stack).await.expect("failed");
    run(&mut world).await;
    assert!(is_gone(&world));
    assert_eq!(world.test.cloudformation.calls().len(), before, "CloudFormation isn't asked");
    assert!(!world.test.cloudformation.stacks()[0].status.is_deleted());
}

#[tokio::test]
async fn a_role_that_is_gone_keeps_nothing() {
    let mut world = with_beta().await;
    let lost = || CloudFormationError::RoleNotAssumable {
        role_arn: records::ROLE_ARN.to_owned(),
        message: "it is gone".to_owned(),
    };
    world.test.cloudformation.fail_next(StackCallKind::Describe, lost());
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    run(&mut world).await;
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::DeleteFailed);
    world.test.cloudformation.fail_next(StackCallKind::Describe, lost());
    force_delete(world.api(), &arn("environment/beta"), Retention::Stack).await.expect("failed");
    run(&mut world).await;
    assert!(is_gone(&world));
}

#[tokio::test]
async fn an_attached_component_goes_and_its_instance_is_free_again() {
    let mut world = with_queue(true).await;
    force_delete(world.api(), &arn("component/queue"), Retention::Stack).await.expect("idle");
    run(&mut world).await;
    assert!(world.test.store.all::<Component>().is_empty());
    assert_eq!(instance(&world.test, "one").component, None);
}

#[rstest]
#[case(Retention::FailedResources)]
#[case(Retention::Stack)]
#[tokio::test]
async fn a_service_goes_with_all_its_parts(#[case] retention: Retention) {
    let mut world = with_piped_shop(&["one", "two"]).await;
    let begun = force_delete(world.api(), &arn("service/shop"), retention).await.expect("idle");
    assert_eq!(begun.len(), 3);
    let again = force_delete(world.api(), &arn("service/shop"), retention).await;
    assert!(refusal!(again, Conflict).contains("DELETE_IN_PROGRESS"));
    run(&mut world).await;
    assert!(world.test.store.all::<Service>().is_empty());
    let left = world.test.cloudformation.stacks().iter().filter(|it| !it.status.is_deleted()).count();
    assert_eq!(left, if retention == Retention::Stack { 4 } else { 1 }, "the environment's stack stays");
}

#[tokio::test]
async fn one_instance_goes_by_itself_once_its_deletion_has_failed() {
    let mut world = with_shop(&["one", "two"]).await;
    let one = arn("service/shop/service-instance/one");
    let early = force_delete(world.api(), &one, Retention::Stack).await;
    assert!(refusal!(early, Conflict).contains("UpdateService"));
    world.script.deletions.push_back("DELETE_FAILED");
    let spec = Some(service_spec(&[("two", "beta")]));
    let update = ServiceUpdate { name: records::name("shop"), description: None, spec };
    service_update(world.api(), update).await.expect("idle");
    run(&mut world).await;
    assert_eq!(instance(&world.test, "one").deployable.status(), DeploymentStatus::DeleteFailed);
    force_delete(world.api(), &one, Retention::Stack).await.expect("failed");
    run(&mut world).await;
    let locator = DeploymentLocator { service: Some(records::name("shop")), ..DeploymentLocator::default() };
    let page = PageRequest { limit: 1, after: None };
    let newest = deployment_list(world.api(), &locator, &page).await.expect("a page").items.remove(0);
    assert_eq!(newest.status(), DeploymentStatus::DeleteComplete);
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    run(&mut world).await;
    assert!(world.test.store.all::<Service>().is_empty());
}

#[tokio::test]
async fn guards_hold_for_forced_deletions_too() {
    let world = with_shop(&["one"]).await;
    let inhabited = force_delete(world.api(), &arn("environment/beta"), Retention::Stack).await;
    assert!(refusal!(inhabited, Conflict).contains("'one'"));
    let unknown = force_delete(world.api(), &arn("environment/gamma"), Retention::Stack).await;
    refusal!(unknown, NotFound);
    let template = force_delete(world.api(), &arn("environment-template/net"), Retention::Stack).await;
    refusal!(template, Validation);
}
