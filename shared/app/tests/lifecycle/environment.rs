//! CreateEnvironment, and reading environments.

use protium_app::PageRequest;
use protium_app::environment::{
    EnvironmentCreate, EnvironmentUpdate, environment_create, environment_get, environment_list,
    environment_outputs, environment_provisioned_resources, environment_update,
};
use protium_app::ports::{Key, ListQuery, StoreExt};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::{Environment, EnvironmentRoles};
use protium_domain::reference::{Reference, Referent};
use protium_domain::tag::Tags;
use protium_domain::template::Template;
use protium_domain::template_version::{CompatibleEnvironmentTemplate, TemplateVersion};
use protium_domain::version::VersionNumber;
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::refusal;
use crate::world::{ENVIRONMENT, World};

pub(crate) const SPEC: &str = "proton: EnvironmentSpec\nspec:\n  size: large\n";

pub(crate) fn roles() -> EnvironmentRoles {
    EnvironmentRoles {
        proton_service_role_arn: Some(records::ROLE_ARN.to_owned()),
        component_role_arn: Some(records::ROLE_ARN.to_owned()),
        ..EnvironmentRoles::default()
    }
}

pub(crate) fn create_input(name: &str) -> EnvironmentCreate {
    EnvironmentCreate {
        name: records::name(name),
        description: Some("for tests".to_owned()),
        template: records::name("net"),
        major: 1,
        minor: None,
        spec: SPEC.to_owned(),
        roles: roles(),
        connection_id: None,
        has_repository: false,
        tags: Tags::default(),
    }
}

pub(crate) fn update_input(name: &str, deployment_type: DeploymentType) -> EnvironmentUpdate {
    EnvironmentUpdate {
        name: records::name(name),
        description: None,
        deployment_type,
        version: VersionChoice::default(),
        spec: None,
        roles: EnvironmentRoles::default(),
        connection_id: None,
        has_repository: false,
    }
}

pub(crate) fn stored(test: &TestApp, name: &str) -> Environment {
    test.store.peek(&Key::Environment(records::name(name))).expect("the environment is there")
}

/// The versions of `net` that `beta` keeps from being deleted.
pub(crate) async fn versions_in_use(test: &TestApp) -> Vec<String> {
    let mut used = Vec::new();
    for number in ["1.0", "1.1", "2.0"] {
        let version = number.parse().expect("a version");
        let referent = Referent::TemplateVersion { kind: ENVIRONMENT, name: records::name("net"), version };
        let page = PageRequest { limit: 100, after: None };
        let found = test.app.store.page::<Reference>(&ListQuery::References(referent), &page).await;
        used.extend(found.expect("a page").items.iter().map(|_| number.to_owned()));
    }
    used
}

/// Makes the template `net` customer-managed.
pub(crate) fn manage_by_customer(test: &TestApp) {
    let key = Key::Template(ENVIRONMENT, records::name("net"));
    let mut template: Template = test.store.peek(&key).expect("is there");
    template.customer_managed = true;
    test.seed(template);
}

/// A world with the environment `beta`, deployed.
pub(crate) async fn with_beta() -> World {
    let mut world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.run().await;
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
    world
}

#[tokio::test]
async fn a_new_environment_is_in_progress_until_its_stack_is_made() {
    let mut world = World::new();
    let view = environment_create(world.api(), create_input("beta")).await.expect("valid");
    let deployable = &view.environment.deployable;
    assert_eq!(deployable.status(), DeploymentStatus::InProgress);
    assert_eq!((view.spec.as_str(), view.environment.version.to_string().as_str()), (SPEC, "1.0"));
    assert_eq!((deployable.last_succeeded_at, &deployable.last_succeeded_deployment_id), (None, &None));
    assert_eq!(versions_in_use(&world.test).await, ["1.0"]);

    world.run().await;
    world.check();
    let after = stored(&world.test, "beta").deployable;
    assert_eq!(after.status(), DeploymentStatus::Succeeded);
    assert_eq!(after.last_succeeded_at, Some(after.last_attempted_at));
    assert_eq!(after.last_succeeded_deployment_id, Some(after.last_attempted_deployment_id));
    assert_eq!(world.told("environment/beta"), ["IN_PROGRESS", "SUCCEEDED"]);
}

#[tokio::test]
async fn outputs_and_resources_are_those_of_the_last_success() {
    let world = with_beta().await;
    let beta = records::name("beta");
    let outputs = environment_outputs(world.api(), &beta, None).await.expect("deployed");
    assert_eq!(outputs.get("Endpoint").map(String::as_str), Some("https://x"));
    let resources = environment_provisioned_resources(world.api(), &beta).await.expect("deployed");
    assert_eq!((resources[0].name.as_str(), resources[0].identifier.as_str()), ("Topic", "topic-1"));
    let other = world.test.id();
    refusal!(environment_outputs(world.api(), &beta, Some(&other)).await, NotFound);
    refusal!(environment_outputs(world.api(), &records::name("gamma"), None).await, NotFound);
}

