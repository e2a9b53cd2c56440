//! Links to repositories.

use protium_app::PageRequest;
use protium_app::account::{RepositoryChoice, SettingsUpdate, settings_update};
use protium_app::ports::Key;
use protium_app::repository::{
    RepositoryCreate, repository_create, repository_delete, repository_get, repository_list,
};
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::repository::{Repository, RepositoryId};
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::contention::race;
use crate::refusal;

const CONNECTION: &str = "arn:aws:codestar-connections:eu-west-1:111122223333:connection/0190163d";

fn id(tail: &str) -> RepositoryId {
    RepositoryId::parse(tail).expect("a link")
}

fn create(tail: &str) -> RepositoryCreate {
    RepositoryCreate {
        id: id(tail),
        connection_arn: CONNECTION.to_owned(),
        encryption_key: None,
        tags: records::no_tags(),
    }
}

fn pipelines_through(tail: &str) -> SettingsUpdate {
    let choice = RepositoryChoice { id: id(tail), branch: "main".to_owned() };
    SettingsUpdate { pipeline_provisioning_repository: Some(choice), ..SettingsUpdate::default() }
}

#[tokio::test]
async fn a_repository_is_linked_once_and_a_repeat_answers_with_the_link() {
    let test = TestApp::new();
    let linked = repository_create(&test.app, create("github:acme/shop")).await.expect("free");
    assert_eq!(repository_get(&test.app, &linked.id).await.expect("linked"), linked);
    assert_eq!(repository_create(&test.app, create("github:acme/shop")).await.expect("the same"), linked);
    let other = RepositoryCreate { connection_arn: format!("{CONNECTION}-2"), ..create("github:acme/shop") };
    refusal!(repository_create(&test.app, other).await, Conflict);
    repository_create(&test.app, create("bitbucket:acme/shop")).await.expect("another repository");
}

#[tokio::test]
async fn of_racing_links_one_wins_and_all_are_answered() {
    let test = TestApp::new();
    let answers =
        race(&test, 4, |app, _| async move { repository_create(&app, create("github:acme/shop")).await });
    for answer in answers.await {
        answer.expect("the same request");
    }
    assert_eq!(test.store.all::<Repository>().len(), 1);
}

#[rstest]
#[case("arn:aws:s3:::bucket")]
#[case("arn:aws:codestar-connections:eu-west-1:111122223333:host/1")]
#[case("connection/1")]
#[tokio::test]
async fn only_code_connections_link(#[case] arn: &str) {
    let test = TestApp::new();
    let input = RepositoryCreate { connection_arn: arn.to_owned(), ..create("github:acme/shop") };
    let message = refusal!(repository_create(&test.app, input).await, Validation);
    assert!(message.contains("connectionArn"), "{message}");
}

#[tokio::test]
async fn links_are_listed_by_name_in_pages() {
    let test = TestApp::new();
    for tail in ["github:c/c", "bitbucket:a/a", "github:b/b"] {
        repository_create(&test.app, create(tail)).await.expect("free");
    }
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = repository_list(&test.app, &PageRequest { limit: 2, after }).await.expect("a page");
        names.extend(page.items.into_iter().map(|repository| repository.id.name.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["a/a", "b/b", "c/c"]);
}

#[tokio::test]
async fn a_link_is_deleted_unless_something_uses_it() {
    let test = TestApp::new();
    let linked = repository_create(&test.app, create("github:acme/shop")).await.expect("free");
    settings_update(&test.app, pipelines_through("github:acme/shop")).await.expect("linked");
    let message = refusal!(repository_delete(&test.app, &linked.id).await, Conflict);
    assert!(message.contains("account settings"), "{message}");
    assert_eq!(repository_get(&test.app, &linked.id).await.expect("linked").deleting_until, None);
    let clear = SettingsUpdate { delete_pipeline_provisioning_repository: true, ..SettingsUpdate::default() };
    settings_update(&test.app, clear).await.expect("clears");
    assert_eq!(repository_delete(&test.app, &linked.id).await.expect("unused").id, linked.id);
    refusal!(repository_get(&test.app, &linked.id).await, NotFound);
    refusal!(repository_delete(&test.app, &linked.id).await, NotFound);
}

#[tokio::test]
async fn settings_move_from_one_repository_to_another() {
    let test = TestApp::new();
    refusal!(settings_update(&test.app, pipelines_through("github:acme/one")).await, NotFound);
    for tail in ["github:acme/one", "github:acme/two"] {
        repository_create(&test.app, create(tail)).await.expect("free");
        settings_update(&test.app, pipelines_through(tail)).await.expect("linked");
        settings_update(&test.app, pipelines_through(tail)).await.expect("the same again");
    }
    let used: Vec<Reference> = test.store.all();
    let referent = Referent::Repository { id: id("github:acme/two") };
    assert_eq!(used, [Reference { referent, referrer: Referrer::AccountSettings }]);
    repository_delete(&test.app, &id("github:acme/one")).await.expect("not used any more");
}

#[tokio::test]
async fn a_use_that_begins_before_the_mark_is_seen_and_one_after_it_is_refused() {
    let test = TestApp::new();
    let linked = repository_create(&test.app, create("github:acme/shop")).await.expect("free");
    let user = Reference {
        referent: Referent::Repository { id: linked.id.clone() },
        referrer: Referrer::AccountSettings,
    };
    test.store.before_next_commit(move |store| store.seed(user));
    refusal!(repository_delete(&test.app, &linked.id).await, Conflict);

    let test = TestApp::new();
    let linked = repository_create(&test.app, create("github:acme/shop")).await.expect("free");
    let mut marked = linked.clone();
    marked.deleting_until = Some(test.now().plus(std::time::Duration::from_secs(60)));
    test.seed(marked);
    refusal!(settings_update(&test.app, pipelines_through("github:acme/shop")).await, Conflict);
    assert!(test.store.peek::<Reference>(&Key::Repository(linked.id)).is_none());
}
