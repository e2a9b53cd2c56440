//! Templates: idempotency, updates, deletion.

use protium_app::PageRequest;
use protium_app::template::{
    TemplateCreate, TemplateUpdate, template_create, template_delete, template_get, template_list,
    template_update,
};
use protium_domain::tag::Tags;
use protium_domain::template::{Template, TemplateKind, TemplateStatus};
use protium_testkit::{TestApp, records};
use rstest::rstest;
use std::time::Duration;

use crate::contention::race;
use crate::refusal;

const KIND: TemplateKind = TemplateKind::Environment;

pub(crate) fn create_input(kind: TemplateKind, name: &str) -> TemplateCreate {
    TemplateCreate {
        kind,
        name: records::name(name),
        display_name: None,
        description: Some("for tests".to_owned()),
        encryption_key: None,
        customer_managed: false,
        tags: Tags::default(),
    }
}

fn update_input(name: &str, description: Option<&str>) -> TemplateUpdate {
    TemplateUpdate {
        kind: KIND,
        name: records::name(name),
        display_name: None,
        description: description.map(ToOwned::to_owned),
    }
}

#[tokio::test]
async fn a_creation_is_announced() {
    let test = TestApp::new();
    let template = template_create(&test.app, create_input(KIND, "net")).await.expect("the name is free");
    assert_eq!(template.status, TemplateStatus::Draft);
    let (events, workflows) = test.drain_effects();
    assert!(workflows.is_empty());
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].detail_type, "AWS Proton Environment Template Status Change");
    assert_eq!(
        events[0].resource.as_deref(),
        Some("arn:aws:proton:eu-west-1:111122223333:environment-template/net")
    );
    let sequence = template.revision.as_u64();
    assert_eq!(events[0].detail, serde_json::json!({"name": "net", "status": "DRAFT", "sequence": sequence}));
}

#[tokio::test]
async fn kinds_have_names_of_their_own() {
    let test = TestApp::new();
    template_create(&test.app, create_input(TemplateKind::Environment, "web")).await.expect("free");
    template_create(&test.app, create_input(TemplateKind::Service, "web")).await.expect("free as well");
}

/// What happened to the original before its creation is repeated, and whether the repeat is the same.
#[derive(Clone, Copy)]
enum Between {
    Nothing,
    Update,
    Tagging,
    Registration,
}

#[rstest]
#[case(Between::Nothing, true, "original")]
#[case(Between::Tagging, true, "original")]
#[case(Between::Registration, true, "original")]
#[case(Between::Update, true, "conflict")]
#[case(Between::Nothing, false, "mismatch")]
#[case(Between::Update, false, "mismatch")]
#[tokio::test]
async fn a_repeated_creation_is_told_apart(
    #[case] between: Between,
    #[case] same: bool,
    #[case] expected: &str,
) {
    let test = TestApp::new();
    let mut input = create_input(KIND, "net");
    let original = template_create(&test.app, input.clone()).await.expect("free");
    test.advance(Duration::from_secs(1));
    match between {
        Between::Nothing => {}
        Between::Update => {
            template_update(&test.app, update_input("net", Some("new"))).await.expect("exists");
        }
        Between::Tagging => {
            let arn = "arn:aws:proton:eu-west-1:111122223333:environment-template/net";
            let tags = Tags::new([("team".to_owned(), "a".to_owned())]).expect("valid");
            protium_app::tag::tags_put(&test.app, arn, &tags).await.expect("exists");
        }
        Between::Registration => {
            let version = crate::template_version::create_input(KIND, "net");
            protium_app::template_version::version_create(&test.app, version).await.expect("valid");
        }
    }
    if !same {
        input.description = Some("another".to_owned());
    }
    let _ = test.drain_effects();
    let repeated = template_create(&test.app, input).await;
    match expected {
        "original" => {
            assert_eq!(repeated.expect("the original").created_at, original.created_at);
        }
        "conflict" => {
            assert!(refusal!(repeated, Conflict).contains("was changed since"));
        }
        _ => assert!(refusal!(repeated, Validation).starts_with("IdempotentParameterMismatch")),
    }
    assert!(test.drain_intents().is_empty(), "a repeat announces nothing");
}

