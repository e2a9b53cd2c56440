//! Whatever people ask for in whatever order, and whatever goes wrong: no request ends in a fault of ours, and what
//! [`World::check`] says holds.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngSeed};
use protium_app::Error;
use protium_app::component::{
    AttachmentChange, component_cancel, component_create, component_delete, component_update,
};
use protium_app::environment::{
    environment_cancel, environment_create, environment_delete, environment_update,
};
use protium_app::service::{service_create, service_delete, service_update};
use protium_app::service_instance::{
    ServiceInstanceUpdate, service_instance_cancel, service_instance_create, service_instance_update,
};
use protium_app::service_pipeline::{service_pipeline_cancel, service_pipeline_update};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_domain::service::Service;
use protium_testkit::{Faults, records};

use crate::cancel::cancel_at;
use crate::component::{TEMPLATE, attach, change_component, create_component};
use crate::environment::{create_input, update_input};
use crate::pipeline::{piped_input, piped_spec, pipeline_update};
use crate::service::service_input;
use crate::service_instance_create::create_instance;
use crate::service_update::{piped_update, update_input as service_update_input};
use crate::world::{ENVIRONMENT, SERVICE, World};

#[derive(Debug, Clone)]
enum Act {
    Publish,
    EnvironmentCreate,
    EnvironmentUpdate(DeploymentType),
    EnvironmentCancel,
    EnvironmentDelete,
    ServiceCreate,
    ServiceDelete,
    /// Of these instances and a pipeline.
    PipedCreate,
    ServiceUpdate(Vec<&'static str>),
    PipelineUpdate(DeploymentType),
    PipelineCancel,
    InstanceCreate(&'static str),
    InstanceUpdate(&'static str, DeploymentType),
    InstanceCancel(&'static str),
    ComponentCreate(Option<&'static str>),
    ComponentUpdate(AttachmentChange, &'static str),
    ComponentCancel,
    ComponentDelete,
}

/// What goes wrong after an act.
#[derive(Debug, Clone)]
struct Trouble {
    creation: Option<&'static str>,
    update: Option<&'static str>,
    rollback: Option<&'static str>,
    deletion: Option<&'static str>,
    /// Somebody cancels before this call of the work.
    cancelled_at: Option<usize>,
    dies_after: Option<usize>,
    deaf: bool,
    /// The next act comes before the work of this one has been begun.
    impatient: bool,
}

fn act() -> impl Strategy<Value = Act> {
    let types =
        || select(vec![DeploymentType::None, DeploymentType::CurrentVersion, DeploymentType::MinorVersion]);
    let attachments =
        select(vec![AttachmentChange::Keep, AttachmentChange::Detach, attach("one"), attach("two")]);
    prop_oneof![
        1 => Just(Act::Publish),
        3 => Just(Act::EnvironmentCreate),
        2 => types().prop_map(Act::EnvironmentUpdate),
        1 => Just(Act::EnvironmentCancel),
        1 => Just(Act::EnvironmentDelete),
        3 => Just(Act::ServiceCreate),
        1 => Just(Act::ServiceDelete),
        2 => (select(vec!["one", "two"]), types()).prop_map(|(name, kind)| Act::InstanceUpdate(name, kind)),
        3 => Just(Act::PipedCreate),
        4 => subsequence(vec!["one", "two", "three"], 0..=3).prop_map(Act::ServiceUpdate),
        1 => types().prop_map(Act::PipelineUpdate),
        1 => Just(Act::PipelineCancel),
        1 => select(vec!["two", "three"]).prop_map(Act::InstanceCreate),
        1 => select(vec!["one", "two"]).prop_map(Act::InstanceCancel),
        3 => select(vec![None, Some("one"), Some("two")]).prop_map(Act::ComponentCreate),
        3 => (attachments, select(vec![TEMPLATE, "Resources: {}\n", "{{ nix }}"]))
            .prop_map(|(change, text)| Act::ComponentUpdate(change, text)),
        1 => Just(Act::ComponentCancel),
        2 => Just(Act::ComponentDelete),
    ]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let ending = |statuses: &[&'static str]| option::weighted(0.2, select(statuses.to_vec()));
    let creation = ending(&["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_COMPLETE"]);
    let update = ending(&["UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"]);
    let rollback = ending(&["UPDATE_ROLLBACK_FAILED"]);
    let dies_after = option::weighted(0.2, 0..12_usize);
    let cancelled_at = option::weighted(0.3, 0..60_usize);
    let stacks = (creation, update, rollback, ending(&["DELETE_FAILED"]));
    (stacks, cancelled_at, dies_after, any::<bool>(), prop::bool::weighted(0.3)).prop_map(
        |((creation, update, rollback, deletion), cancelled_at, dies_after, deaf, impatient)| Trouble {
            creation,
            update,
            rollback,
            deletion,
            cancelled_at,
            dies_after,
            deaf,
            impatient,
        },
    )
}

async fn play(story: Vec<(Act, Trouble)>) {
    let mut world = World::new();
    world.publish_piped("1.0");
    let mut published = 0;
    for (act, trouble) in story {
        world.script.creations.extend(trouble.creation);
        world.script.updates.extend(trouble.update);
        world.script.rollbacks.extend(trouble.rollback);
        world.script.deletions.extend(trouble.deletion);
        world.dies_after = trouble.dies_after;
        world.deaf = trouble.deaf;
        match ask(&world, &act, &mut published).await {
            Ok(()) | Err(Error::Validation(_) | Error::NotFound(_) | Error::Conflict(_)) => {}
            Err(error) => panic!("{act:?}: {error:?}"),
        }
        world.arm(&trouble.cancelled_at.map_or_else(Faults::none, |call| cancel_at(&world, call)));
        if !trouble.impatient {
            world.run().await;
            world.check();
        }
        world.test.advance(std::time::Duration::from_secs(1));
    }
    world.run().await;
    world.check();
}

async fn ask(world: &World, act: &Act, published: &mut u64) -> Result<(), Error> {
    let (app, beta, shop) = (world.api(), records::name("beta"), records::name("shop"));
    match act {
        Act::Publish => {
            *published += 1;
            let number = format!("1.{published}");
            let text = format!("Resources: {{}}\nDescription: version {number}\n");
            world.publish(ENVIRONMENT, "net", &number, &text);
            world.publish(SERVICE, "web", &number, &text);
            world.publish_piped(&number);
            Ok(())
        }
        Act::EnvironmentCreate => environment_create(app, create_input("beta")).await.map(drop),
        Act::EnvironmentUpdate(kind) => environment_update(app, update_input("beta", *kind)).await.map(drop),
        Act::EnvironmentCancel => environment_cancel(app, &beta).await.map(drop),
        Act::EnvironmentDelete => environment_delete(app, &beta).await.map(drop),
        Act::ServiceCreate => {
            service_create(app, service_input("shop", &[("one", "beta"), ("two", "beta")])).await.map(drop)
        }
        Act::PipedCreate => service_create(app, piped_input(&["one", "two"])).await.map(drop),
        Act::ServiceUpdate(instances) => {
            let piped = stored_is_piped(world);
            let input = if piped { piped_update(instances) } else { service_update_input(instances) };
            service_update(app, input).await.map(drop)
        }
        Act::PipelineUpdate(kind) => {
            service_pipeline_update(app, pipeline_update(*kind, piped_spec(&[], "src"))).await.map(drop)
        }
        Act::PipelineCancel => service_pipeline_cancel(app, &shop).await.map(drop),
        Act::InstanceCreate(name) => service_instance_create(app, create_instance(name)).await.map(drop),
        Act::ServiceDelete => service_delete(app, &shop).await.map(drop),
        Act::InstanceCancel(name) => {
            service_instance_cancel(app, &shop, &records::name(name)).await.map(drop)
        }
        Act::ComponentCreate(attached) => {
            component_create(app, create_component("queue", *attached)).await.map(drop)
        }
        Act::ComponentUpdate(change, text) => {
            let mut input = change_component("queue", change.clone());
            input.template_file = Some((*text).to_owned());
            component_update(app, input).await.map(drop)
        }
        Act::ComponentCancel => component_cancel(app, &records::name("queue")).await.map(drop),
        Act::ComponentDelete => component_delete(app, &records::name("queue")).await.map(drop),
        Act::InstanceUpdate(name, deployment_type) => {
            let input = ServiceInstanceUpdate {
                service: shop,
                name: records::name(name),
                deployment_type: *deployment_type,
                version: VersionChoice::default(),
                spec: None,
                client_token: None,
            };
            service_instance_update(app, input).await.map(drop)
        }
    }
}

/// Whether `shop` has a repository, and so a pipeline in its spec.
fn stored_is_piped(world: &World) -> bool {
    world.test.store.all::<Service>().iter().any(|service| service.repository.is_some())
}

/// The same stories in every run.
fn config() -> Config {
    Config {
        cases: 300,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x0070_726f_7469_756d),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_people_ask_for_ends_well(story in vec((act(), trouble()), 1..16)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(play(story));
    }
}
