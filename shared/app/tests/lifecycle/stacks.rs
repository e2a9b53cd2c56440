//! What is done with stacks, whatever state they are found in (behaviour 7.2).

use protium_app::environment::{environment_create, environment_delete, environment_update};
use protium_app::ports::{CloudFormationError, StackStatus, StackTemplate};
use protium_app::target_version::DeploymentType;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::environment::Environment;
use protium_testkit::{FakeStack, StackCallKind, records};
use rstest::rstest;

use crate::environment::{create_input, stored, update_input, with_beta};
use crate::world::{ENVIRONMENT, World};

const OTHER_TEMPLATE: &str = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n";

async fn create(world: &mut World) {
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.run().await;
    world.check();
}

/// Deploys the template's next minor, so that the stack has to change.
async fn update(world: &mut World) {
    world.publish(ENVIRONMENT, "net", "1.1", OTHER_TEMPLATE);
    update_again(world).await;
}

async fn update_again(world: &mut World) {
    environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion)).await.expect("idle");
    world.run().await;
    world.check();
}

async fn redeploy(world: &mut World) {
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("idle");
    world.run().await;
    world.check();
}

async fn delete(world: &mut World) {
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    world.run().await;
    world.check();
}

fn status(world: &World) -> DeploymentStatus {
    stored(&world.test, "beta").deployable.status()
}

fn message(world: &World) -> String {
    stored(&world.test, "beta").deployable.status_message().unwrap_or_default().to_owned()
}

fn calls(world: &World, kind: StackCallKind) -> usize {
    world.test.cloudformation.calls_of(kind).len()
}

fn only_stack(world: &World) -> FakeStack {
    let stacks = world.test.cloudformation.stacks();
    let [stack] = stacks.as_slice() else { panic!("{} stacks", stacks.len()) };
    stack.clone()
}

fn set(world: &World, status: &str) {
    let arn = only_stack(world).arn;
    world.test.cloudformation.change(&arn, |stack| stack.status = StackStatus(status.to_owned()));
}

#[tokio::test]
async fn a_stack_is_made_from_the_rendered_text_with_name_tags_and_role() {
    let mut world = World::new();
    create(&mut world).await;
    let stack = only_stack(&world);
    assert_eq!(&stack.name[..stack.name.len() - 15], "AWSProton-beta-cloudformation--");
    let remembered = stored(&world.test, "beta").deployable.stack.expect("it has one");
    assert_eq!((remembered.name, remembered.arn), (stack.name, Some(stack.arn)));
    let StackTemplate::Body(body) = stack.template else { panic!("a short template goes inline") };
    assert!(body.contains("DisplayName: 'large'"), "{body}");
    let tags: Vec<_> = stack.tags.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(tags, ["proton:account", "proton:template", "proton:environment"]);
    assert!(world.test.cloudformation.calls().iter().all(|call| call.role_arn == records::ROLE_ARN));
}

