//! Policies: who follows by itself, and who is told.

use protium_app::Error;
use protium_app::fleet::{update_policy_delete, update_policy_get, update_policy_put};
use protium_app::template_version::{VersionId, VersionUpdate, version_update};
use protium_domain::fleet::{
    FleetUpdate, FleetUpdateStatus as Status, PolicyLayer, PolicyOrigin, UpdateMode, UpdatePolicy,
};
use protium_domain::tag::Tags;
use protium_domain::template_version::TemplateVersionStatus;
use protium_testkit::records;
use protium_testkit::world::{ENVIRONMENT, World};

use crate::fleet::{NEW_TEMPLATE, change_environment, fleet_of, versions};

fn arn(tail: &str) -> String {
    format!("arn:aws:proton:eu-west-1:111122223333:{tail}")
}

fn policy(mode: UpdateMode) -> UpdatePolicy {
    UpdatePolicy::new(mode, Vec::new()).expect("no windows")
}

/// Publishes 1.2 by the use case.
async fn publish(world: &mut World) {
    let number = "1.2".parse().expect("a version");
    world.register(ENVIRONMENT, "net", number, NEW_TEMPLATE);
    let id = VersionId { kind: ENVIRONMENT, template: records::name("net"), version: number };
    let input = VersionUpdate {
        id,
        description: None,
        status: Some(TemplateVersionStatus::Published),
        compatible_environment_templates: None,
        supports_components: None,
    };
    version_update(world.api(), input).await.expect("a draft");
    world.run().await;
}

fn at(world: &World, minor: u64) -> usize {
    let all = world.test.store.all::<protium_domain::environment::Environment>();
    all.iter().filter(|environment| environment.version.minor == minor).count()
}

#[tokio::test]
async fn publishing_alone_changes_nobody_who_did_not_opt_in() {
    let mut world = fleet_of(3).await;
    publish(&mut world).await;
    assert!(!world.is_at_work());
    assert_eq!(versions(&world), (3, 0));
    assert_eq!(world.test.store.all::<FleetUpdate>(), [], "nothing is left of what nobody wanted");
    let told = world.test.events.published();
    let recommended: Vec<_> =
        told.iter().filter(|event| event.detail_type == "Protium Update Recommended").collect();
    assert_eq!(recommended.len(), 1);
    assert_eq!(recommended[0].detail["behind"], 3);
    assert!(!told.iter().any(|event| event.detail_type.starts_with("Protium Fleet Update")), "{told:?}");
}

#[tokio::test]
async fn those_that_opted_in_follow_a_minor_version_and_are_told_before() {
    let mut world = fleet_of(4).await;
    update_policy_put(world.api(), &arn("environment/env-001"), &policy(UpdateMode::AutoMinor))
        .await
        .expect("is there");
    change_environment(&world, 2, |it| {
        let tag = (PolicyLayer::MODE_TAG.to_owned(), "auto-minor".to_owned());
        it.tags = Tags::new([tag]).expect("valid");
    });
    publish(&mut world).await;
    assert!(!world.is_at_work());
    assert_eq!((at(&world, 0), at(&world, 2)), (2, 2));
    let updates: Vec<FleetUpdate> = world.test.store.all();
    assert!(updates.len() == 1 && updates[0].automatic && updates[0].requested_by.is_none());
    assert_eq!(updates[0].status(), Status::Succeeded);
    let told = world.test.events.published();
    let position = |detail_type: &str, resource: &str| {
        told.iter().position(|event| {
            event.detail_type == detail_type && event.resource.as_deref() == Some(&arn(resource))
        })
    };
    for name in ["environment/env-001", "environment/env-002"] {
        let notice = position("Protium Fleet Update Notice", name).expect("its owner is told");
        let begun = told.iter().rposition(|event| {
            event.detail["status"] == "IN_PROGRESS" && event.resource.as_deref() == Some(&arn(name))
        });
        assert!(begun.is_some_and(|begun| notice < begun), "before anything happens");
    }
    assert_eq!(position("Protium Fleet Update Notice", "environment/env-000"), None);
}

#[tokio::test]
async fn a_template_may_opt_in_for_all_and_an_owner_out() {
    let mut world = fleet_of(3).await;
    let template = arn("environment-template/net");
    update_policy_put(world.api(), &template, &policy(UpdateMode::AutoMinor)).await.expect("is there");
    let own = arn("environment/env-000");
    let set = update_policy_put(world.api(), &own, &policy(UpdateMode::Pinned)).await.expect("is there");
    assert_eq!((set.policy.mode, set.policy.origin), (UpdateMode::Pinned, PolicyOrigin::Resource));
    publish(&mut world).await;
    assert_eq!((at(&world, 0), at(&world, 2)), (1, 2));

    let after = update_policy_delete(world.api(), &own).await.expect("is there");
    assert_eq!((after.policy.mode, after.policy.origin), (UpdateMode::AutoMinor, PolicyOrigin::Template));
    assert_eq!(update_policy_delete(world.api(), &own).await.expect("again"), after);
    assert_eq!(update_policy_get(world.api(), &own).await.expect("is there"), after);
}

#[tokio::test]
async fn only_what_follows_a_template_has_a_policy() {
    let world = World::new();
    let wrong = update_policy_get(world.api(), &arn("component/queue")).await;
    assert!(matches!(wrong, Err(Error::Validation(_))), "{wrong:?}");
    let missing = update_policy_get(world.api(), &arn("environment/nowhere")).await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
}