#[tokio::test]
async fn before_the_first_success_there_are_no_outputs() {
    let world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    let beta = records::name("beta");
    assert!(environment_outputs(world.api(), &beta, None).await.expect("known").is_empty());
    assert!(environment_provisioned_resources(world.api(), &beta).await.expect("known").is_empty());
}

#[tokio::test]
async fn the_same_request_again_answers_with_the_original() {
    let world = World::new();
    let first = environment_create(world.api(), create_input("beta")).await.expect("valid");
    let before = world.test.store.everything();
    let again = environment_create(world.api(), create_input("beta")).await.expect("the same");
    assert_eq!(again, first);
    assert_eq!(world.test.store.everything(), before, "nothing happened");
}

#[rstest]
#[case::spec(|input: &mut EnvironmentCreate| input.spec.push('\n'))]
#[case::description(|input: &mut EnvironmentCreate| input.description = None)]
#[case::minor(|input: &mut EnvironmentCreate| input.minor = Some(0))]
#[case::tags(|input: &mut EnvironmentCreate| input.tags = Tags::new([("a".to_owned(), "b".to_owned())]).expect("valid"))]
#[tokio::test]
async fn another_request_for_the_same_name_is_a_mismatch(#[case] change: fn(&mut EnvironmentCreate)) {
    let world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    let mut other = create_input("beta");
    change(&mut other);
    let message = refusal!(environment_create(world.api(), other).await, Validation);
    assert!(message.starts_with("IdempotentParameterMismatch"), "{message}");
}

#[tokio::test]
async fn a_repeat_after_an_update_is_a_conflict() {
    let world = with_beta().await;
    let mut update = update_input("beta", DeploymentType::None);
    update.description = Some("other".to_owned());
    environment_update(world.api(), update).await.expect("idle");
    refusal!(environment_create(world.api(), create_input("beta")).await, Conflict);
}

#[rstest]
#[case::same("for tests", true)]
#[case::other("somebody else's", false)]
#[tokio::test]
async fn of_two_that_race_for_a_name_one_wins(#[case] description: &str, #[case] same: bool) {
    // What the winner commits is learned in another world with the same ids.
    let theirs = World::new();
    let mut input = create_input("beta");
    input.description = Some(description.to_owned());
    environment_create(theirs.api(), input).await.expect("valid");
    let winner = stored(&theirs.test, "beta");

    let world = World::new();
    let committed = winner.clone();
    world.test.store.before_next_commit(move |store| store.seed(committed));
    let result = environment_create(world.api(), create_input("beta")).await;
    if same {
        assert_eq!(result.expect("the winner's").environment, winner);
    } else {
        refusal!(result, Validation);
    }
}

#[rstest]
#[case::recommended(None, "1.1")]
#[case::older(Some(0), "1.0")]
#[case::draft(Some(2), "1.2")]
#[tokio::test]
async fn the_minor_is_the_recommended_one_or_the_one_asked_for(
    #[case] minor: Option<u64>,
    #[case] expected: &str,
) {
    let world = World::new();
    world.publish(ENVIRONMENT, "net", "1.1", "Resources: {}\n");
    world.register(ENVIRONMENT, "net", VersionNumber::new(1, 2), "Resources: {}\n");
    let input = EnvironmentCreate { minor, ..create_input("beta") };
    let view = environment_create(world.api(), input).await.expect("valid");
    assert_eq!(view.environment.version.to_string(), expected);
}

#[rstest]
#[case::template(|input: &mut EnvironmentCreate| input.template = records::name("nix"))]
#[case::major(|input: &mut EnvironmentCreate| input.major = 2)]
#[case::minor(|input: &mut EnvironmentCreate| input.minor = Some(7))]
#[tokio::test]
async fn an_unknown_template_or_version_is_not_found(#[case] change: fn(&mut EnvironmentCreate)) {
    let world = World::new();
    let mut input = create_input("beta");
    change(&mut input);
    refusal!(environment_create(world.api(), input).await, NotFound);
    assert!(world.test.store.all::<Environment>().is_empty());
}

#[rstest]
#[case::type_mismatch("proton: EnvironmentSpec\nspec:\n  size: [1]\n", "size")]
#[case::unknown_input("proton: EnvironmentSpec\nspec:\n  colour: red\n", "colour")]
#[case::service_spec("proton: ServiceSpec\ninstances: []\n", "must be EnvironmentSpec")]
#[case::no_current_value("proton: EnvironmentSpec\nspec:\n  size: \"${Proton::CURRENT_VAL}\"\n", "size")]
#[tokio::test]
async fn a_spec_that_does_not_fit_names_what_is_wrong(#[case] spec: &str, #[case] named: &str) {
    let world = World::new();
    let input = EnvironmentCreate { spec: spec.to_owned(), ..create_input("beta") };
    let message = refusal!(environment_create(world.api(), input).await, Validation);
    assert!(message.contains(named), "{message}");
}

