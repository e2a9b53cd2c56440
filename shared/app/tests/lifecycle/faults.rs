//! Every call to every port fails in turn, every step runs twice, executions die after every step: the work ends as if
//! nothing had happened.

use protium_app::component::{AttachmentChange, component_create, component_delete, component_update};
use protium_app::environment::{
    environment_cancel, environment_create, environment_delete, environment_update,
};
use protium_app::force_delete::force_delete;
use protium_app::service::{service_create, service_delete, service_update};
use protium_app::service_instance::{
    ServiceInstanceUpdate, service_instance_create, service_instance_update,
};
use protium_app::service_pipeline::{service_pipeline_cancel, service_pipeline_update};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Retention;
use protium_testkit::{FaultTime, Faults, records};
use rstest::rstest;

use crate::cancel::{beta_updating_stack, pipeline_updating_stack};
use crate::component::{attach, change_component, create_component, with_queue};
use crate::environment::{create_input, stored, update_input, with_beta};
use crate::forced::beta_undeletable;
use crate::pipeline::{piped_input, piped_spec, pipeline_update, with_piped, with_piped_shop};
use crate::service::{service_input, service_spec, with_shop};
use crate::service_instance_create::create_instance;
use crate::service_update::piped_update;
use crate::world::{ENVIRONMENT, Script, Step, World};

/// A request that was accepted; its work is still to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Story {
    EnvironmentCreated,
    EnvironmentCreationFails,
    EnvironmentStackVanishes,
    EnvironmentUpdated,
    EnvironmentUpdateFails,
    EnvironmentRollbackContinued,
    EnvironmentCancelledEarly,
    EnvironmentCancelled,
    EnvironmentCancelledLate,
    EnvironmentCancellationFails,
    EnvironmentRedeployed,
    EnvironmentReplaced,
    EnvironmentDeleted,
    EnvironmentDeletionFails,
    EnvironmentDeletedByForce,
    EnvironmentForgotten,
    ServiceCreated,
    ServiceCreationFails,
    ServiceCreationAndCleanUpFail,
    ServiceDeleted,
    PipelineCreated,
    PipelineNeverBegun,
    PipelineCreationFails,
    PipelineUpdated,
    ServiceUpdated,
    ServiceUpdateFails,
    ServiceRemovalFails,
    ServicePipelineFails,
    ServiceCreatedAnew,
    InstanceCreated,
    InstanceUpdated,
    PipelineCancelled,
    ComponentAttached,
    ComponentAttachmentFails,
    ComponentDetached,
    ComponentDetachmentFails,
    ComponentDeleted,
}

impl Story {
    /// Debug builds keep room for every arm of a function on the stack, so that there is one for each family.
    async fn begin(self) -> World {
        if let Some(world) = Box::pin(self.begin_environment()).await {
            return world;
        }
        if let Some(world) = Box::pin(self.begin_service()).await {
            return world;
        }
        Box::pin(self.begin_part()).await.expect("every story is of one family")
    }

