//! Requests that are made again because their answer was lost: whatever failed, the repeat ends as one request does.

use protium_app::App;
use protium_app::component::{AttachmentChange, component_create, component_delete, component_update};
use protium_app::environment::{environment_create, environment_delete};
use protium_app::service::{service_create, service_delete};
use protium_app::service_instance::{
    ServiceInstanceUpdate, service_instance_create, service_instance_update,
};
use protium_app::target_version::{DeploymentType, VersionChoice};
use protium_testkit::{FaultTime, Faults, records};
use rstest::rstest;

use crate::component::{change_component, create_component, with_queue};
use crate::environment::{create_input, with_beta};
use crate::pipeline::{piped_input, with_piped};
use crate::service::{service_input, service_spec, with_shop};
use crate::service_instance_create::create_instance;
use crate::world::World;

/// A request that is safe to repeat (behaviour 2.0).
#[derive(Debug, Clone, Copy)]
enum Request {
    EnvironmentCreate,
    EnvironmentDelete,
    ServiceCreate,
    ServiceDelete,
    InstanceUpdate,
    InstanceCreate,
    PipedCreate,
    ComponentCreate,
    ComponentUpdate,
    ComponentDelete,
}

impl Request {
    async fn world(self) -> World {
        match self {
            Self::EnvironmentCreate => World::new(),
            Self::EnvironmentDelete | Self::ServiceCreate => with_beta().await,
            Self::ComponentUpdate => with_queue(true).await,
            Self::ComponentDelete => with_queue(false).await,
            Self::PipedCreate => with_piped().await,
            Self::ServiceDelete | Self::InstanceUpdate | Self::InstanceCreate | Self::ComponentCreate => {
                with_shop(&["one", "two"]).await
            }
        }
    }

    async fn make(self, app: &App) -> Result<(), protium_app::Error> {
        let (beta, shop) = (records::name("beta"), records::name("shop"));
        match self {
            Self::EnvironmentCreate => environment_create(app, create_input("beta")).await.map(drop),
            Self::EnvironmentDelete => environment_delete(app, &beta).await.map(drop),
            Self::ServiceCreate => {
                service_create(app, service_input("shop", &[("one", "beta"), ("two", "beta")]))
                    .await
                    .map(drop)
            }
            Self::PipedCreate => service_create(app, piped_input(&["one"])).await.map(drop),
            Self::InstanceCreate => {
                let mut input = create_instance("three");
                input.client_token = Some("token".to_owned());
                service_instance_create(app, input).await.map(drop)
            }
            Self::ServiceDelete => service_delete(app, &shop).await.map(drop),
            Self::ComponentCreate => {
                let mut input = create_component("queue", Some("one"));
                input.client_token = Some("token".to_owned());
                component_create(app, input).await.map(drop)
            }
            Self::ComponentUpdate => {
                let mut input = change_component("queue", AttachmentChange::Detach);
                input.client_token = Some("token".to_owned());
                component_update(app, input).await.map(drop)
            }
            Self::ComponentDelete => component_delete(app, &records::name("queue")).await.map(drop),
            Self::InstanceUpdate => {
                let spec = service_spec(&[("one", "beta"), ("two", "beta")]).replace("small", "large");
                let input = ServiceInstanceUpdate {
                    service: shop,
                    name: records::name("one"),
                    deployment_type: DeploymentType::CurrentVersion,
                    version: VersionChoice::default(),
                    spec: Some(spec),
                    client_token: Some("token".to_owned()),
                };
                service_instance_update(app, input).await.map(drop)
            }
        }
    }

    async fn end(mut world: World) -> Vec<String> {
        world.run().await;
        world.check();
        world.ending()
    }
}

#[rstest]
#[case(Request::EnvironmentCreate)]
#[case(Request::EnvironmentDelete)]
#[case(Request::ServiceCreate)]
#[case(Request::ServiceDelete)]
#[case(Request::InstanceUpdate)]
#[case(Request::InstanceCreate)]
#[case(Request::PipedCreate)]
#[case(Request::ComponentCreate)]
#[case(Request::ComponentUpdate)]
#[case(Request::ComponentDelete)]
#[tokio::test]
async fn a_request_may_be_repeated_whatever_failed(#[case] request: Request) {
    let world = request.world().await;
    let faults = Faults::none();
    request.make(&faults.wrap(world.api())).await.expect("nothing fails");
    let expected = Request::end(world).await;
    for time in [FaultTime::Before, FaultTime::After] {
        for call in 0..faults.calls() {
            let world = request.world().await;
            let faults = Faults::at(call, time);
            let app = faults.wrap(world.api());
            let failed = request.make(&app).await;
            assert!(failed.is_err(), "{:?} is told", faults.fired());
            request.make(&app).await.expect("the repeat");
            let ending = Request::end(world).await;
            assert_eq!(ending, expected, "{request:?}: {:?} (call {call}) failed {time:?}", faults.fired());
        }
    }
}
