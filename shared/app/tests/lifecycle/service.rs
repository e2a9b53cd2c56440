//! CreateService and DeleteService.

use protium_app::PageRequest;
use protium_app::environment::environment_create;
use protium_app::ports::{Key, ListQuery, StoreExt};
use protium_app::service::{
    RepositoryMembers, ServiceCreate, service_create, service_delete, service_get, service_list,
};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::Environment;
use protium_domain::reference::{Reference, Referent};
use protium_domain::service::{Service, ServiceStatus};
use protium_domain::service_instance::ServiceInstance;
use protium_domain::tag::Tags;
use protium_domain::version::VersionNumber;
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::environment::{create_input, with_beta};
use crate::refusal;
use crate::world::{SERVICE, World};

/// A service spec with these instances in these environments.
pub(crate) fn service_spec(instances: &[(&str, &str)]) -> String {
    let mut spec = "proton: ServiceSpec\ninstances:\n".to_owned();
    for (name, environment) in instances {
        spec.push_str(&format!(
            "  - name: {name}\n    environment: {environment}\n    spec:\n      size: small\n"
        ));
    }
    spec
}

pub(crate) fn service_input(name: &str, instances: &[(&str, &str)]) -> ServiceCreate {
    ServiceCreate {
        name: records::name(name),
        description: None,
        template: records::name("web"),
        major: 1,
        minor: None,
        spec: service_spec(instances),
        repository: RepositoryMembers::default(),
        tags: Tags::default(),
    }
}

pub(crate) fn stored(test: &TestApp, name: &str) -> Service {
    test.store.peek(&Key::Service(records::name(name))).expect("the service is there")
}

pub(crate) fn instance(test: &TestApp, name: &str) -> ServiceInstance {
    let key = Key::ServiceInstance(records::name("shop"), records::name(name));
    test.store.peek(&key).expect("the instance is there")
}

/// How many use a thing.
async fn users(test: &TestApp, referent: Referent) -> usize {
    let page = PageRequest { limit: 100, after: None };
    let found = test.app.store.page::<Reference>(&ListQuery::References(referent), &page).await;
    found.expect("a page").items.len()
}

/// How many instances use this version of `web`.
pub(crate) async fn users_of_web(test: &TestApp, number: &str) -> usize {
    let version = number.parse().expect("a version");
    users(test, Referent::TemplateVersion { kind: SERVICE, name: records::name("web"), version }).await
}

pub(crate) async fn users_of_beta(test: &TestApp) -> usize {
    users(test, Referent::Environment { name: records::name("beta") }).await
}

/// A world with the service `shop`, whose instances are deployed in `beta`.
pub(crate) async fn with_shop(instances: &[&str]) -> World {
    let mut world = with_beta().await;
    let instances: Vec<_> = instances.iter().map(|name| (*name, "beta")).collect();
    service_create(world.api(), service_input("shop", &instances)).await.expect("valid");
    world.run().await;
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    world
}

#[tokio::test]
async fn a_service_is_active_when_all_its_instances_are_deployed() {
    let mut world = with_beta().await;
    let input = service_input("shop", &[("one", "beta"), ("two", "beta")]);
    let view = service_create(world.api(), input.clone()).await.expect("valid");
    assert_eq!((view.service.status(), &view.spec), (ServiceStatus::CreateInProgress, &input.spec));
    assert_eq!(instance(&world.test, "one").deployable.status(), DeploymentStatus::InProgress);
    // The service refers to the version for both of them until they are deployed.
    assert_eq!((users_of_web(&world.test, "1.0").await, users_of_beta(&world.test).await), (1, 2));
    world.run().await;
    assert_eq!((users_of_web(&world.test, "1.0").await, users_of_beta(&world.test).await), (2, 2));
    world.check();
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    for name in ["one", "two"] {
        let deployable = instance(&world.test, name).deployable;
        assert_eq!(deployable.status(), DeploymentStatus::Succeeded);
        let stack = deployable.stack.expect("it has a stack");
        assert!(stack.name.starts_with(&format!("AWSProton-shop-{name}-cloudformation-")), "{}", stack.name);
        assert!(stack.arn.is_some());
        assert_eq!(
            world.told(&format!("service/shop/service-instance/{name}")),
            ["IN_PROGRESS", "SUCCEEDED"]
        );
    }
    assert_eq!(world.told("service/shop"), ["CREATE_IN_PROGRESS", "ACTIVE"]);
}