    /// Stories of environments.
    async fn begin_environment(self) -> Option<World> {
        Some(match self {
            Self::EnvironmentCreated => beta_creating(&[]).await,
            Self::EnvironmentCreationFails => beta_creating(&["ROLLBACK_COMPLETE"]).await,
            Self::EnvironmentStackVanishes => beta_creating(&["DELETE_COMPLETE"]).await,
            Self::EnvironmentUpdated => beta_updating(DeploymentType::MinorVersion).await,
            Self::EnvironmentUpdateFails => {
                let mut world = beta_updating(DeploymentType::MinorVersion).await;
                world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
                world
            }
            Self::EnvironmentRollbackContinued => {
                let mut world = beta_updating(DeploymentType::MinorVersion).await;
                world.script.updates.push_back("UPDATE_ROLLBACK_FAILED");
                world.run().await;
                environment_update(world.api(), update_input("beta", DeploymentType::MinorVersion))
                    .await
                    .expect("failed");
                world
            }
            Self::EnvironmentCancelledEarly => {
                let world = beta_updating(DeploymentType::MinorVersion).await;
                environment_cancel(world.api(), &records::name("beta")).await.expect("in progress");
                world
            }
            Self::EnvironmentCancelled => beta_cancelling().await,
            Self::EnvironmentCancelledLate => {
                let world = beta_cancelling().await;
                let arn = world.test.cloudformation.stacks()[0].arn.clone();
                world.test.cloudformation.finish(&arn, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", &[]);
                world
            }
            Self::EnvironmentCancellationFails => {
                let mut world = beta_cancelling().await;
                world.script.rollbacks.push_back("UPDATE_ROLLBACK_FAILED");
                world
            }
            Self::EnvironmentRedeployed => beta_updating(DeploymentType::CurrentVersion).await,
            Self::EnvironmentReplaced => {
                let mut world = beta_creating(&["ROLLBACK_COMPLETE"]).await;
                world.run().await;
                let input = update_input("beta", DeploymentType::CurrentVersion);
                environment_update(world.api(), input).await.expect("idle");
                world
            }
            Self::EnvironmentDeleted => beta_deleting(&[]).await,
            Self::EnvironmentDeletionFails => beta_deleting(&["DELETE_FAILED"]).await,
            Self::EnvironmentDeletedByForce => beta_forced(Retention::FailedResources).await,
            Self::EnvironmentForgotten => beta_forced(Retention::Stack).await,
            _ => return None,
        })
    }

    /// Stories of services and their pipelines.
    async fn begin_service(self) -> Option<World> {
        Some(match self {
            Self::ServiceCreated => shop_creating(&[], &[]).await,
            Self::ServiceCreationFails => shop_creating(&["ROLLBACK_COMPLETE"], &[]).await,
            Self::ServiceCreationAndCleanUpFail => {
                shop_creating(&["ROLLBACK_COMPLETE"], &["DELETE_FAILED"]).await
            }
            Self::ServiceDeleted => {
                let world = with_shop(&["one", "two"]).await;
                service_delete(world.api(), &records::name("shop")).await.expect("idle");
                world
            }
            Self::PipelineCancelled => {
                let world = pipeline_updating_stack().await;
                service_pipeline_cancel(world.api(), &records::name("shop")).await.expect("in progress");
                world
            }
            Self::PipelineCreated => piped_creating(&[]).await,
            Self::PipelineNeverBegun => piped_creating(&["ROLLBACK_COMPLETE"]).await,
            Self::PipelineCreationFails => piped_creating(&["CREATE_COMPLETE", "ROLLBACK_COMPLETE"]).await,
            Self::PipelineUpdated => {
                let world = with_piped_shop(&["one"]).await;
                let input = pipeline_update(DeploymentType::CurrentVersion, piped_spec(&[], "lib"));
                service_pipeline_update(world.api(), input).await.expect("idle");
                world
            }
            Self::ServiceUpdated => shop_updating(Script::default()).await,
            Self::ServiceUpdateFails => {
                let creations = ["ROLLBACK_COMPLETE"].into();
                shop_updating(Script { creations, ..Script::default() }).await
            }
            Self::ServiceRemovalFails => {
                let deletions = ["DELETE_FAILED"].into();
                shop_updating(Script { deletions, ..Script::default() }).await
            }
            Self::ServicePipelineFails => {
                let updates = ["UPDATE_ROLLBACK_COMPLETE"].into();
                shop_updating(Script { updates, ..Script::default() }).await
            }
            Self::ServiceCreatedAnew => {
                let mut world = piped_creating(&["ROLLBACK_COMPLETE"]).await;
                world.run().await;
                world.test.advance(std::time::Duration::from_secs(1));
                service_update(world.api(), piped_update(&["one", "two"])).await.expect("never stuck");
                world
            }
            _ => return None,
        })
    }

    /// Stories of instances and components.
    async fn begin_part(self) -> Option<World> {
        Some(match self {
            Self::InstanceCreated => {
                let world = with_shop(&["one"]).await;
                service_instance_create(world.api(), create_instance("three")).await.expect("valid");
                world
            }
            Self::ComponentAttached => {
                let world = with_shop(&["one"]).await;
                component_create(world.api(), create_component("queue", Some("one"))).await.expect("valid");
                world
            }
            Self::ComponentAttachmentFails => {
                let mut world = with_queue(false).await;
                world.script.updates.push_back("UPDATE_ROLLBACK_COMPLETE");
                queue_changing(world, attach("one")).await
            }
            Self::ComponentDetached => queue_changing(with_queue(true).await, AttachmentChange::Detach).await,
            Self::ComponentDetachmentFails => {
                let mut world = with_queue(true).await;
                world.script.updates.push_back("UPDATE_ROLLBACK_FAILED");
                queue_changing(world, AttachmentChange::Detach).await
            }
            Self::ComponentDeleted => {
                let world = with_queue(false).await;
                component_delete(world.api(), &records::name("queue")).await.expect("idle");
                world
            }
            Self::InstanceUpdated => {
                let world = with_shop(&["one"]).await;
                let input = ServiceInstanceUpdate {
                    service: records::name("shop"),
                    name: records::name("one"),
                    deployment_type: DeploymentType::CurrentVersion,
                    version: VersionChoice::default(),
                    spec: Some(service_spec(&[("one", "beta")]).replace("small", "large")),
                    client_token: None,
                };
                service_instance_update(world.api(), input).await.expect("idle");
                world
            }
            _ => return None,
        })
    }

    /// The story without any trouble: how it ends.
    async fn untroubled(self) -> (World, Vec<String>) {
        let mut world = self.begin().await;
        world.run().await;
        world.check();
        let ending = world.ending();
        (world, ending)
    }
}

async fn beta_forced(retention: Retention) -> World {
    let world = beta_undeletable().await;
    let beta = "arn:aws:proton:eu-west-1:111122223333:environment/beta";
    force_delete(world.api(), beta, retention).await.expect("idle");
    world
}

async fn beta_creating(endings: &[&'static str]) -> World {
    let mut world = World::new();
    world.script.creations.extend(endings);
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world
}

async fn beta_updating(deployment_type: DeploymentType) -> World {
    let world = with_beta().await;
    world.publish(ENVIRONMENT, "net", "1.1", "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n");
    environment_update(world.api(), update_input("beta", deployment_type)).await.expect("idle");
    world
}

async fn queue_changing(world: World, attachment: AttachmentChange) -> World {
    let mut input = change_component("queue", attachment);
    input.template_file = Some("Resources: {}\n".to_owned());
    component_update(world.api(), input).await.expect("idle");
    world
}

async fn beta_cancelling() -> World {
    let world = beta_updating_stack().await;
    environment_cancel(world.api(), &records::name("beta")).await.expect("in progress");
    world
}

async fn beta_deleting(endings: &[&'static str]) -> World {
    let mut world = with_beta().await;
    world.script.deletions.extend(endings);
    environment_delete(world.api(), &records::name("beta")).await.expect("idle");
    world
}

async fn shop_creating(creations: &[&'static str], deletions: &[&'static str]) -> World {
    let mut world = with_beta().await;
    world.script.creations.extend(creations);
    world.script.deletions.extend(deletions);
    let input = service_input("shop", &[("one", "beta"), ("two", "beta")]);
    service_create(world.api(), input).await.expect("valid");
    world
}

async fn piped_creating(creations: &[&'static str]) -> World {
    let mut world = with_piped().await;
    world.script.creations.extend(creations);
    service_create(world.api(), piped_input(&["one", "two"])).await.expect("valid");
    world
}

/// `one` is to go, `three` to come.
async fn shop_updating(script: Script) -> World {
    let mut world = with_piped_shop(&["one", "two"]).await;
    world.script = script;
    service_update(world.api(), piped_update(&["two", "three"])).await.expect("idle");
    world
}

macro_rules! for_every_story {
    ($name:ident, $test:path) => {
        #[rstest]
        #[case::environment_created(Story::EnvironmentCreated)]
        #[case::environment_creation_fails(Story::EnvironmentCreationFails)]
        #[case::environment_stack_vanishes(Story::EnvironmentStackVanishes)]
        #[case::environment_updated(Story::EnvironmentUpdated)]
        #[case::environment_update_fails(Story::EnvironmentUpdateFails)]
        #[case::environment_rollback_continued(Story::EnvironmentRollbackContinued)]
        #[case::environment_cancelled_early(Story::EnvironmentCancelledEarly)]
        #[case::environment_cancelled(Story::EnvironmentCancelled)]
        #[case::environment_cancelled_late(Story::EnvironmentCancelledLate)]
        #[case::environment_cancellation_fails(Story::EnvironmentCancellationFails)]
        #[case::environment_redeployed(Story::EnvironmentRedeployed)]
        #[case::environment_replaced(Story::EnvironmentReplaced)]
        #[case::environment_deleted(Story::EnvironmentDeleted)]
        #[case::environment_deletion_fails(Story::EnvironmentDeletionFails)]
        #[case::environment_deleted_by_force(Story::EnvironmentDeletedByForce)]
        #[case::environment_forgotten(Story::EnvironmentForgotten)]
        #[case::service_created(Story::ServiceCreated)]
        #[case::service_creation_fails(Story::ServiceCreationFails)]
        #[case::service_creation_and_clean_up_fail(Story::ServiceCreationAndCleanUpFail)]
        #[case::service_deleted(Story::ServiceDeleted)]
        #[case::pipeline_created(Story::PipelineCreated)]
        #[case::pipeline_never_begun(Story::PipelineNeverBegun)]
        #[case::pipeline_creation_fails(Story::PipelineCreationFails)]
        #[case::pipeline_updated(Story::PipelineUpdated)]
        #[case::service_updated(Story::ServiceUpdated)]
        #[case::service_update_fails(Story::ServiceUpdateFails)]
        #[case::service_removal_fails(Story::ServiceRemovalFails)]
        #[case::service_pipeline_fails(Story::ServicePipelineFails)]
        #[case::service_created_anew(Story::ServiceCreatedAnew)]
        #[case::instance_created(Story::InstanceCreated)]
        #[case::instance_updated(Story::InstanceUpdated)]
        #[case::pipeline_cancelled(Story::PipelineCancelled)]
        #[case::component_attached(Story::ComponentAttached)]
        #[case::component_attachment_fails(Story::ComponentAttachmentFails)]
        #[case::component_detached(Story::ComponentDetached)]
        #[case::component_detachment_fails(Story::ComponentDetachmentFails)]
        #[case::component_deleted(Story::ComponentDeleted)]
        #[tokio::test]
        async fn $name(#[case] story: Story) {
            $test(story).await;
        }
    };
}

for_every_story!(any_call_may_fail_once, fail_every_call);
for_every_story!(every_step_may_run_twice, run_twice);
for_every_story!(an_execution_may_die_after_any_step, die_everywhere);
for_every_story!(the_news_of_stacks_may_be_lost, lose_news);

async fn fail_every_call(story: Story) {
    let (_, expected) = story.untroubled().await;
    let mut counted = story.begin().await;
    let faults = Faults::none();
    counted.arm(&faults);
    counted.run().await;
    for time in [FaultTime::Before, FaultTime::After] {
        for call in 0..faults.calls() {
            let mut world = story.begin().await;
            let faults = Faults::at(call, time);
            world.arm(&faults);
            world.run().await;
            let failed = faults.fired().expect("there are as many calls");
            world.check();
            assert_eq!(world.ending(), expected, "{story:?}: {failed} (call {call}) failed {time:?}");
        }
    }
}

async fn run_twice(story: Story) {
    let (_, expected) = story.untroubled().await;
    let mut world = story.begin().await;
    world.twice = true;
    world.run().await;
    world.check();
    assert_eq!(world.ending(), expected);
}

async fn die_everywhere(story: Story) {
    let (_, expected) = story.untroubled().await;
    for steps in 0.. {
        let mut world = story.begin().await;
        world.dies_after = Some(steps);
        world.run().await;
        world.check();
        assert_eq!(world.ending(), expected, "{story:?}: the execution died after {steps} steps");
        if world.dies_after.is_some() {
            assert!(steps > 2, "there were steps to die after");
            return;
        }
    }
}

async fn lose_news(story: Story) {
    let (_, expected) = story.untroubled().await;
    let mut world = story.begin().await;
    world.deaf = true;
    world.run().await;
    world.check();
    assert_eq!(world.ending(), expected);
}

#[rstest]
#[case(Step::Render)]
#[case(Step::Start)]
#[case(Step::Observe)]
#[tokio::test]
async fn a_step_that_is_broken_for_good_fails_the_deployment(#[case] step: Step) {
    let mut world = beta_creating(&[]).await;
    world.broken = Some(step);
    // The news is lost, so that there is a step to observe.
    world.deaf = true;
    world.run().await;
    world.check();
    let beta = stored(&world.test, "beta").deployable;
    assert_eq!(beta.status(), DeploymentStatus::Failed);
    assert!(beta.status_message().is_some_and(|message| message.contains("Lambda.Unknown")));
    // And the next one works, with the same stack.
    environment_update(world.api(), update_input("beta", DeploymentType::CurrentVersion))
        .await
        .expect("failed");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
    assert_eq!(world.test.cloudformation.stacks().len(), 1);
}
