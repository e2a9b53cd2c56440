//! UpdateEnvironment.

use protium_app::environment::{EnvironmentUpdate, environment_create, environment_get, environment_update};
use protium_app::ports::Key;
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, TargetState};
use protium_domain::environment::EnvironmentRoles;
use protium_testkit::{StackCallKind, records};
use rstest::rstest;

use crate::environment::{
    SPEC, create_input, manage_by_customer, stored, update_input, versions_in_use, with_beta,
};
use crate::refusal;
use crate::world::{ENVIRONMENT, World};

const OTHER_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";
const OTHER_ROLE: &str = "arn:aws:iam::111122223333:role/protium/other";

fn to_minor(name: &str) -> EnvironmentUpdate {
    update_input(name, DeploymentType::MinorVersion)
}

fn deployment(world: &World) -> Deployment {
    let id = stored(&world.test, "beta").deployable.last_attempted_deployment_id;
    world.test.store.peek(&Key::Deployment(id)).expect("is there")
}

#[tokio::test]
async fn version_and_spec_change_when_the_deployment_succeeds() {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    let spec = "proton: EnvironmentSpec\nspec:\n  size: small\n";
    let input = EnvironmentUpdate { spec: Some(spec.to_owned()), ..to_minor("beta") };
    let view = environment_update(world.api(), input).await.expect("idle");
    assert_eq!(view.environment.deployable.status(), DeploymentStatus::InProgress);
    assert_eq!((view.environment.version.to_string().as_str(), view.spec.as_str()), ("1.0", SPEC));
    let version = |state: &TargetState| state.template().expect("of an environment").version.to_string();
    let Deployment { initial_state, target_state, .. } = deployment(&world);
    assert_eq!(version(&target_state), "1.1");
    assert_eq!(version(&initial_state.expect("it succeeded once")), "1.0");
    assert_eq!(versions_in_use(&world.test).await, ["1.0", "1.1"]);

    world.run().await;
    world.check();
    let view = environment_get(world.api(), &records::name("beta")).await.expect("is there");
    assert_eq!((view.environment.version.to_string().as_str(), view.spec.as_str()), ("1.1", spec));
    assert_eq!(versions_in_use(&world.test).await, ["1.1"]);
    assert_eq!(world.told("environment/beta"), ["IN_PROGRESS", "SUCCEEDED", "IN_PROGRESS", "SUCCEEDED"]);
    assert_eq!(world.test.cloudformation.calls_of(StackCallKind::Update).len(), 1);
}

#[tokio::test]
async fn a_failed_update_leaves_the_environment_as_it_was() {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    let before = stored(&world.test, "beta");
    environment_update(world.api(), to_minor("beta")).await.expect("idle");
    world.run().await;
    world.check();
    let after = stored(&world.test, "beta");
    assert_eq!(after.deployable.status(), DeploymentStatus::Failed);
    assert!(after.deployable.status_message().is_some_and(|message| message.contains("the name is taken")));
    assert_eq!((after.version, after.spec), (before.version, before.spec));
    assert_eq!(after.deployable.last_succeeded_deployment_id, before.deployable.last_succeeded_deployment_id);
    assert_eq!(versions_in_use(&world.test).await, ["1.0"]);

    // And the next one works (trap #46).
    environment_update(world.api(), to_minor("beta")).await.expect("a failed one may be updated");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.1");
    assert_eq!(versions_in_use(&world.test).await, ["1.1"]);
}

#[tokio::test]
async fn initial_state_is_absent_until_the_first_success() {
    let mut world = World::new();
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    assert_eq!(deployment(&world).initial_state, None);
    world.run().await;
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("failed");
    assert_eq!(deployment(&world).initial_state, None);
    world.run().await;
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("idle");
    assert!(deployment(&world).initial_state.is_some());
    world.run().await;
    world.check();
}

#[tokio::test]
async fn current_values_are_those_of_the_stored_spec() {
    let mut world = with_beta().await;
    let spec = "proton: EnvironmentSpec\nspec:\n  size: \"${Proton::CURRENT_VAL}\"\n# edited\n";
    let mut input = update_input("beta", DeploymentType::CurrentVersion);
    input.spec = Some(spec.to_owned());
    environment_update(world.api(), input).await.expect("idle");
    world.run().await;
    let view = environment_get(world.api(), &records::name("beta")).await.expect("is there");
    assert_eq!(view.spec, "proton: EnvironmentSpec\nspec:\n  size: large\n# edited\n");
}

#[tokio::test]
async fn none_changes_description_and_roles_only() {
    let world = with_beta().await;
    let mut input = update_input("beta", DeploymentType::None);
    input.description = Some("other".to_owned());
    input.roles.component_role_arn = Some(OTHER_ROLE.to_owned());
    let view = environment_update(world.api(), input).await.expect("idle");
    assert_eq!(view.environment.deployable.status(), DeploymentStatus::Succeeded);
    let after = stored(&world.test, "beta");
    assert_eq!(after.description.as_deref(), Some("other"));
    assert_eq!(after.roles.component_role_arn.as_deref(), Some(OTHER_ROLE));
    assert_eq!(after.roles.proton_service_role_arn.as_deref(), Some(records::ROLE_ARN), "absent stays");
    assert!(world.test.drain_intents().is_empty());
    assert_eq!(world.test.store.all::<Deployment>().len(), 1);
}

