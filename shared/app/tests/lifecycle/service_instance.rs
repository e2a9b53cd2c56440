//! UpdateServiceInstance, and reading instances.

use std::time::Duration;

use protium_app::PageRequest;
use protium_app::environment::{environment_create, environment_update};
use protium_app::ports::Key;
use protium_app::service::{service_create, service_delete, service_get};
use protium_app::service_instance::{
    InstanceFilter, InstanceOrder, ServiceInstanceUpdate, service_instance_get, service_instance_list,
    service_instance_outputs, service_instance_provisioned_resources, service_instance_update,
};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::{Deployable, DeploymentStatus};
use protium_domain::deployment::Deployment;
use protium_domain::service::ServiceStatus;
use protium_domain::token::ClientToken;
use protium_testkit::records;
use rstest::rstest;

use crate::environment::{create_input, stored as environment_stored, update_input};
use crate::pipeline::{pipeline, with_piped_shop};
use crate::refusal;
use crate::service::{instance, service_input, service_spec, stored, users_of_web, with_shop};
use crate::world::{SERVICE, World};

const OTHER_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";

fn update(name: &str, deployment_type: DeploymentType) -> ServiceInstanceUpdate {
    ServiceInstanceUpdate {
        service: records::name("shop"),
        name: records::name(name),
        deployment_type,
        version: VersionChoice::default(),
        spec: None,
        client_token: None,
    }
}

fn deployment(world: &World, name: &str) -> Deployment {
    let id = instance(&world.test, name).deployable.last_attempted_deployment_id;
    world.test.store.peek(&Key::Deployment(id)).expect("is there")
}

#[tokio::test]
async fn only_the_section_of_the_instance_reaches_the_service_s_spec() {
    let mut world = with_shop(&["one", "two"]).await;
    let edited = service_spec(&[("one", "beta"), ("two", "beta")]).replace("small", "large");
    let mut input = update("one", DeploymentType::CurrentVersion);
    input.spec = Some(edited.clone());
    let view = service_instance_update(world.api(), input).await.expect("idle");
    assert_eq!(view.spec, service_spec(&[("one", "beta"), ("two", "beta")]), "unchanged until the success");
    world.run().await;
    world.check();
    let service = service_get(world.api(), &records::name("shop")).await.expect("is there");
    let merged = service_spec(&[("one", "beta"), ("two", "beta")]).replacen("small", "large", 1);
    assert_eq!(service.spec, merged);
    assert_eq!(service.service.status(), ServiceStatus::Active);
    let one = service_instance_get(world.api(), &records::name("shop"), &records::name("one")).await;
    assert_eq!(one.expect("is there").spec, edited, "the whole spec last used");
    assert_eq!(world.told("service/shop"), ["CREATE_IN_PROGRESS", "ACTIVE"], "its service is not concerned");
    let again = service_input("shop", &[("one", "beta"), ("two", "beta")]);
    refusal!(service_create(world.api(), again).await, Conflict);
}

#[tokio::test]
async fn its_states_name_what_it_is_built_on() {
    let mut world = with_piped_shop(&["one"]).await;
    let latest = |deployable: &Deployable| deployable.last_succeeded_deployment_id.clone();
    let beta = latest(&environment_stored(&world.test, "beta").deployable);
    let built_on = |deployment: &Deployment, initial: bool| {
        let state = if initial { deployment.initial_state.as_ref() } else { Some(&deployment.target_state) };
        let state = state.and_then(|state| state.template()).expect("it has this state").clone();
        (state.environment_deployment_id, state.pipeline_deployment_id)
    };
    assert_eq!(built_on(&deployment(&world, "one"), false), (beta.clone(), None), "the pipeline comes later");
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("idle");
    world.run().await;
    service_instance_update(world.api(), update("one", DeploymentType::CurrentVersion)).await.expect("idle");
    world.run().await;
    world.check();
    let redeployed = deployment(&world, "one");
    let newer = latest(&environment_stored(&world.test, "beta").deployable);
    let piped = latest(&pipeline(&world.test).deployable);
    assert!(piped.is_some() && newer != beta);
    assert_eq!(built_on(&redeployed, true), (beta, None));
    assert_eq!(built_on(&redeployed, false), (newer, piped));
}

#[tokio::test]
async fn a_failed_update_changes_no_spec() {
    let mut world = with_shop(&["one"]).await;
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let before = (instance(&world.test, "one").spec, stored(&world.test, "shop").spec);
    let mut input = update("one", DeploymentType::CurrentVersion);
    input.spec = Some(service_spec(&[("one", "beta")]).replace("small", "large"));
    service_instance_update(world.api(), input).await.expect("idle");
    world.run().await;
    world.check();
    assert_eq!(instance(&world.test, "one").deployable.status(), DeploymentStatus::Failed);
    assert_eq!((instance(&world.test, "one").spec, stored(&world.test, "shop").spec), before);
}

