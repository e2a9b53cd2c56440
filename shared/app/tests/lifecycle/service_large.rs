//! Services with more instances than one commit holds: they are begun by several, and end as small ones do.

use protium_app::force_delete::force_delete;
use protium_app::ports::Key;
use protium_app::service::{service_create, service_delete, service_update};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind, Retention};
use protium_domain::environment::Environment;
use protium_domain::event::StatusEvent;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service::{Service, ServiceStatus};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::transition::Transition;
use protium_domain::version::VersionNumber;
use protium_testkit::records;
use rstest::rstest;

use crate::environment::with_beta;
use crate::refusal;
use crate::service::{instance, service_input, service_spec, stored, with_shop};
use crate::service_update::{update_input, update_to};
use crate::world::{ENVIRONMENT, SERVICE, World};

fn names(prefix: &str, count: usize) -> Vec<String> {
    (10..10 + count).map(|number| format!("{prefix}{number}")).collect()
}

/// Another environment like `beta`.
fn add_environment(world: &World, name: &str) {
    let key = Key::Environment(records::name("beta"));
    let mut environment: Environment = world.test.store.peek(&key).expect("is there");
    environment.name = records::name(name);
    environment.deployable.stack = None;
    let referrer = Referrer::Environment { name: environment.name.clone() };
    world.test.seed(environment);
    let (kind, name, version) = (ENVIRONMENT, records::name("net"), VersionNumber::new(1, 0));
    world.test.seed(Reference { referent: Referent::TemplateVersion { kind, name, version }, referrer });
}

/// Other instances like `one`.
async fn add_instances(world: &World, names: &[String]) {
    for name in names {
        let mut other = instance(&world.test, "one");
        other.name = records::name(name);
        other.deployable.stack = None;
        let referrer = Referrer::ServiceInstance { service: other.service.clone(), name: other.name.clone() };
        let environment = Referent::Environment { name: other.environment.clone() };
        let (kind, name, version) = (SERVICE, other.template.clone(), other.version);
        let version = Referent::TemplateVersion { kind, name, version };
        for referent in [environment, version] {
            world.test.seed(Reference { referent, referrer: referrer.clone() });
        }
        let change = Transition { from: None, to: DeploymentStatus::Succeeded };
        let event = StatusEvent::service_instance(world.api().location(), &other, change);
        world.api().events.publish(&[event]).await.expect("published");
        world.test.seed(other);
    }
}

fn spec_of(names: &[String]) -> String {
    let instances: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    service_spec(&instances)
}

fn instances(world: &World) -> Vec<String> {
    world.test.store.all::<ServiceInstance>().iter().map(|instance| instance.name.to_string()).collect()
}

/// A service of twenty instances, each in an environment of its own, all of which an update has begun to replace: more
/// than one commit holds.
async fn replacing() -> (World, Vec<String>) {
    let mut world = with_beta().await;
    let (old, new) = (names("old", 20), names("new", 20));
    old.iter().chain(&new).for_each(|name| add_environment(&world, name));
    let mut input = service_input("shop", &[]);
    input.spec = spec_of(&old);
    service_create(world.api(), input).await.expect("they fit");
    assert_eq!(instances(&world).len(), 20, "all at once");
    world.run().await;
    service_update(world.api(), update_to(spec_of(&new))).await.expect("valid");
    let pending = stored(&world.test, "shop").operation.expect("at work").pending;
    assert!(!pending.is_empty(), "more than one commit holds");
    assert_eq!(pending.len() + instances(&world).len(), 40);
    (world, new)
}

#[rstest]
#[case::well(None)]
#[case::dying_at_once(Some(0))]
#[case::dying_with_some(Some(9))]
#[case::dying_late(Some(150))]
#[tokio::test]
async fn all_instances_of_a_large_service_are_replaced(#[case] dies_after: Option<usize>) {
    let (mut world, new) = replacing().await;
    world.dies_after = dies_after;
    world.twice = dies_after.is_none();
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(instances(&world), new);
    assert_eq!(world.told("service/shop/service-instance/old10").last().expect("told"), "DELETED");
}

#[tokio::test]
async fn a_pending_instance_whose_environment_goes_takes_the_update_back() {
    let (mut world, new) = replacing().await;
    let gone = world.test.store.peek::<Environment>(&Key::Environment(records::name(&new[19])));
    let mut gone = gone.expect("is there");
    gone.deployable.delete(world.test.id(), world.test.now()).expect("idle");
    world.test.seed(gone);
    let spec = stored(&world.test, "shop").spec;
    world.run_until_quiet().await;
    let shop = stored(&world.test, "shop");
    assert_eq!((shop.status(), &shop.spec), (ServiceStatus::UpdateFailedCleanupComplete, &spec));
    let why = shop.status_message().expect("a reason");
    assert!(why.contains("the environment 'new29' is being deleted"), "{why}");
    assert_eq!(instances(&world), names("old", 20));
}

#[rstest]
#[case::ordinarily(None)]
#[case::by_force(Some(Retention::Stack))]
#[tokio::test]
async fn a_large_service_is_deleted(#[case] retention: Option<Retention>) {
    let mut world = with_shop(&["one"]).await;
    add_instances(&world, &names("more", 80)).await;
    match retention {
        None => drop(service_delete(world.api(), &records::name("shop")).await.expect("idle")),
        Some(retention) => {
            let arn = "arn:aws:proton:eu-west-1:111122223333:service/shop";
            force_delete(world.api(), arn, retention).await.expect("idle");
        }
    }
    let is_going = |it: &ServiceInstance| it.deployable.status() == DeploymentStatus::DeleteInProgress;
    assert!(world.test.store.all().iter().all(is_going), "all at once");
    world.run().await;
    world.check();
    assert!(world.test.store.all::<Service>().is_empty() && instances(&world).is_empty());
    let deployments = world.test.store.all::<Deployment>();
    let deletions: Vec<_> = deployments.iter().filter(|it| it.kind == DeploymentKind::Delete).collect();
    assert_eq!(deletions.len(), 81);
    assert!(deletions.iter().all(|deletion| deletion.retention == retention));
}

#[rstest]
#[case::well(&[], ServiceStatus::Active, 2)]
#[case::badly(&["ROLLBACK_COMPLETE"], ServiceStatus::UpdateFailedCleanupComplete, 81)]
#[tokio::test]
async fn many_instances_are_removed_or_none(
    #[case] creations: &[&'static str],
    #[case] expected: ServiceStatus,
    #[case] left: usize,
) {
    let mut world = with_shop(&["one"]).await;
    add_instances(&world, &names("more", 80)).await;
    world.script.creations.extend(creations);
    world.script.is_for_all = true;
    service_update(world.api(), update_input(&["one", "two"])).await.expect("valid");
    world.run().await;
    world.check();
    assert_eq!((stored(&world.test, "shop").status(), instances(&world).len()), (expected, left));
    let is_settled = |it: &ServiceInstance| it.deployable.status() == DeploymentStatus::Succeeded;
    assert!(world.test.store.all().iter().all(is_settled));
}

#[tokio::test]
async fn more_than_can_be_marked_at_once_stay() {
    let world = with_shop(&["one"]).await;
    add_instances(&world, &names("more", 93)).await;
    let message = refusal!(service_update(world.api(), update_input(&["one"])).await, Validation);
    assert!(message.contains("several updates"), "{message}");
    let message = refusal!(service_delete(world.api(), &records::name("shop")).await, Conflict);
    assert!(message.contains("with UpdateService first"), "{message}");
}
