//! Sync configurations, definitions and blockers.

use protium_app::repository::{repository_delete, repository_get};
use protium_app::sync::{
    SyncConfigInput, SyncType, blocker_resolve, blocker_summary, instance_sync_require, sync_config_create,
    sync_config_delete, sync_config_get, sync_config_update, sync_definition_list, template_sync_require,
};
use protium_app::template::template_delete;
use protium_domain::reference::Reference;
use protium_domain::repository::RepositoryId;
use protium_domain::sync::{BlockerStatus, SyncConfig, SyncSubject};
use protium_domain::template::TemplateKind;
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::contention::race;
use crate::refusal;

const SHOP: &str = "github:acme/shop";
const OTHER: &str = "bitbucket:acme/other";

fn id(tail: &str) -> RepositoryId {
    RepositoryId::parse(tail).expect("a link")
}

fn template() -> SyncSubject {
    SyncSubject::Template(TemplateKind::Environment, records::name("net"))
}

fn service() -> SyncSubject {
    SyncSubject::Service(records::name("shop"))
}

fn input(subject: SyncSubject, repository: &str, path: Option<&str>) -> SyncConfigInput {
    SyncConfigInput {
        subject,
        repository: id(repository),
        branch: "main".to_owned(),
        path: path.map(ToOwned::to_owned),
    }
}

/// With two linked repositories, the environment template `net`, and the service `shop` with the instance `one`.
fn linked() -> TestApp {
    let test = TestApp::new();
    for tail in [SHOP, OTHER] {
        test.seed(records::repository(tail, test.now()));
    }
    test.seed(records::template(TemplateKind::Environment, "net", test.now()));
    test.environment_succeeded("beta", "net", &[]);
    test.service_active("shop", "one", "beta", "web");
    test
}

#[rstest]
#[case::template(template())]
#[case::service(service())]
#[tokio::test]
async fn a_configuration_is_made_once_replaced_and_deleted(#[case] subject: SyncSubject) {
    let test = linked();
    let made = sync_config_create(&test.app, input(subject.clone(), SHOP, Some("a/b"))).await.expect("free");
    assert_eq!(sync_config_get(&test.app, &subject).await.expect("made"), made);
    refusal!(sync_config_create(&test.app, input(subject.clone(), SHOP, None)).await, Conflict);
    refusal!(repository_delete(&test.app, &id(SHOP)).await, Conflict);
    let updated = sync_config_update(&test.app, input(subject.clone(), OTHER, None)).await.expect("there");
    assert_eq!((updated.repository, updated.path), (id(OTHER), None), "an absent path is the root");
    repository_delete(&test.app, &id(SHOP)).await.expect("not used any more");
    refusal!(repository_delete(&test.app, &id(OTHER)).await, Conflict);
    sync_config_delete(&test.app, &subject).await.expect("there");
    refusal!(sync_config_delete(&test.app, &subject).await, NotFound);
    refusal!(sync_config_update(&test.app, input(subject, OTHER, None)).await, NotFound);
    repository_delete(&test.app, &id(OTHER)).await.expect("not used any more");
}

#[tokio::test]
async fn what_does_not_exist_is_invalid_at_creation_and_not_found_at_an_update() {
    let test = linked();
    let unlinked = "github:acme/none";
    let nobody = SyncSubject::Template(TemplateKind::Service, records::name("nobody"));
    refusal!(sync_config_create(&test.app, input(nobody, SHOP, None)).await, Validation);
    let nobody = SyncSubject::Service(records::name("nobody"));
    refusal!(sync_config_create(&test.app, input(nobody, SHOP, None)).await, Validation);
    refusal!(sync_config_create(&test.app, input(template(), unlinked, None)).await, Validation);
    sync_config_create(&test.app, input(template(), SHOP, None)).await.expect("free");
    refusal!(sync_config_update(&test.app, input(template(), unlinked, None)).await, NotFound);
    assert_eq!(sync_config_get(&test.app, &template()).await.expect("there").repository, id(SHOP));
}

#[tokio::test]
async fn of_racing_creations_one_wins() {
    let test = linked();
    let answers = race(&test, 4, |app, _| async move {
        sync_config_create(&app, input(template(), SHOP, None)).await.is_ok()
    });
    assert_eq!(answers.await.into_iter().filter(|won| *won).count(), 1);
}

#[tokio::test]
async fn a_template_goes_with_its_configuration() {
    let test = linked();
    sync_config_create(&test.app, input(template(), SHOP, None)).await.expect("free");
    let net = records::name("net");
    template_delete(&test.app, TemplateKind::Environment, &net).await.expect("no versions");
    assert!(test.store.all::<SyncConfig>().is_empty());
    repository_delete(&test.app, &id(SHOP)).await.expect("not used any more");
}

