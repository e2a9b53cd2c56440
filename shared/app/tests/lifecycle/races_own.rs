//! Eight callers at once, of what only Protium has: retries, previews beside what they preview, and adoptions.

use protium_app::environment::{environment_create, environment_update};
use protium_app::preview::{PreviewRequest, adoption_start, preview_get, preview_start};
use protium_app::retry::{DeploymentRetry, deployment_retry};
use protium_app::target_version::DeploymentType;
use protium_app::{App, Error};
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::Deployment;
use protium_domain::environment::Environment;
use protium_domain::identifier::Identifier;
use protium_domain::preview::{Preview, PreviewStatus};
use protium_testkit::{StackCallKind, race};
use rstest::rstest;

use crate::adopt::{self, foreign, rendered};
use crate::environment::{create_input, stored, update_input, with_beta};
use crate::world::World;

const CALLERS: usize = 8;

async fn retry(app: &App, id: Identifier) -> Result<(), Error> {
    let input = DeploymentRetry { id, spec: None, template_file: None };
    deployment_retry(app, input).await.map(drop)
}

async fn update(app: &App) -> Result<(), Error> {
    environment_update(app, update_input("beta", DeploymentType::CurrentVersion)).await.map(drop)
}

/// Whose first creation failed.
async fn with_failed_beta() -> (World, Identifier) {
    let mut world = World::new();
    world.script.creations.push_back("ROLLBACK_COMPLETE");
    environment_create(world.api(), create_input("beta")).await.expect("valid");
    world.run().await;
    let failed = stored(&world.test, "beta").deployable.last_attempted_deployment_id;
    (world, failed)
}

/// A retry and an update deploy the same resource, so they exclude each other.
#[rstest]
#[case::retries_alone(1)]
#[case::retries_and_updates(2)]
#[tokio::test]
async fn a_failed_deployment_is_repeated_once(#[case] kinds: usize) {
    let (mut world, failed) = with_failed_beta().await;
    let answers = race(&world.test, CALLERS, |app, caller| {
        let failed = failed.clone();
        async move { if caller % kinds == 0 { retry(&app, failed).await } else { update(&app).await } }
    })
    .await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), CALLERS - 1);
    assert!(refused.iter().all(|error| matches!(error, Error::Conflict(_))), "{refused:?}");
    assert_eq!(world.test.store.all::<Deployment>().len(), 2, "the failed one, and one more");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
}

/// Whoever looks at what an update would change is in nobody's way, and changes nothing.
#[tokio::test]
async fn previews_beside_updates_keep_nobody_from_deploying() {
    let mut world = with_beta().await;
    let answers = race(&world.test, CALLERS, |app, caller| async move {
        if caller % 2 == 1 {
            return update(&app).await;
        }
        let update = update_input("beta", DeploymentType::CurrentVersion);
        preview_start(&app, &PreviewRequest::EnvironmentUpdate(update)).await.map(drop)
    })
    .await;
    let updates = answers.iter().skip(1).step_by(2);
    assert_eq!(updates.filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let is_refusal = |answer: &Result<(), Error>| matches!(answer, Ok(()) | Err(Error::Conflict(_)));
    assert!(answers.iter().all(is_refusal), "{answers:?}");
    assert_eq!(world.test.store.all::<Deployment>().len(), 2, "the creation, and one update");
    world.run().await;
    world.check();
    assert_eq!(stored(&world.test, "beta").deployable.status(), DeploymentStatus::Succeeded);
    assert!(world.test.store.all::<Preview>().iter().all(|preview| !preview.is_open()));
}

/// A stack has one owner, whether those who adopt it mean the same resource or others.
#[rstest]
#[case::by_one_name(1)]
#[case::by_other_names(4)]
#[tokio::test]
async fn of_racing_adoptions_one_gets_the_stack(#[case] names: usize) {
    let mut world = World::new();
    let text = rendered(&mut world, PreviewRequest::EnvironmentCreate(create_input("env-0"))).await;
    let arn = foreign(&world, "beta", &text);
    let answers = race(&world.test, CALLERS, |app, caller| {
        let (arn, adopted) = (arn.clone(), adopt::environment(&format!("env-{}", caller % names)));
        async move { adoption_start(&app, &arn, &adopted).await }
    })
    .await;
    world.run().await;
    world.check();
    let mut statuses = Vec::new();
    for begun in answers {
        let id = begun.expect("valid").preview.id;
        statuses.push(preview_get(world.api(), &id).await.expect("kept").preview.status());
    }
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(PreviewStatus::Succeeded), count(PreviewStatus::Failed)), (1, CALLERS - 1));
    assert_eq!(world.test.store.all::<Environment>().len(), 1);
    let calls = world.test.cloudformation.calls().into_iter().filter(|call| call.stack == arn);
    let kinds: Vec<_> = calls.map(|call| call.kind).collect();
    let count = |kind| kinds.iter().filter(|made| **made == kind).count();
    let touched = (count(StackCallKind::Update), count(StackCallKind::Delete));
    assert_eq!(touched, (1, 0), "the winner's tags alone: {kinds:?}");
}