#[rstest]
#[case::none_major(DeploymentType::None, Some(1), None)]
#[case::none_minor(DeploymentType::None, None, Some(0))]
#[case::current(DeploymentType::CurrentVersion, None, Some(0))]
#[case::minor_of_another_major(DeploymentType::MinorVersion, Some(2), None)]
#[case::same_major(DeploymentType::MajorVersion, Some(1), None)]
#[case::no_higher_major(DeploymentType::MajorVersion, None, None)]
#[tokio::test]
async fn version_members_that_the_type_refuses_are_invalid(
    #[case] deployment_type: DeploymentType,
    #[case] major: Option<u64>,
    #[case] minor: Option<u64>,
) {
    let world = with_beta().await;
    let mut input = update_input("beta", deployment_type);
    input.version = VersionChoice { major, minor };
    let message = refusal!(environment_update(world.api(), input).await, Validation);
    assert!(message.starts_with("deploymentType"), "{message}");
}

#[tokio::test]
async fn none_takes_no_spec() {
    let world = with_beta().await;
    let input =
        EnvironmentUpdate { spec: Some(SPEC.to_owned()), ..update_input("beta", DeploymentType::None) };
    refusal!(environment_update(world.api(), input).await, Validation);
}

#[tokio::test]
async fn a_higher_major_is_gone_to_and_an_unknown_version_is_not_found() {
    let mut world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "2.0", OTHER_TEMPLATE);
    let mut unknown = update_input("beta", DeploymentType::MajorVersion);
    unknown.version = VersionChoice { major: Some(2), minor: Some(5) };
    refusal!(environment_update(world.api(), unknown).await, NotFound);
    environment_update(world.api(), update_input("beta", DeploymentType::MajorVersion)).await.expect("idle");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "beta").version.to_string(), "2.0");
    assert_eq!(versions_in_use(&world.test).await, ["2.0"]);
}

#[rstest]
#[case::environment(|_: &mut EnvironmentUpdate| {}, "gamma")]
#[tokio::test]
async fn an_unknown_environment_is_not_found(#[case] change: fn(&mut EnvironmentUpdate), #[case] name: &str) {
    let world = World::new();
    let mut input = update_input(name, DeploymentType::None);
    change(&mut input);
    let message = refusal!(environment_update(world.api(), input).await, NotFound);
    assert!(message.contains("environment/gamma"), "{message}");
}

#[rstest]
#[case::role(EnvironmentUpdate { roles: EnvironmentRoles { proton_service_role_arn: Some("arn:aws:iam::111122223333:role/admin".into()), ..EnvironmentRoles::default() }, ..update_input("beta", DeploymentType::None) })]
#[case::spec(EnvironmentUpdate { spec: Some("proton: EnvironmentSpec\nspec:\n  size: 7\n  x: 1\n".into()), ..update_input("beta", DeploymentType::CurrentVersion) })]
#[tokio::test]
async fn what_creation_refuses_an_update_refuses_too(#[case] input: EnvironmentUpdate) {
    let world = with_beta().await;
    let before = world.test.store.everything();
    refusal!(environment_update(world.api(), input).await, Validation);
    assert_eq!(world.test.store.everything(), before);
}

#[rstest]
#[case(DeploymentType::None)]
#[case(DeploymentType::CurrentVersion)]
#[tokio::test]
async fn while_a_deployment_is_in_progress_an_update_is_a_conflict(#[case] deployment_type: DeploymentType) {
    let world = World::new();
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    let message =
        refusal!(environment_update(world.api(), update_input("beta", deployment_type)).await, Conflict);
    assert!(message.contains("IN_PROGRESS"), "{message}");
}

#[tokio::test]
async fn of_two_racing_updates_one_wins_and_the_other_sees_it() {
    let world = with_beta().await;
    let mut theirs = stored(&world.test, "beta");
    theirs.deployable.update(world.test.id(), world.test.now()).expect("idle");
    theirs.revision = theirs.revision.next();
    world.test.store.before_next_commit(move |store| store.seed(theirs));
    let result = environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion)).await;
    refusal!(result, Conflict);
    assert_eq!(world.test.store.all::<Deployment>().len(), 1, "nothing of the loser is left");
}

#[tokio::test]
async fn an_update_that_loses_to_a_harmless_change_decides_again() {
    let mut world = with_beta().await;
    let mut theirs = stored(&world.test, "beta");
    theirs.description = Some("theirs".to_owned());
    theirs.revision = theirs.revision.next();
    world.test.store.before_next_commit(move |store| store.seed(theirs));
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("idle");
    assert_eq!(stored(&world.test, "beta").description.as_deref(), Some("theirs"));
    world.run().await;
    world.check();
}

#[tokio::test]
async fn a_customer_managed_environment_is_updated_at_once() {
    let mut world = World::new();
    manage_by_customer(&world.test);
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    let view = environment_update(world.api(), to_minor("beta")).await.expect("idle");
    assert_eq!(view.environment.deployable.status(), DeploymentStatus::Succeeded);
    assert_eq!(view.environment.version.to_string(), "1.1");
    assert_eq!(versions_in_use(&world.test).await, ["1.1"]);
    world.run().await;
    world.check();
    assert_eq!(world.told("environment/beta"), ["IN_PROGRESS", "SUCCEEDED", "IN_PROGRESS", "SUCCEEDED"]);
    assert!(world.test.cloudformation.calls().is_empty());
}