#[tokio::test]
async fn instances_render_with_the_outputs_of_their_environment() {
    let world = with_shop(&["one"]).await;
    let id = instance(&world.test, "one").deployable.last_attempted_deployment_id;
    let rendered = world.test.artifacts.text(&protium_app::artifact::rendered_key(&id)).expect("rendered");
    assert!(rendered.contains("DisplayName: 'small'"), "{rendered}");
    assert!(rendered.contains("TopicName: 'https://x'"), "{rendered}");
}

#[tokio::test]
async fn the_same_request_again_answers_with_the_original_and_another_is_a_mismatch() {
    let world = with_beta().await;
    let input = service_input("shop", &[("one", "beta")]);
    let first = service_create(world.api(), input.clone()).await.expect("valid");
    let before = world.test.store.everything();
    assert_eq!(service_create(world.api(), input.clone()).await.expect("the same"), first);
    let other = ServiceCreate { description: Some("other".to_owned()), ..input.clone() };
    let message = refusal!(service_create(world.api(), other).await, Validation);
    assert!(message.starts_with("IdempotentParameterMismatch"), "{message}");
    assert_eq!(world.test.store.everything(), before);
    let mut changed = stored(&world.test, "shop");
    changed.creation.modified = true;
    world.test.seed(changed);
    refusal!(service_create(world.api(), input).await, Conflict);
}

#[tokio::test]
async fn of_two_that_race_for_a_name_one_wins() {
    let world = with_beta().await;
    let theirs = records::service_active("shop", "web", world.test.id(), world.test.now());
    world.test.store.before_next_commit(move |store| store.seed(theirs));
    refusal!(service_create(world.api(), service_input("shop", &[("one", "beta")])).await, Validation);
    assert!(world.test.store.all::<ServiceInstance>().is_empty());
    assert_eq!(users_of_beta(&world.test).await, 0);
}

#[rstest]
#[case::no_instance(&[], "at least one instance")]
#[case::unknown_environment(&[("one", "gamma")], "instances[0].environment: the environment 'gamma' does not exist")]
#[case::twice(&[("one", "beta"), ("one", "beta")], "one")]
#[case::no_name(&[("one/two", "beta")], "instances[0]")]
#[tokio::test]
async fn a_spec_that_does_not_fit_names_what_is_wrong(
    #[case] instances: &[(&str, &str)],
    #[case] named: &str,
) {
    let world = with_beta().await;
    let mut input = service_input("shop", instances);
    if instances.is_empty() {
        input.spec = "proton: ServiceSpec\ninstances: []\n".to_owned();
    }
    let message = refusal!(service_create(world.api(), input).await, Validation);
    assert!(message.contains(named), "{message}");
    assert!(world.test.store.all::<Service>().is_empty());
}

#[rstest]
#[case::template(|input: &mut ServiceCreate| input.template = records::name("nix"))]
#[case::major(|input: &mut ServiceCreate| input.major = 2)]
#[case::minor(|input: &mut ServiceCreate| input.minor = Some(9))]
#[tokio::test]
async fn an_unknown_template_or_version_is_not_found(#[case] change: fn(&mut ServiceCreate)) {
    let world = with_beta().await;
    let mut input = service_input("shop", &[("one", "beta")]);
    change(&mut input);
    refusal!(service_create(world.api(), input).await, NotFound);
}

#[tokio::test]
async fn an_environment_must_have_been_deployed_once() {
    let mut world = World::new();
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    let input = service_input("shop", &[("one", "beta")]);
    let message = refusal!(service_create(world.api(), input.clone()).await, Validation);
    assert!(message.contains("IN_PROGRESS and was never deployed"), "{message}");
    world.run().await;
    let message = refusal!(service_create(world.api(), input).await, Validation);
    assert!(message.contains("FAILED and was never deployed"), "{message}");
}

#[tokio::test]
async fn an_environment_must_be_of_a_compatible_major_and_have_a_role() {
    let world = with_beta().await;
    let key = Key::Environment(records::name("beta"));
    let beta: Environment = world.test.store.peek(&key).expect("is there");
    let mut other = beta.clone();
    other.version = VersionNumber::new(2, 0);
    world.test.seed(other);
    let input = service_input("shop", &[("one", "beta")]);
    let message = refusal!(service_create(world.api(), input.clone()).await, Validation);
    assert!(message.contains("made from net:2, but version 1.0 of 'web' works with net:1 only"), "{message}");
    let mut other = beta;
    other.roles.proton_service_role_arn = None;
    world.test.seed(other);
    let message = refusal!(service_create(world.api(), input).await, Validation);
    assert!(message.contains("protonServiceRoleArn"), "{message}");
}