#[tokio::test]
async fn versions_move_with_their_references() {
    let mut world = with_shop(&["one"]).await;
    world.publish(SERVICE, "web", "1.1", OTHER_TEMPLATE);
    service_instance_update(world.api(), update("one", DeploymentType::MinorVersion)).await.expect("idle");
    let in_use = (users_of_web(&world.test, "1.0").await, users_of_web(&world.test, "1.1").await);
    assert_eq!(in_use, (1, 1));
    let initial = deployment(&world, "one").initial_state.expect("deployed once");
    assert_eq!(initial.template().expect("of an instance").version.to_string(), "1.0");
    world.run().await;
    world.check();
    assert_eq!(instance(&world.test, "one").version.to_string(), "1.1");
    let in_use = (users_of_web(&world.test, "1.0").await, users_of_web(&world.test, "1.1").await);
    assert_eq!(in_use, (0, 1));

    world.publish(SERVICE, "web", "1.2", "Resources: {}\n");
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    service_instance_update(world.api(), update("one", DeploymentType::MinorVersion)).await.expect("idle");
    world.run().await;
    world.check();
    assert_eq!(instance(&world.test, "one").version.to_string(), "1.1");
    let in_use = (users_of_web(&world.test, "1.1").await, users_of_web(&world.test, "1.2").await);
    assert_eq!(in_use, (1, 0));
}

#[tokio::test]
async fn a_new_major_must_work_with_the_environment() {
    let world = with_shop(&["one"]).await;
    let number = "2.0".parse().expect("a version");
    let mut version = world.register(SERVICE, "web", number, OTHER_TEMPLATE);
    version.compatible_environment_templates[0].major_version = 9;
    world.test.seed(version);
    let mut input = update("one", DeploymentType::MajorVersion);
    input.version = VersionChoice { major: Some(2), minor: Some(0) };
    let message = refusal!(service_instance_update(world.api(), input).await, Validation);
    assert!(message.contains("works with net:9 only"), "{message}");
}

#[tokio::test]
async fn a_client_token_makes_an_update_repeatable_for_eight_hours() {
    let mut world = with_shop(&["one"]).await;
    let mut input = update("one", DeploymentType::CurrentVersion);
    input.client_token = Some("t".to_owned());
    let first = service_instance_update(world.api(), input.clone()).await.expect("idle");
    assert_eq!(first.instance.last_client_request_token.as_deref(), Some("t"));
    // While it runs and after it: nothing happens.
    assert_eq!(service_instance_update(world.api(), input.clone()).await.expect("the same"), first);
    world.run().await;
    let before = world.test.store.everything();
    service_instance_update(world.api(), input.clone()).await.expect("the same");
    assert_eq!(world.test.store.everything(), before);

    let other = ServiceInstanceUpdate { spec: Some(service_spec(&[("one", "beta")])), ..input.clone() };
    let message = refusal!(service_instance_update(world.api(), other.clone()).await, Validation);
    assert!(message.starts_with("IdempotentParameterMismatch"), "{message}");
    world.test.advance(ClientToken::LIFETIME + Duration::from_secs(1));
    service_instance_update(world.api(), other).await.expect("the token is free again");
    world.run().await;
    world.check();
}

#[tokio::test]
async fn of_two_racing_repeats_one_deploys() {
    let mut input = update("one", DeploymentType::CurrentVersion);
    input.client_token = Some("t".to_owned());
    // What the winner commits is learned in another world with the same ids.
    let theirs = with_shop(&["one"]).await;
    service_instance_update(theirs.api(), input.clone()).await.expect("idle");
    let token = Key::ClientToken("UpdateServiceInstance".to_owned(), "t".to_owned());
    let claimed: ClientToken = theirs.test.store.peek(&token).expect("claimed");
    let winner = instance(&theirs.test, "one");

    let world = with_shop(&["one"]).await;
    let deployments = world.test.store.all::<Deployment>().len();
    let committed = winner.clone();
    world.test.store.before_next_commit(move |store| {
        store.seed(claimed);
        store.seed(committed);
    });
    let view = service_instance_update(world.api(), input).await.expect("the same request");
    assert_eq!(view.instance, winner);
    assert_eq!(world.test.store.all::<Deployment>().len(), deployments, "nothing of the loser is left");
}

#[tokio::test]
async fn none_changes_nothing_and_takes_nothing() {
    let world = with_shop(&["one"]).await;
    let before = world.test.store.everything();
    service_instance_update(world.api(), update("one", DeploymentType::None)).await.expect("idle");
    let mut with_spec = update("one", DeploymentType::None);
    with_spec.spec = Some(service_spec(&[("one", "beta")]));
    refusal!(service_instance_update(world.api(), with_spec).await, Validation);
    let mut with_version = update("one", DeploymentType::None);
    with_version.version.minor = Some(0);
    refusal!(service_instance_update(world.api(), with_version).await, Validation);
    assert_eq!(world.test.store.everything(), before);
}

