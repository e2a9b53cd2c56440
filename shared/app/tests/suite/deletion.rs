//! Deleting versions: what is recommended or in use stays (behaviour 2.1).

use std::time::Duration;

use protium_app::ports::{Key, Write};
use protium_app::template_version::{VersionId, version_delete};
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;
use protium_testkit::{TestApp, records};

use crate::contention::race;
use crate::refusal;

const KIND: TemplateKind = TemplateKind::Environment;

fn number(text: &str) -> VersionNumber {
    text.parse().expect("a version")
}

fn id(text: &str) -> VersionId {
    VersionId { kind: KIND, template: records::name("net"), version: number(text) }
}

fn stored(test: &TestApp, text: &str) -> Option<TemplateVersion> {
    test.store.peek(&Key::TemplateVersion(KIND, records::name("net"), number(text)))
}

/// A template `net` with these published versions.
fn with_versions(published: &[&str]) -> TestApp {
    let test = TestApp::new();
    let mut template = records::template(KIND, "net", test.now());
    for text in published {
        assert_eq!(template.version_allocate(Some(number(text).major)), Ok(number(text)));
        template.version_published(number(text));
        test.seed(records::version_published(KIND, "net", number(text), test.now()));
    }
    test.seed(template);
    test
}

fn reference(text: &str) -> Reference {
    Reference {
        referent: Referent::TemplateVersion { kind: KIND, name: records::name("net"), version: number(text) },
        referrer: Referrer::Environment { name: records::name("beta") },
    }
}

#[tokio::test]
async fn a_deletion_is_announced_and_repeats_are_harmless() {
    let test = with_versions(&["1.0", "1.1"]);
    let deleted = version_delete(&test.app, &id("1.0")).await.expect("not recommended").expect("was there");
    assert_eq!((deleted.version.version, deleted.recommended_minor), (number("1.0"), Some(1)));
    assert_eq!(deleted.version.deleting_until, None, "as it was before the deletion");
    assert_eq!(stored(&test, "1.0"), None);
    let (events, _) = test.drain_effects();
    let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
    assert_eq!(
        (&event.detail["status"], &event.detail["previousStatus"]),
        (&"DELETED".into(), &"PUBLISHED".into())
    );
    assert!(event.detail["sequence"].as_u64() > Some(deleted.version.revision.as_u64()));
    assert_eq!(version_delete(&test.app, &id("1.0")).await.expect("idempotent"), None);
}

#[tokio::test]
async fn the_recommended_ones_stay_while_there_are_others() {
    let test = with_versions(&["1.0", "1.1", "2.0"]);
    assert!(refusal!(version_delete(&test.app, &id("1.1")).await, Conflict).contains("recommended minor"));
    assert!(refusal!(version_delete(&test.app, &id("2.0")).await, Conflict).contains("recommended major"));
    for text in ["1.0", "1.1", "2.0"] {
        version_delete(&test.app, &id(text)).await.expect("in this order").expect("was there");
    }
    let template: Template = test.store.peek(&Key::Template(KIND, records::name("net"))).expect("stays");
    assert_eq!(template.versions().count(), 0);
}

#[tokio::test]
async fn a_version_in_registration_stays() {
    let test = with_versions(&["1.0"]);
    test.seed(records::version_registering(KIND, "net", number("1.0"), test.now()));
    assert!(refusal!(version_delete(&test.app, &id("1.0")).await, Conflict).contains("is being registered"));
}

#[tokio::test]
async fn a_version_in_use_stays_and_can_be_used_further() {
    let test = with_versions(&["1.0"]);
    test.seed(reference("1.0"));
    let message = refusal!(version_delete(&test.app, &id("1.0")).await, Conflict);
    assert!(message.contains("is used by the environment 'beta'"), "{message}");
    assert_eq!(stored(&test, "1.0").expect("stays").deleting_until, None, "the mark is gone");
    assert!(test.drain_intents().is_empty());
}

#[tokio::test]
async fn a_user_who_comes_before_the_mark_keeps_the_version() {
    let test = with_versions(&["1.0"]);
    test.store.before_next_commit(|store| store.seed(reference("1.0")));
    refusal!(version_delete(&test.app, &id("1.0")).await, Conflict);
    assert!(stored(&test, "1.0").is_some());
}

#[tokio::test]
async fn a_user_who_comes_after_the_mark_is_refused() {
    let test = with_versions(&["1.0"]);
    // The first commit is the mark, the second one the deletion: in between somebody tries to begin.
    let (app, now) = (test.app.clone(), test.now());
    test.store.before_next_commit(|_| {});
    test.store.before_next_commit(move |store| {
        let marked: TemplateVersion =
            store.peek(&Key::TemplateVersion(KIND, records::name("net"), number("1.0"))).expect("is there");
        assert_eq!(marked.deleting_until, Some(now.plus(Duration::from_secs(60))));
        drop(app);
    });
    version_delete(&test.app, &id("1.0")).await.expect("nobody uses it").expect("was there");
    let begin = Write::RequireDeployable(KIND, records::name("net"), number("1.0"), now);
    assert!(test.app.store.commit(&[begin]).await.is_err());
}

#[tokio::test]
async fn a_mark_that_somebody_left_behind_is_no_obstacle() {
    let test = with_versions(&["1.0"]);
    let mut marked = stored(&test, "1.0").expect("is there");
    marked.deleting_until = Some(test.now().plus(Duration::from_secs(60)));
    test.seed(marked);
    version_delete(&test.app, &id("1.0")).await.expect("nobody uses it").expect("was there");
}

#[tokio::test]
async fn racing_deletions_delete_once() {
    let test = with_versions(&["1.0"]);
    let answers = race(&test, 4, |app, _| async move { version_delete(&app, &id("1.0")).await });
    let deleted = answers.await.into_iter().filter_map(|answer| answer.expect("idempotent"));
    assert_eq!(deleted.count(), 1);
    assert_eq!(test.drain_effects().0.len(), 1);
}

#[tokio::test]
async fn an_update_in_between_is_looked_at_again() {
    let test = with_versions(&["1.0", "1.1"]);
    let mut unpublished: Template =
        test.store.peek(&Key::Template(KIND, records::name("net"))).expect("is there");
    unpublished.version_deleted(number("1.1"));
    unpublished.version_allocate(Some(1)).expect("1.2");
    unpublished.revision = unpublished.revision.next();
    test.store.before_next_commit(|_| {});
    test.store.before_next_commit(move |store| store.seed(unpublished));
    let message = refusal!(version_delete(&test.app, &id("1.0")).await, Conflict);
    assert!(message.contains("recommended minor"), "1.0 became the recommended one: {message}");
}
