//! Eight callers at once: every create has one winner, and so has every update, deletion and cancellation. The losers are
//! told so, or answered with what the winner made; in the end everything is as one caller had left it.

use protium_app::component::{
    AttachmentChange, component_cancel, component_create, component_delete, component_update,
};
use protium_app::environment::{
    environment_cancel, environment_create, environment_delete, environment_update,
};
use protium_app::service::{service_create, service_delete, service_update};
use protium_app::service_instance::{
    service_instance_cancel, service_instance_create, service_instance_update,
};
use protium_app::service_pipeline::{service_pipeline_cancel, service_pipeline_update};
use protium_app::target_version::DeploymentType;
use protium_app::{App, Error};
use protium_domain::deployment::{Deployment, DeploymentTarget};
use protium_testkit::{race, records};
use rstest::rstest;

use crate::component::{change_component, create_component, update_instance, with_queue};
use crate::environment::{create_input, update_input, with_beta};
use crate::pipeline::{piped_input, piped_spec, pipeline_update, with_piped, with_piped_shop};
use crate::service_instance_create::create_instance;
use crate::service_update::piped_update;
use crate::world::World;

const CALLERS: usize = 8;

/// What a caller asks for. Those of one kind ask for the same, but creations differ in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    EnvironmentCreate,
    EnvironmentUpdate,
    EnvironmentCancel,
    EnvironmentDelete,
    ServiceCreate,
    ServiceUpdate,
    ServiceDelete,
    InstanceCreate,
    InstanceUpdate,
    InstanceCancel,
    PipelineUpdate,
    PipelineCancel,
    ComponentCreate,
    ComponentAttach,
    ComponentUpdate,
    ComponentCancel,
    ComponentDelete,
}

impl Ask {
    /// A world in which one caller gets what they ask for.
    async fn world(self) -> World {
        match self {
            Self::EnvironmentCreate => World::new(),
            Self::EnvironmentUpdate | Self::EnvironmentDelete => with_beta().await,
            Self::ServiceCreate => with_piped().await,
            Self::ComponentUpdate | Self::ComponentDelete => with_queue(false).await,
            Self::EnvironmentCancel => Self::EnvironmentUpdate.accepted(with_beta().await).await,
            Self::InstanceCancel => Self::InstanceUpdate.accepted(with_piped_shop(&["one"]).await).await,
            Self::PipelineCancel => Self::PipelineUpdate.accepted(with_piped_shop(&["one"]).await).await,
            Self::ComponentCancel => Self::ComponentUpdate.accepted(with_queue(false).await).await,
            Self::ComponentCreate | Self::ComponentAttach => crate::service::with_shop(&["one"]).await,
            Self::ServiceUpdate
            | Self::ServiceDelete
            | Self::InstanceCreate
            | Self::InstanceUpdate
            | Self::PipelineUpdate => with_piped_shop(&["one", "two"]).await,
        }
    }

    async fn accepted(self, world: World) -> World {
        self.make(world.api().clone(), 0).await.expect("idle");
        world
    }

    async fn make(self, app: App, caller: usize) -> Result<(), Error> {
        let (beta, shop, one) = (records::name("beta"), records::name("shop"), records::name("one"));
        let (app, queue) = (&app, records::name("queue"));
        let word = Some(format!("by {caller}"));
        let current = DeploymentType::CurrentVersion;
        match self {
            Self::EnvironmentCreate => {
                let mut input = create_input("beta");
                input.description = word;
                environment_create(app, input).await.map(drop)
            }
            Self::EnvironmentUpdate => environment_update(app, update_input("beta", current)).await.map(drop),
            Self::EnvironmentCancel => environment_cancel(app, &beta).await.map(drop),
            Self::EnvironmentDelete => environment_delete(app, &beta).await.map(drop),
            Self::ServiceCreate => {
                let mut input = piped_input(&["one", "two"]);
                input.description = word;
                service_create(app, input).await.map(drop)
            }
            Self::ServiceUpdate => service_update(app, piped_update(&["two", "three"])).await.map(drop),
            Self::ServiceDelete => service_delete(app, &shop).await.map(drop),
            Self::InstanceCreate => {
                let mut input = create_instance("four");
                input.client_token = word.map(|word| word.replace(' ', "-"));
                service_instance_create(app, input).await.map(drop)
            }
            Self::InstanceUpdate => service_instance_update(app, update_instance("one")).await.map(drop),
            Self::InstanceCancel => service_instance_cancel(app, &shop, &one).await.map(drop),
            Self::PipelineUpdate => {
                let spec = piped_spec(&[("one", "beta")], "other");
                service_pipeline_update(app, pipeline_update(current, spec)).await.map(drop)
            }
            Self::PipelineCancel => service_pipeline_cancel(app, &shop).await.map(drop),
            Self::ComponentCreate => {
                component_create(app, create_component("queue", Some("one"))).await.map(drop)
            }
            Self::ComponentAttach => {
                component_create(app, create_component(&format!("queue-{caller}"), Some("one")))
                    .await
                    .map(drop)
            }
            Self::ComponentUpdate => {
                component_update(app, change_component("queue", AttachmentChange::Keep)).await.map(drop)
            }
            Self::ComponentCancel => component_cancel(app, &queue).await.map(drop),
            Self::ComponentDelete => component_delete(app, &queue).await.map(drop),
        }
    }
}

fn deployments(world: &World) -> usize {
    world.test.store.all::<Deployment>().len()
}