#[tokio::test]
async fn a_template_without_pipeline_takes_no_repository() {
    let world = with_beta().await;
    let mut input = service_input("shop", &[("one", "beta")]);
    input.repository.id = Some("owner/repo".to_owned());
    let message = refusal!(service_create(world.api(), input.clone()).await, Validation);
    assert!(message.contains("has no pipeline"), "{message}");
}

#[tokio::test]
async fn as_many_instances_as_a_service_may_have_fit_into_one_creation() {
    let mut world = with_beta().await;
    let names: Vec<String> = (0..21).map(|number| format!("i{number}")).collect();
    // Each in an environment of its own, which is the most that one creation can write.
    let beta: Environment =
        world.test.store.peek(&Key::Environment(records::name("beta"))).expect("is there");
    for name in &names {
        let mut other = beta.clone();
        other.name = records::name(name);
        world.test.seed(other);
    }
    let instances: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let message =
        refusal!(service_create(world.api(), service_input("shop", &instances)).await, QuotaExceeded);
    assert!(message.contains("21 instances, and 20 are allowed"), "{message}");
    service_create(world.api(), service_input("shop", &instances[..20])).await.expect("they fit");
    world.run().await;
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
    assert_eq!(world.test.store.all::<ServiceInstance>().len(), 20);
}

#[tokio::test]
async fn a_deleted_service_takes_its_instances_with_it() {
    let mut world = with_shop(&["one", "two"]).await;
    let shop = records::name("shop");
    let view = service_delete(world.api(), &shop).await.expect("idle").expect("is there");
    assert_eq!(view.service.status(), ServiceStatus::DeleteInProgress);
    let again = service_delete(world.api(), &shop).await.expect("repeated").expect("is there");
    assert_eq!(again, view);
    world.run().await;
    world.check();
    refusal!(service_get(world.api(), &shop).await, NotFound);
    assert_eq!(service_delete(world.api(), &shop).await.expect("gone"), None);
    assert!(world.test.store.all::<ServiceInstance>().is_empty());
    assert_eq!((users_of_web(&world.test, "1.0").await, users_of_beta(&world.test).await), (0, 0));
    assert_eq!(world.told("service/shop"), ["CREATE_IN_PROGRESS", "ACTIVE", "DELETE_IN_PROGRESS", "DELETED"]);
}

#[tokio::test]
async fn a_service_in_progress_is_not_deleted() {
    let mut world = with_beta().await;
    let shop = records::name("shop");
    service_create(world.api(), service_input("shop", &[("one", "beta")])).await.expect("valid");
    refusal!(service_delete(world.api(), &shop).await, Conflict);
    world.run().await;
    let mut busy = instance(&world.test, "one");
    busy.deployable.update(world.test.id(), world.test.now()).expect("idle");
    world.test.seed(busy);
    let message = refusal!(service_delete(world.api(), &shop).await, Conflict);
    assert!(message.contains("its instance 'one' is IN_PROGRESS"), "{message}");
}

#[tokio::test]
async fn an_instance_that_begins_to_deploy_meanwhile_wins() {
    let world = with_shop(&["one"]).await;
    let mut busy = instance(&world.test, "one");
    busy.deployable.update(world.test.id(), world.test.now()).expect("idle");
    busy.revision = busy.revision.next();
    world.test.store.before_next_commit(move |store| store.seed(busy));
    refusal!(service_delete(world.api(), &records::name("shop")).await, Conflict);
    assert_eq!(stored(&world.test, "shop").status(), ServiceStatus::Active);
}

#[tokio::test]
async fn services_are_listed_by_name() {
    let world = with_beta().await;
    for name in ["shop", "blog"] {
        service_create(world.api(), service_input(name, &[("one", "beta")])).await.expect("valid");
    }
    let page = PageRequest { limit: 100, after: None };
    let found = service_list(world.api(), &page).await.expect("a page");
    let names: Vec<_> = found.items.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["blog", "shop"]);
}
