//! How operations of services go on and end (behaviour 3.3).

use protium_app::environment::environment_delete;
use protium_app::ports::CloudFormationError;
use protium_app::service::{service_create, service_delete};
use protium_app::service_settle::{Settlement, settle};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::service::{Service, ServiceStatus};
use protium_domain::service_instance::ServiceInstance;
use protium_testkit::{StackCallKind, records};

use crate::environment::with_beta;
use crate::service::{instance, service_input, stored, users_of_beta, users_of_web, with_shop};
use crate::world::World;

/// Render, start, observe and record of two instances: the `service` machine dies before it asks how it goes on.
const STEPS_BEFORE_SETTLE: usize = 8;

/// The creation of `shop` with the instances `one` and `two` is accepted.
async fn creating() -> World {
    let world = with_beta().await;
    let input = service_input("shop", &[("one", "beta"), ("two", "beta")]);
    service_create(world.api(), input).await.expect("valid");
    world
}

async fn asked(world: &World) -> Settlement {
    let operation = stored(&world.test, "shop").operation.expect("at work");
    settle(world.api(), &records::name("shop"), &operation.id).await.expect("nothing fails")
}

#[tokio::test]
async fn while_a_deployment_is_open_the_operation_waits() {
    let world = creating().await;
    let before = world.test.store.everything();
    let settlement = asked(&world).await;
    assert!(settlement.wait && !settlement.done && settlement.phase.is_none());
    assert_eq!(settlement.deployments.len(), 2, "those that run");
    assert_eq!(world.test.store.everything(), before);
}

#[tokio::test]
async fn an_operation_that_is_over_stays_over() {
    let mut world = creating().await;
    let operation = stored(&world.test, "shop").operation.expect("at work").id;
    world.run().await;
    let before = world.test.store.everything();
    let shop = records::name("shop");
    let again = settle(world.api(), &shop, &operation).await.expect("nothing fails");
    assert!(again.done);
    let gone = settle(world.api(), &records::name("blog"), &operation).await.expect("nothing fails");
    assert!(gone.done, "a service that is gone");
    assert_eq!(world.test.store.everything(), before);
}

#[tokio::test]
async fn when_one_fails_all_that_was_made_is_cleaned_up() {
    let mut world = creating().await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::CreateFailedCleanupComplete);
    let why = shop.status_message().expect("a reason");
    assert!(why.contains("service/shop/service-instance/one") && why.contains("the name is taken"), "{why}");
    assert!(world.test.store.all::<ServiceInstance>().is_empty());
    assert_eq!((users_of_web(&world.test, "1.0").await, users_of_beta(&world.test).await), (0, 0));
    assert_eq!(
        world.told("service/shop"),
        ["CREATE_IN_PROGRESS", "CREATE_FAILED_CLEANUP_IN_PROGRESS", "CREATE_FAILED_CLEANUP_COMPLETE"]
    );
    environment_delete(world.api(), &records::name("beta")).await.expect("nobody lives there any more");
    service_delete(world.api(), &records::name("shop")).await.expect("only deletion is left");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<Service>().is_empty());
}

#[tokio::test]
async fn a_clean_up_that_fails_is_told_and_deletion_goes_on_with_it() {
    let mut world = creating().await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    world.script.deletions.push_back("DELETE_FAILED");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::CreateFailedCleanupFailed);
    let why = shop.status_message().expect("a reason");
    assert!(why.contains("ROLLBACK_COMPLETE") && why.contains("DELETE_FAILED"), "{why}");
    assert_eq!(instance(&world.test, "one").deployable.status(), DeploymentStatus::DeleteFailed);
    service_delete(world.api(), &records::name("shop")).await.expect("accepted");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<ServiceInstance>().is_empty());
    assert_eq!(users_of_beta(&world.test).await, 0);
}

#[tokio::test]
async fn when_nothing_was_provisioned_nothing_is_cleaned_up() {
    let mut world = creating().await;
    for _ in 0..2 {
        let refused = CloudFormationError::RoleNotAssumable {
            role_arn: records::ROLE_ARN.to_owned(),
            message: "AccessDenied".to_owned(),
        };
        world.test.cloudformation.fail_next(StackCallKind::Describe, refused);
    }
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::CreateFailed);
    assert!(shop.status_message().is_some_and(|message| message.contains("sts:AssumeRole")));
    assert_eq!(world.told("service/shop"), ["CREATE_IN_PROGRESS", "CREATE_FAILED"]);
    service_delete(world.api(), &records::name("shop")).await.expect("accepted");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<Service>().is_empty());
}

#[tokio::test]
async fn a_settlement_whose_answer_was_lost_is_not_made_twice() {
    let mut world = creating().await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    world.dies_after = Some(STEPS_BEFORE_SETTLE);
    world.run_until_quiet().await;
    let open = |world: &World| world.test.store.all::<Deployment>().iter().filter(|d| d.is_open()).count();
    assert_eq!(open(&world), 0, "the machine died before it asked");
    let first = asked(&world).await;
    assert_eq!(first.deployments.len(), 2);
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::CreateFailedCleanupInProgress);
    let second = asked(&world).await;
    assert_eq!((second.wait, second.deployments), (true, first.deployments), "what nobody may have started");
    assert_eq!(open(&world), 2);
    let deletions = world.test.store.all::<Deployment>().into_iter();
    assert_eq!(deletions.filter(|deployment| deployment.kind == DeploymentKind::Delete).count(), 2);
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::CreateFailedCleanupComplete);
}

#[tokio::test]
async fn a_clean_up_whose_answer_was_lost_begins_without_the_reconciler() {
    let mut world = creating().await;
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    world.twice = true;
    let before = world.test.now();
    world.run_until_quiet().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::CreateFailedCleanupComplete);
    assert_eq!(world.test.now(), before, "nobody waited for the schedule");
}

#[tokio::test]
async fn a_deletion_that_fails_keeps_what_is_left_and_can_be_repeated() {
    let mut world = with_shop(&["one", "two"]).await;
    world.script.deletions.push_back("DELETE_FAILED");
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    world.run().await;
    world.check();
    let shop = stored(&world.test, "shop");
    assert_eq!(shop.status(), ServiceStatus::DeleteFailed);
    assert!(shop.status_message().is_some_and(|message| message.contains("service-instance/one")));
    let left: Vec<_> = world.test.store.all::<ServiceInstance>();
    assert_eq!(left.iter().map(|instance| instance.name.as_str()).collect::<Vec<_>>(), ["one"]);
    service_delete(world.api(), &records::name("shop")).await.expect("may be repeated");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<Service>().is_empty());
}

#[tokio::test]
async fn a_settlement_that_loses_a_race_decides_again() {
    let mut world = creating().await;
    world.dies_after = Some(STEPS_BEFORE_SETTLE);
    world.run_until_quiet().await;
    assert_eq!(instance(&world.test, "two").deployable.status(), DeploymentStatus::Succeeded);
    let mut tagged = stored(&world.test, "shop");
    tagged.description = Some("theirs".to_owned());
    tagged.revision = tagged.revision.next();
    world.test.store.before_next_commit(move |store| store.seed(tagged));
    assert!(asked(&world).await.done);
    let shop = stored(&world.test, "shop");
    assert_eq!((shop.status(), shop.description.as_deref()), (ServiceStatus::Active, Some("theirs")));
}