/// Lets eight callers ask for it; those who were refused. In the end it is as if one had asked.
async fn raced(ask: Ask) -> Vec<Error> {
    let mut alone = ask.world().await;
    ask.make(alone.api().clone(), 0).await.expect("nobody is in the way");
    let expected = deployments(&alone);
    alone.run().await;

    let mut world = ask.world().await;
    let answers = race(&world.test, CALLERS, |app, caller| ask.make(app, caller)).await;
    assert_eq!(deployments(&world), expected, "one began");
    world.run().await;
    world.check();
    if ask != Ask::ComponentAttach {
        assert_eq!(world.ending(), alone.ending());
    }
    answers.into_iter().filter_map(Result::err).collect()
}

#[rstest]
#[case::environment(Ask::EnvironmentCreate)]
#[case::service(Ask::ServiceCreate)]
#[tokio::test]
async fn of_racing_creations_that_differ_one_wins(#[case] ask: Ask) {
    let refused = raced(ask).await;
    assert_eq!(refused.len(), CALLERS - 1);
    for error in refused {
        let is_mismatch =
            matches!(&error, Error::Validation(why) if why.starts_with("IdempotentParameterMismatch"));
        assert!(is_mismatch, "{error:?}");
    }
}

#[rstest]
#[case::instance_created(Ask::InstanceCreate)]
#[case::component_created(Ask::ComponentCreate)]
#[case::component_attached(Ask::ComponentAttach)]
#[case::environment_updated(Ask::EnvironmentUpdate)]
#[case::service_updated(Ask::ServiceUpdate)]
#[case::instance_updated(Ask::InstanceUpdate)]
#[case::pipeline_updated(Ask::PipelineUpdate)]
#[case::component_updated(Ask::ComponentUpdate)]
#[case::environment_cancelled(Ask::EnvironmentCancel)]
#[case::instance_cancelled(Ask::InstanceCancel)]
#[case::pipeline_cancelled(Ask::PipelineCancel)]
#[case::component_cancelled(Ask::ComponentCancel)]
#[tokio::test]
async fn of_racing_calls_one_wins_and_the_others_conflict(#[case] ask: Ask) {
    let refused = raced(ask).await;
    assert_eq!(refused.len(), CALLERS - 1);
    assert!(refused.iter().all(|error| matches!(error, Error::Conflict(_))), "{refused:?}");
}

#[rstest]
#[case::environment(Ask::EnvironmentDelete)]
#[case::service(Ask::ServiceDelete)]
#[case::component(Ask::ComponentDelete)]
#[tokio::test]
async fn of_racing_deletions_one_begins_and_all_are_content(#[case] ask: Ask) {
    let refused = raced(ask).await;
    assert!(refused.is_empty(), "{refused:?}");
}

/// Creations that don't differ are repetitions of one (behaviour 2.0 rule 2).
#[rstest]
#[case::environment(Ask::EnvironmentCreate)]
#[case::service(Ask::ServiceCreate)]
#[case::instance(Ask::InstanceCreate)]
#[tokio::test]
async fn racing_repetitions_are_answered_with_the_same(#[case] ask: Ask) {
    let mut world = ask.world().await;
    for answer in race(&world.test, CALLERS, |app, _| ask.make(app, 7)).await {
        answer.expect("a repetition");
    }
    world.run().await;
    world.check();
    let mut alone = ask.world().await;
    ask.make(alone.api().clone(), 7).await.expect("nobody is in the way");
    alone.run().await;
    assert_eq!(world.ending(), alone.ending());
}

/// Whoever changes a service, or what lives in it, has to do with all others who do.
#[rstest]
#[tokio::test]
async fn different_calls_that_race_leave_everything_in_order(
    #[values(
        Ask::ServiceUpdate,
        Ask::ServiceDelete,
        Ask::InstanceCreate,
        Ask::InstanceUpdate,
        Ask::PipelineUpdate,
        Ask::ComponentAttach,
        Ask::EnvironmentDelete
    )]
    one: Ask,
    #[values(
        Ask::ServiceUpdate,
        Ask::ServiceDelete,
        Ask::InstanceUpdate,
        Ask::PipelineUpdate,
        Ask::ComponentAttach,
        Ask::EnvironmentUpdate,
        Ask::EnvironmentDelete
    )]
    other: Ask,
) {
    let mut world = with_piped_shop(&["one", "two"]).await;
    let before = deployments(&world);
    let asks = [one, other];
    let answers = race(&world.test, CALLERS, |app, caller| asks[caller % 2].make(app, caller)).await;
    let is_hopeless = one == other && one == Ask::EnvironmentDelete;
    assert_eq!(deployments(&world) > before, !is_hopeless, "{answers:?}");
    for error in answers.into_iter().filter_map(Result::err) {
        let is_refusal = matches!(error, Error::Conflict(_) | Error::NotFound(_) | Error::Validation(_));
        assert!(is_refusal, "{error:?}");
    }
    world.run().await;
    world.check();
}

#[tokio::test]
async fn a_component_is_attached_to_an_instance_that_stays() {
    // The removal of the instance and the attachment to it exclude each other, whoever comes first.
    let mut world = with_piped_shop(&["one", "two"]).await;
    let asks = [Ask::ServiceUpdate, Ask::ComponentAttach];
    let answers = race(&world.test, 2, |app, caller| asks[caller].make(app, caller)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    world.run().await;
    world.check();
    let is_of_component =
        |deployment: &Deployment| matches!(deployment.target, DeploymentTarget::Component { .. });
    let attached = world.test.store.all::<Deployment>().iter().any(is_of_component);
    assert_eq!(attached, answers[1].is_ok());
}