#[tokio::test]
async fn a_configuration_that_comes_while_its_template_goes_goes_with_it() {
    let test = linked();
    let now = test.now();
    test.store.before_next_commit(move |store| {
        store.seed(records::sync_config(template(), SHOP, None, now));
    });
    let net = records::name("net");
    template_delete(&test.app, TemplateKind::Environment, &net).await.expect("tries again");
    assert!(test.store.all::<SyncConfig>().is_empty());
}

#[tokio::test]
async fn definitions_tell_what_is_synchronised_from_a_repository() {
    let test = linked();
    sync_config_create(&test.app, input(template(), SHOP, None)).await.expect("free");
    sync_config_create(&test.app, input(service(), SHOP, Some("ops/proton-ops.yaml"))).await.expect("free");
    let listed = async |repository: &str, sync_type| {
        let found = sync_definition_list(&test.app, &id(repository), sync_type).await.expect("linked");
        found.into_iter().map(|found| (found.parent, found.directory)).collect::<Vec<_>>()
    };
    assert_eq!(listed(SHOP, SyncType::Template).await, [("net".to_owned(), "/".to_owned())]);
    assert_eq!(listed(SHOP, SyncType::Service).await, [("shop".to_owned(), "ops".to_owned())]);
    assert!(listed(OTHER, SyncType::Service).await.is_empty());
    refusal!(sync_definition_list(&test.app, &id("github:a/b"), SyncType::Service).await, Validation);
}

#[tokio::test]
async fn definitions_are_complete_however_many_there_are() {
    let test = linked();
    test.store.limit_pages(2);
    for number in 0..5 {
        let name = format!("t-{number}");
        test.seed(records::template(TemplateKind::Service, &name, test.now()));
        let subject = SyncSubject::Template(TemplateKind::Service, records::name(&name));
        sync_config_create(&test.app, input(subject, SHOP, None)).await.expect("free");
    }
    let found = sync_definition_list(&test.app, &id(SHOP), SyncType::Template).await.expect("linked");
    assert_eq!(found.len(), 5);
    assert_eq!(
        test.store.all::<Reference>().iter().filter(|one| format!("{one:?}").contains("Sync")).count(),
        5
    );
}

#[tokio::test]
async fn statuses_are_asked_for_of_what_is_synchronised_only() {
    let test = linked();
    let (net, shop, one) = (records::name("net"), records::name("shop"), records::name("one"));
    refusal!(template_sync_require(&test.app, TemplateKind::Environment, &net).await, NotFound);
    refusal!(instance_sync_require(&test.app, &shop, &one).await, NotFound);
    sync_config_create(&test.app, input(template(), SHOP, None)).await.expect("free");
    sync_config_create(&test.app, input(service(), SHOP, Some("ops.yaml"))).await.expect("free");
    template_sync_require(&test.app, TemplateKind::Environment, &net).await.expect("configured");
    refusal!(template_sync_require(&test.app, TemplateKind::Service, &net).await, NotFound);
    instance_sync_require(&test.app, &shop, &one).await.expect("configured");
    refusal!(instance_sync_require(&test.app, &shop, &records::name("two")).await, NotFound);
    repository_get(&test.app, &id(SHOP)).await.expect("linked");
}

#[tokio::test]
async fn blockers_are_told_of_by_service_or_instance_and_resolved_once() {
    let test = linked();
    let before = protium_domain::time::Timestamp::from_millis(test.now().as_millis() - 1);
    let (shop, one) = (records::name("shop"), records::name("one"));
    test.seed(records::sync_blocker(test.id(), "shop", None, before));
    let of_service = test.seed(records::sync_blocker(test.id(), "shop", None, test.now()));
    let of_instance = test.seed(records::sync_blocker(test.id(), "shop", Some("one"), test.now()));
    let summary = blocker_summary(&test.app, &shop, None).await.expect("there");
    assert_eq!(summary, [of_service], "not of the service that had the name before");
    let summary = blocker_summary(&test.app, &shop, Some(&one)).await.expect("there");
    assert_eq!(summary, std::slice::from_ref(&of_instance));
    refusal!(blocker_summary(&test.app, &records::name("nobody"), None).await, NotFound);
    refusal!(blocker_summary(&test.app, &shop, Some(&records::name("two"))).await, NotFound);

    let id = of_instance.id.to_string();
    refusal!(blocker_resolve(&test.app, &id, " ").await, Validation);
    let resolved = blocker_resolve(&test.app, &id, "as intended").await.expect("active");
    assert_eq!(resolved.status(), BlockerStatus::Resolved);
    refusal!(blocker_resolve(&test.app, &id, "again").await, Conflict);
    refusal!(blocker_resolve(&test.app, "no-id", "why").await, NotFound);
    assert_eq!(blocker_summary(&test.app, &shop, Some(&one)).await.expect("there"), [resolved]);
}