#[rstest]
#[case::none(EnvironmentRoles::default(), "protonServiceRoleArn")]
#[case::not_allowed(
    EnvironmentRoles { proton_service_role_arn: Some("arn:aws:iam::111122223333:role/admin".into()), ..EnvironmentRoles::default() },
    "ProvisioningRoleArns"
)]
#[case::component_not_allowed(
    EnvironmentRoles { component_role_arn: Some("arn:aws:iam::111122223333:role/admin".into()), ..roles() },
    "role/admin"
)]
#[case::codebuild_not_allowed(
    EnvironmentRoles { codebuild_role_arn: Some("arn:aws:iam::111122223333:role/admin".into()), ..roles() },
    "role/admin"
)]
#[tokio::test]
async fn roles_are_needed_and_checked_against_the_allow_list(
    #[case] roles: EnvironmentRoles,
    #[case] named: &str,
) {
    let world = World::new();
    let input = EnvironmentCreate { roles, ..create_input("beta") };
    let message = refusal!(environment_create(world.api(), input).await, Validation);
    assert!(message.contains(named), "{message}");
}

#[tokio::test]
async fn provisioning_of_later_releases_is_named() {
    let world = World::new();
    let by_pull_request = EnvironmentCreate { has_repository: true, ..create_input("beta") };
    let message = refusal!(environment_create(world.api(), by_pull_request).await, NotImplemented);
    assert!(message.starts_with("provisioningRepository"), "{message}");
}

#[tokio::test]
async fn a_version_that_is_being_registered_can_t_be_deployed() {
    let world = World::new();
    let number = VersionNumber::new(1, 1);
    world.register(ENVIRONMENT, "net", number, "Resources: {}\n");
    world.test.seed(records::version_registering(ENVIRONMENT, "net", number, world.test.now()));
    let input = EnvironmentCreate { minor: Some(1), ..create_input("beta") };
    let message = refusal!(environment_create(world.api(), input).await, Validation);
    assert!(message.contains("REGISTRATION_IN_PROGRESS"), "{message}");
}

#[tokio::test]
async fn a_version_that_somebody_begins_to_delete_meanwhile_is_not_used() {
    let world = World::new();
    let key = Key::TemplateVersion(ENVIRONMENT, records::name("net"), VersionNumber::new(1, 0));
    let gone = key.clone();
    let version: TemplateVersion = world.test.store.peek(&key).expect("is there");
    assert!(version.status().is_deployable());
    world.test.store.before_next_commit(move |store| store.unseed(&gone));
    refusal!(environment_create(world.api(), create_input("beta")).await, NotFound);
    assert!(world.test.store.all::<Environment>().is_empty());
    assert!(world.test.store.all::<Reference>().is_empty());
}

#[tokio::test]
async fn a_customer_managed_environment_succeeds_at_once() {
    let mut world = World::new();
    manage_by_customer(&world.test);
    let view = environment_create(world.api(), create_input("beta")).await.expect("valid");
    assert_eq!(view.environment.deployable.status(), DeploymentStatus::Succeeded);
    world.run().await;
    world.check();
    assert_eq!(world.told("environment/beta"), ["IN_PROGRESS", "SUCCEEDED"]);
    assert!(world.test.cloudformation.calls().is_empty());
    let outputs = environment_outputs(world.api(), &records::name("beta"), None).await.expect("known");
    assert_eq!(outputs.get("size").map(String::as_str), Some("large"), "its inputs act as outputs");
}

#[tokio::test]
async fn a_long_spec_lies_beside_the_record() {
    let world = World::new();
    let spec = format!("{SPEC}# {}\n", "x".repeat(10_000));
    let input = EnvironmentCreate { spec: spec.clone(), ..create_input("beta") };
    environment_create(world.api(), input).await.expect("valid");
    let view = environment_get(world.api(), &records::name("beta")).await.expect("is there");
    assert_eq!(view.spec, spec);
    assert_eq!(world.test.artifacts.keys().iter().filter(|key| key.starts_with("documents/")).count(), 1);
}

#[tokio::test]
async fn environments_are_listed_by_name_and_filtered_by_template() {
    let world = World::new();
    for name in ["gamma", "alpha", "beta"] {
        environment_create(world.api(), create_input(name)).await.expect("valid");
    }
    let names = async |templates: Vec<CompatibleEnvironmentTemplate>| {
        let page = PageRequest { limit: 2, after: None };
        let first = environment_list(world.api(), templates.clone(), &page).await.expect("a page");
        let mut names: Vec<String> = first.items.iter().map(|item| item.name.to_string()).collect();
        if let Some(after) = first.next {
            let page = PageRequest { limit: 2, after: Some(after) };
            let rest = environment_list(world.api(), templates, &page).await.expect("a page");
            names.extend(rest.items.iter().map(|item| item.name.to_string()));
        }
        names
    };
    let of = |template: &str, major_version| CompatibleEnvironmentTemplate {
        template_name: records::name(template),
        major_version,
    };
    assert_eq!(names(Vec::new()).await, ["alpha", "beta", "gamma"]);
    assert_eq!(names(vec![of("other", 1), of("net", 1)]).await, ["alpha", "beta", "gamma"]);
    assert!(names(vec![of("net", 2)]).await.is_empty());
    refusal!(environment_get(world.api(), &records::name("delta")).await, NotFound);
}