#[tokio::test]
async fn of_racing_creations_one_wins_and_the_others_answer_as_repeats() {
    let test = TestApp::new();
    let answers = race(&test, 8, |app, number| async move {
        let input = create_input(KIND, "net");
        template_create(&app, TemplateCreate { description: Some(format!("{}", number % 2)), ..input }).await
    });
    let answers = answers.await;
    let won: Vec<&Template> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
    assert_eq!(won.len(), 4, "those with the winner's input");
    assert!(won.iter().all(|template| **template == *won[0]));
    for lost in answers.into_iter().filter(Result::is_err) {
        assert!(refusal!(lost, Validation).starts_with("IdempotentParameterMismatch"));
    }
    assert_eq!(test.drain_effects().0.len(), 1, "one event");
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let test = TestApp::new();
    let mut input = create_input(KIND, "net");
    input.display_name = Some("Net".to_owned());
    let created = template_create(&test.app, input).await.expect("free");
    test.advance(Duration::from_secs(5));
    let same = template_update(&test.app, update_input("net", None)).await.expect("exists");
    assert_eq!(same, created, "a request that names nothing changes nothing");
    let updated = template_update(&test.app, update_input("net", Some("new"))).await.expect("exists");
    assert_eq!(updated.description.as_deref(), Some("new"));
    assert_eq!(updated.display_name.as_deref(), Some("Net"));
    assert_eq!(updated.last_modified_at, test.now());
    assert_eq!(template_get(&test.app, KIND, &created.name).await.expect("exists"), updated);
    let missing = template_update(&test.app, update_input("other", Some("new"))).await;
    assert_eq!(
        refusal!(missing, NotFound),
        "The requested environment template does not exist: \
         arn:aws:proton:eu-west-1:111122223333:environment-template/other"
    );
}

#[tokio::test]
async fn an_update_that_loses_a_race_builds_on_the_winner() {
    let test = TestApp::new();
    let created = template_create(&test.app, create_input(KIND, "net")).await.expect("free");
    let mut theirs = created.clone();
    theirs.display_name = Some("theirs".to_owned());
    theirs.revision = theirs.revision.next();
    test.store.before_next_commit(move |store| store.seed(theirs));
    let updated = template_update(&test.app, update_input("net", Some("mine"))).await.expect("tries again");
    assert_eq!(updated.display_name.as_deref(), Some("theirs"));
    assert_eq!(updated.description.as_deref(), Some("mine"));
    assert_eq!(updated.revision, created.revision.next().next());
}

#[tokio::test]
async fn a_template_is_deleted_once_it_has_no_versions() {
    let test = TestApp::new();
    let (template, version) = test.template_published(KIND, "net");
    let kept = template_delete(&test.app, KIND, &template.name).await;
    assert_eq!(
        refusal!(kept, Conflict),
        "the environment template 'net' still has versions: 1.0; delete them first"
    );
    let id = crate::template_version::id_of(&version);
    protium_app::template_version::version_delete(&test.app, &id).await.expect("nobody uses it");
    let _ = test.drain_effects();
    let deleted = template_delete(&test.app, KIND, &template.name).await.expect("no versions");
    assert_eq!(deleted.map(|deleted| deleted.name), Some(template.name.clone()));
    let (events, _) = test.drain_effects();
    assert_eq!(events[0].detail["status"], "DELETED");
    assert_eq!(events[0].detail["previousStatus"], "PUBLISHED");
    assert_eq!(template_delete(&test.app, KIND, &template.name).await.expect("idempotent"), None);
    assert!(test.drain_intents().is_empty());
}

#[tokio::test]
async fn a_version_that_comes_in_between_keeps_the_template() {
    let test = TestApp::new();
    let created = template_create(&test.app, create_input(KIND, "net")).await.expect("free");
    let mut theirs = created.clone();
    theirs.version_allocate(None).expect("the first");
    theirs.revision = theirs.revision.next();
    test.store.before_next_commit(move |store| store.seed(theirs));
    let kept = template_delete(&test.app, KIND, &created.name).await;
    assert!(refusal!(kept, Conflict).contains("still has versions: 1.0"));
}

#[tokio::test]
async fn lists_are_sorted_and_come_in_pages() {
    let test = TestApp::new();
    for name in ["c", "a", "b"] {
        template_create(&test.app, create_input(KIND, name)).await.expect("free");
    }
    template_create(&test.app, create_input(TemplateKind::Service, "d")).await.expect("free");
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let page = template_list(&test.app, KIND, &PageRequest { limit: 2, after }).await.expect("a page");
        names.extend(page.items.into_iter().map(|template| template.name.to_string()));
        if page.next.is_none() {
            break;
        }
        after = page.next;
    }
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_store_that_stays_busy_is_throttling() {
    let test = TestApp::new();
    let busy = protium_app::ports::PortError::Throttled("busy".to_owned());
    test.store.fail_next_commit(busy.into());
    let answer = template_create(&test.app, create_input(KIND, "net")).await;
    refusal!(answer, Throttling);
    assert!(test.store.everything().is_empty());
}