#[rstest]
#[case::no_section(service_spec(&[("two", "beta")]), "one")]
#[case::unknown_input(service_spec(&[("one", "beta")]).replace("size", "colour"), "colour")]
#[case::another_environment(service_spec(&[("one", "gamma")]), "can't move to 'gamma'")]
#[case::no_yaml("a: [".to_owned(), "")]
#[tokio::test]
async fn a_spec_that_does_not_fit_names_what_is_wrong(#[case] spec: String, #[case] named: &str) {
    let world = with_shop(&["one"]).await;
    let mut input = update("one", DeploymentType::CurrentVersion);
    input.spec = Some(spec);
    let message = refusal!(service_instance_update(world.api(), input).await, Validation);
    assert!(message.contains(named), "{message}");
}

#[tokio::test]
async fn other_sections_are_ignored_but_current_values_are_filled_in() {
    let mut world = with_shop(&["one", "two"]).await;
    let mut input = update("one", DeploymentType::CurrentVersion);
    let spec = service_spec(&[("one", "beta"), ("two", "nowhere")]);
    input.spec = Some(spec.replacen("small", "\"${Proton::CURRENT_VAL}\"", 1));
    service_instance_update(world.api(), input).await.expect("its own section is good");
    world.run().await;
    world.check();
    let service = service_get(world.api(), &records::name("shop")).await.expect("is there");
    assert_eq!(service.spec, service_spec(&[("one", "beta"), ("two", "beta")]));
}

#[tokio::test]
async fn unknown_instances_are_not_found() {
    let world = with_shop(&["one"]).await;
    refusal!(service_instance_update(world.api(), update("nix", DeploymentType::None)).await, NotFound);
    let (shop, nix) = (records::name("shop"), records::name("nix"));
    refusal!(service_instance_get(world.api(), &shop, &nix).await, NotFound);
    refusal!(service_instance_outputs(world.api(), &shop, &nix, None).await, NotFound);
    refusal!(service_instance_provisioned_resources(world.api(), &shop, &nix).await, NotFound);
}

#[tokio::test]
async fn what_is_in_progress_is_not_updated() {
    let mut world = with_shop(&["one", "two"]).await;
    let input = update("one", DeploymentType::CurrentVersion);
    service_instance_update(world.api(), input.clone()).await.expect("idle");
    let message = refusal!(service_instance_update(world.api(), input.clone()).await, Conflict);
    assert!(message.contains("IN_PROGRESS"), "{message}");
    world.run().await;
    service_delete(world.api(), &records::name("shop")).await.expect("idle");
    let message = refusal!(service_instance_update(world.api(), input.clone()).await, Conflict);
    assert!(message.contains("its service is DELETE_IN_PROGRESS"), "{message}");
    world.script.deletions.extend(["DELETE_FAILED"; 2]);
    world.run().await;
    let message = refusal!(service_instance_update(world.api(), input).await, Conflict);
    assert!(message.contains("DELETE_FAILED"), "{message}");
}

#[tokio::test]
async fn of_two_racing_updates_one_wins() {
    let world = with_shop(&["one"]).await;
    let mut theirs = instance(&world.test, "one");
    theirs.deployable.update(world.test.id(), world.test.now()).expect("idle");
    theirs.revision = theirs.revision.next();
    let deployments = world.test.store.all::<Deployment>().len();
    world.test.store.before_next_commit(move |store| store.seed(theirs));
    let result = service_instance_update(world.api(), update("one", DeploymentType::CurrentVersion)).await;
    refusal!(result, Conflict);
    assert_eq!(world.test.store.all::<Deployment>().len(), deployments);
}

#[tokio::test]
async fn instances_are_listed_by_service_and_environment() {
    let mut world = with_shop(&["one", "two"]).await;
    environment_create(world.api(), create_input("gamma")).await.expect("valid");
    world.run().await;
    service_create(world.api(), service_input("blog", &[("one", "gamma")])).await.expect("valid");
    let names = async |filter| {
        let page = PageRequest { limit: 100, after: None };
        let found = service_instance_list(world.api(), &filter, InstanceOrder::default(), &page)
            .await
            .expect("a page");
        found.items.iter().map(|item| format!("{}/{}", item.service, item.name)).collect::<Vec<_>>()
    };
    assert_eq!(names(InstanceFilter::default()).await, ["blog/one", "shop/one", "shop/two"]);
    let shop = InstanceFilter { services: vec![records::name("shop")], ..InstanceFilter::default() };
    assert_eq!(names(shop).await, ["shop/one", "shop/two"]);
    let gamma = InstanceFilter { environments: vec![records::name("gamma")], ..InstanceFilter::default() };
    assert_eq!(names(gamma).await, ["blog/one"]);
    let page = PageRequest { limit: 100, after: None };
    let unknown = InstanceFilter { services: vec![records::name("nix")], ..InstanceFilter::default() };
    refusal!(service_instance_list(world.api(), &unknown, InstanceOrder::default(), &page).await, NotFound);
}