#[rstest]
#[case::inline(51_200, true)]
#[case::by_url(51_201, false)]
#[tokio::test]
async fn a_long_template_goes_by_url(#[case] bytes: usize, #[case] inline: bool) {
    let mut world = World::new();
    let head = "Resources: {}\n# ";
    let text = format!("{head}{}", "x".repeat(bytes - head.len()));
    world.publish(ENVIRONMENT, "net", "1.1", &text);
    create(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    match only_stack(&world).template {
        StackTemplate::Body(body) => assert!(inline && body == text),
        StackTemplate::Url(url) => assert!(!inline && url.contains("rendered-template"), "{url}"),
    }
}

#[tokio::test]
async fn no_updates_are_a_success_with_outputs() {
    let mut world = with_beta().await;
    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    assert_eq!(calls(&world, StackCallKind::Update), 1);
    let beta = records::name("beta");
    let outputs = protium_app::environment::environment_outputs(world.api(), &beta, None).await;
    assert!(outputs.expect("deployed").contains_key("Endpoint"));
}

#[rstest]
#[case(1)]
#[case(2)]
#[case(3)]
#[case(7)]
#[tokio::test]
async fn descriptions_that_lag_behind_the_update_are_not_believed(#[case] looks: usize) {
    let mut world = with_beta().await;
    update(&mut world).await;
    world.publish(ENVIRONMENT, "net", "1.2", "Resources: {}\n");
    world.test.cloudformation.lag(looks);
    world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
    update_again(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed, "the earlier UPDATE_COMPLETE is no success");
    world.test.cloudformation.lag(looks);
    update_again(&mut world).await;
    assert_eq!(
        status(&world),
        DeploymentStatus::Succeeded,
        "the earlier UPDATE_ROLLBACK_COMPLETE is no failure"
    );
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.2");
}

#[tokio::test]
async fn an_update_keeps_the_stack() {
    let mut world = with_beta().await;
    let before = only_stack(&world);
    update(&mut world).await;
    assert_eq!((status(&world), only_stack(&world).arn), (DeploymentStatus::Succeeded, before.arn));
}

#[rstest]
#[case("ROLLBACK_COMPLETE")]
#[case("ROLLBACK_FAILED")]
#[case("CREATE_FAILED")]
#[tokio::test]
async fn a_creation_that_failed_says_why_and_is_replaced_by_the_next_deployment(
    #[case] ending: &'static str,
) {
    let mut world = World::new();
    world.script.creations.push_back(ending);
    create(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    let why = message(&world);
    assert!(why.contains(ending) && why.contains("Topic: the name is taken"), "{why}");
    assert_eq!(calls(&world, StackCallKind::Delete), 0, "what failed is left for people to look at");

    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    let stacks = world.test.cloudformation.stacks();
    let statuses: Vec<_> = stacks.iter().map(|stack| stack.status.0.as_str()).collect();
    assert_eq!(statuses, ["DELETE_COMPLETE", "CREATE_COMPLETE"]);
    let remembered = stored(&world.test, "beta").deployable.stack.expect("it has one");
    assert_eq!(remembered.arn.as_ref(), Some(&stacks[1].arn));
}

#[tokio::test]
async fn a_stack_that_can_t_be_cleared_away_fails_the_deployment() {
    let mut world = World::new();
    world.script.creations.push_back("ROLLBACK_FAILED");
    create(&mut world).await;
    world.script.deletions.push_back("DELETE_FAILED");
    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    assert!(message(&world).contains("DELETE_FAILED"));
    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn a_stack_deleted_by_hand_is_made_again_under_another_name() {
    let mut world = with_beta().await;
    let before = only_stack(&world).name;
    set(&world, "DELETE_COMPLETE");
    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    let after = stored(&world.test, "beta").deployable.stack.expect("it has one").name;
    assert_ne!(after, before);
    assert_eq!(calls(&world, StackCallKind::Create), 2);
}

#[tokio::test]
async fn a_stack_deleted_while_it_is_being_made_fails_the_deployment() {
    let mut world = World::new();
    world.script.creations.push_back("DELETE_COMPLETE");
    create(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    assert!(message(&world).contains("was deleted while it was being deployed"), "{}", message(&world));
}

#[rstest]
#[case::deaf(true)]
#[case::heard(false)]
#[tokio::test]
async fn a_stack_that_others_are_at_is_waited_for(#[case] deaf: bool) {
    let mut world = with_beta().await;
    world.deaf = deaf;
    set(&world, "UPDATE_IN_PROGRESS");
    update(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    assert_eq!(calls(&world, StackCallKind::Update), 1);
    assert_eq!(message(&world), "", "nothing is waited for any more");
    set(&world, "UPDATE_IN_PROGRESS");
    delete(&mut world).await;
    assert_eq!(calls(&world, StackCallKind::Delete), 1);
}

#[tokio::test]
async fn an_update_rollback_that_failed_says_how_to_go_on() {
    let mut world = with_beta().await;
    world.script.updates.push_back("UPDATE_ROLLBACK_FAILED");
    update(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    assert!(message(&world).contains("continue-update-rollback"), "{}", message(&world));
    world.script.rollbacks.push_back("UPDATE_ROLLBACK_FAILED");
    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    assert!(message(&world).contains("continue-update-rollback"), "{}", message(&world));
    update_again(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    assert_eq!(stored(&world.test, "beta").version.to_string(), "1.1");
    assert_eq!(calls(&world, StackCallKind::ContinueRollback), 2);
    set(&world, "UPDATE_ROLLBACK_FAILED");
    delete(&mut world).await;
    assert!(world.test.store.all::<Environment>().is_empty(), "deletion needs no rollback");
}

#[tokio::test]
async fn termination_protection_is_reported_and_can_be_lifted() {
    let mut world = with_beta().await;
    let refusal = "Stack [x] cannot be deleted while TerminationProtection is enabled";
    world.test.cloudformation.fail_next(StackCallKind::Delete, CloudFormationError::Refused(refusal.into()));
    delete(&mut world).await;
    assert_eq!((status(&world), message(&world).as_str()), (DeploymentStatus::DeleteFailed, refusal));
    delete(&mut world).await;
    assert!(world.test.store.all::<Environment>().is_empty());
}

#[tokio::test]
async fn a_template_that_cloudformation_refuses_fails_in_its_words() {
    let mut world = World::new();
    let refusal = "Template format error: Unresolved resource dependencies";
    world.test.cloudformation.fail_next(StackCallKind::Create, CloudFormationError::Refused(refusal.into()));
    create(&mut world).await;
    assert_eq!((status(&world), message(&world).as_str()), (DeploymentStatus::Failed, refusal));
    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    assert_eq!(world.test.cloudformation.stacks().len(), 1);
}

fn not_assumable() -> CloudFormationError {
    CloudFormationError::RoleNotAssumable {
        role_arn: records::ROLE_ARN.to_owned(),
        message: "AccessDenied".to_owned(),
    }
}

#[tokio::test]
async fn a_role_that_does_not_trust_protium_fails_with_the_statement_to_paste() {
    let mut world = World::new();
    world.test.cloudformation.fail_next(StackCallKind::Describe, not_assumable());
    create(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    let message = message(&world);
    let from = message.find('{').expect("a statement");
    let statement: serde_json::Value = serde_json::from_str(&message[from..]).expect("JSON");
    assert_eq!(statement["Action"], "sts:AssumeRole");
    assert_eq!(
        statement["Principal"]["AWS"],
        "arn:aws:iam::111122223333:role/protium-provisioning-principal"
    );
    assert_eq!(statement["Condition"]["StringEquals"]["sts:ExternalId"], "external-id");
    redeploy(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
}

#[tokio::test]
async fn what_was_never_made_needs_no_role_to_be_deleted() {
    let mut world = World::new();
    world.test.cloudformation.fail_next(StackCallKind::Describe, not_assumable());
    create(&mut world).await;
    world.test.cloudformation.fail_next(StackCallKind::Describe, not_assumable());
    delete(&mut world).await;
    assert!(world.test.store.all::<Environment>().is_empty());
    assert_eq!(calls(&world, StackCallKind::Describe), 1);
}

#[tokio::test]
async fn a_template_that_can_t_be_rendered_fails_the_deployment_and_names_the_place() {
    let mut world = World::new();
    world.publish(ENVIRONMENT, "net", "1.1", "Resources:\n  A: '{{ environment.inputs.nix }}'\n");
    create(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Failed);
    let why = message(&world);
    assert!(why.contains("infrastructure/cloudformation.yaml") && why.contains("nix"), "{why}");
    assert!(world.test.cloudformation.calls().is_empty());
    delete(&mut world).await;
    assert!(world.test.store.all::<Environment>().is_empty());
    assert!(world.test.cloudformation.calls().is_empty(), "there never was a stack");
}

#[tokio::test]
async fn deletion_finds_the_stack_gone() {
    let mut world = with_beta().await;
    set(&world, "DELETE_COMPLETE");
    delete(&mut world).await;
    assert!(world.test.store.all::<Environment>().is_empty());
    assert_eq!(calls(&world, StackCallKind::Delete), 0);
}

#[tokio::test]
async fn lost_news_only_delays() {
    let mut world = World::new();
    world.deaf = true;
    create(&mut world).await;
    update(&mut world).await;
    assert_eq!(status(&world), DeploymentStatus::Succeeded);
    delete(&mut world).await;
    assert!(world.test.store.all::<Environment>().is_empty());
}
