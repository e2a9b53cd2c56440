//! DeleteEnvironment and its guard.

use std::time::Duration;

use protium_app::environment::{environment_create, environment_delete, environment_get, environment_update};
use protium_app::ports::{Entity, Key, Write};
use protium_app::service::{service_create, service_delete};
use protium_app::target_version::DeploymentType;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::Environment;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service::Service;
use protium_testkit::{StackCallKind, records};

use crate::environment::{
    create_input, manage_by_customer, stored, update_input, versions_in_use, with_beta,
};
use crate::refusal;
use crate::service::{service_input, with_shop};
use crate::world::World;

#[tokio::test]
async fn a_deleted_environment_leaves_nothing_but_its_history() {
    let mut world = with_beta().await;
    let beta = records::name("beta");
    let view = environment_delete(world.api(), &beta).await.expect("idle").expect("is there");
    assert_eq!(view.environment.deployable.status(), DeploymentStatus::DeleteInProgress);
    let again = environment_delete(world.api(), &beta).await.expect("repeated").expect("is there");
    assert_eq!(again, view);
    world.run().await;
    world.check();
    refusal!(environment_get(world.api(), &beta).await, NotFound);
    assert_eq!(environment_delete(world.api(), &beta).await.expect("gone"), None);
    assert!(versions_in_use(&world.test).await.is_empty());
    assert_eq!(world.told("environment/beta"), ["IN_PROGRESS", "SUCCEEDED", "DELETE_IN_PROGRESS", "DELETED"]);
    assert_eq!(world.test.cloudformation.calls_of(StackCallKind::Delete).len(), 1);
    assert!(world.test.cloudformation.stacks()[0].status.is_deleted());
}

#[tokio::test]
async fn a_name_is_free_again_after_the_deletion() {
    let mut world = with_beta().await;
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    world.run().await;
    world.test.advance(Duration::from_secs(60));
    environment_create(world.api(), create_input("beta")).await.expect("the name is free");
    world.run().await;
    world.check();
    assert_eq!(world.test.cloudformation.stacks().len(), 2);
}

#[tokio::test]
async fn what_never_was_is_gone() {
    let world = World::new();
    assert_eq!(environment_delete(world.api(), &records::name("beta")).await.expect("gone"), None);
}

#[tokio::test]
async fn a_deployment_in_progress_is_a_conflict() {
    let world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    refusal!(environment_delete(world.api(), &records::name("beta")).await, Conflict);
}

#[tokio::test]
async fn an_inhabited_environment_stays_and_its_inhabitant_is_named() {
    let mut world = with_shop(&["one"]).await;
    let beta = records::name("beta");
    let message = refusal!(environment_delete(world.api(), &beta).await, Conflict);
    assert!(message.contains("'one' of the service 'shop'"), "{message}");
    assert_eq!(stored(&world.test, "beta").deleting_until, None, "the mark is cleared");
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    world.run().await;
    environment_delete(world.api(), &beta).await.expect("nobody lives there");
    world.run().await;
    world.check();
}

#[tokio::test]
async fn an_instance_that_comes_between_mark_and_check_is_seen() {
    let world = with_beta().await;
    let beta = records::name("beta");
    // Its transaction went through right before the mark was set: its reference is there when the guard looks.
    let reference = Reference {
        referent: Referent::Environment { name: beta.clone() },
        referrer: Referrer::ServiceInstance { service: records::name("shop"), name: records::name("one") },
    };
    world.test.store.before_next_commit(move |store| store.seed(reference));
    refusal!(environment_delete(world.api(), &beta).await, Conflict);
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn an_instance_that_comes_after_the_mark_is_kept_away() {
    let world = with_beta().await;
    let mut marked = stored(&world.test, "beta");
    marked.deleting_until = Some(world.test.now().plus(Duration::from_secs(60)));
    world.test.seed(marked);
    let input = service_input("shop", &[("one", "beta")]);
    refusal!(service_create(world.api(), input.clone()).await, Conflict);
    assert!(world.test.store.all::<Service>().is_empty());
    // The mark of a guard that died ends by itself.
    world.test.advance(Duration::from_secs(61));
    service_create(world.api(), input).await.expect("nobody deletes it");
}

#[tokio::test]
async fn an_environment_that_is_being_deleted_takes_no_instance() {
    let world = with_beta().await;
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    let message =
        refusal!(service_create(world.api(), service_input("shop", &[("one", "beta")])).await, Validation);
    assert!(message.contains("is being deleted"), "{message}");
}

#[tokio::test]
async fn an_update_that_comes_between_wins() {
    let world = with_beta().await;
    let beta = records::name("beta");
    let mut updated = stored(&world.test, "beta");
    updated.deployable.update(world.test.id(), world.test.now()).expect("idle");
    updated.revision = updated.revision.next();
    world.test.store.before_next_commit(move |store| store.seed(updated));
    refusal!(environment_delete(world.api(), &beta).await, Conflict);
}

#[tokio::test]
async fn a_failed_deletion_may_be_repeated_or_updated_away() {
    let mut world = with_beta().await;
    let beta = records::name("beta");
    world.script.deletions.extend(["DELETE_FAILED", "DELETE_FAILED"]);
    environment_delete(world.api(), &beta).await.expect("idle");
    world.run().await;
    world.check();
    let failed = stored(&world.test, "beta").deployable;
    assert_eq!(failed.status(), DeploymentStatus::DeleteFailed);
    assert!(failed.status_message().is_some_and(|message| message.contains("the name is taken")));
    assert_eq!(versions_in_use(&world.test).await, ["1.0"]);

    environment_delete(world.api(), &beta).await.expect("may be repeated");
    world.run().await;
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("accepted");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
    environment_delete(world.api(), &beta).await.expect("idle");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<Environment>().is_empty());
}

#[tokio::test]
async fn of_a_customer_managed_environment_only_the_record_vanishes() {
    let mut world = World::new();
    manage_by_customer(&world.test);
    let beta = records::name("beta");
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    let view = environment_delete(world.api(), &beta).await.expect("idle").expect("was there");
    assert_eq!(view.environment.deployable.status(), DeploymentStatus::DeleteComplete);
    refusal!(environment_get(world.api(), &beta).await, NotFound);
    assert!(versions_in_use(&world.test).await.is_empty());
    world.run().await;
    world.check();
    assert_eq!(world.told("environment/beta"), ["IN_PROGRESS", "SUCCEEDED", "DELETE_IN_PROGRESS", "DELETED"]);
    assert!(world.test.cloudformation.calls().is_empty());
}

#[tokio::test]
async fn the_guard_reads_after_it_has_marked() {
    let world = with_beta().await;
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    let commits = world.test.store.committed();
    let [.., mark, begin] = commits.as_slice() else { panic!("a mark and a beginning") };
    let [Write::Replace(Entity::Environment(marked), _)] = mark.as_slice() else { panic!("{mark:?}") };
    assert!(marked.deleting_until.is_some_and(|until| until > world.test.now()));
    assert!(begin.iter().any(|write| write.key() == Key::Environment(records::name("beta"))));
    assert_eq!(stored(&world.test, "beta").deleting_until, None);
}
