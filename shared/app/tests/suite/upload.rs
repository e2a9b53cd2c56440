//! Uploads: from an object under `publish/` to a version in registration, once.

use protium_app::ports::{Key, PortError};
use protium_app::upload::{UploadOutcome, bundle_uploaded};
use protium_domain::tag::Tags;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{BundleSource, Intake, TemplateVersion};
use protium_domain::upload::Upload;
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::contention::race;

fn source(key: &str, version: &str) -> BundleSource {
    BundleSource { version_id: Some(version.to_owned()), ..records::bundle_source(key) }
}

fn with_net() -> TestApp {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    test
}

const KEY: &str = "publish/environment/net/v1/net-1.4.tar.gz";

#[tokio::test]
async fn an_upload_becomes_the_next_minor_in_registration() {
    let test = with_net();
    let outcome = bundle_uploaded(&test.app, source(KEY, "a")).await.expect("nothing fails");
    let UploadOutcome::Registered(number) = outcome else { panic!("registered, not {outcome:?}") };
    assert_eq!(number.to_string(), "1.1");
    let key = Key::TemplateVersion(TemplateKind::Environment, records::name("net"), number);
    let version: TemplateVersion = test.store.peek(&key).expect("made");
    assert_eq!((version.intake, &version.source), (Intake::Upload, &source(KEY, "a")));
    let (events, workflows) = test.drain_effects();
    assert_eq!((events.len(), workflows.len()), (1, 1));
    assert_eq!(workflows[0].input["minorVersion"], "1");
}

#[tokio::test]
async fn however_often_the_event_comes_there_is_one_version_per_object_version() {
    let test = with_net();
    let outcomes = race(&test, 6, |app, number| async move {
        bundle_uploaded(&app, source(KEY, ["a", "b"][number % 2])).await.expect("nothing fails")
    });
    let outcomes = outcomes.await;
    let registered = outcomes.iter().filter(|outcome| matches!(outcome, UploadOutcome::Registered(_)));
    assert_eq!(registered.count(), 2, "{outcomes:?}");
    assert_eq!(bundle_uploaded(&test.app, source(KEY, "a")).await.expect("known"), UploadOutcome::Known);
    let template: Template =
        test.store.peek(&Key::Template(TemplateKind::Environment, records::name("net"))).expect("is there");
    assert_eq!(template.versions().count(), 3);
    assert_eq!(test.drain_effects().1.len(), 2);
}

#[rstest]
#[case("publish/environment/net/v2/b.tar.gz", "2.0")]
#[case("publish/environment/net/v1/b.tar.gz", "1.1")]
#[tokio::test]
async fn the_major_of_the_key_exists_or_is_the_next(#[case] key: &str, #[case] expected: &str) {
    let test = with_net();
    let outcome = bundle_uploaded(&test.app, source(key, "a")).await.expect("nothing fails");
    assert_eq!(outcome, UploadOutcome::Registered(expected.parse().expect("a version")));
}

#[rstest]
#[case("publish/environment/net/v3/b.tar.gz", "under v2/ to begin version 2.0")]
#[case("publish/environment/other/v1/b.tar.gz", "create it with CreateEnvironmentTemplate")]
#[case("publish/service/net/v1/b.tar.gz", "create it with CreateServiceTemplate")]
#[case("publish/component/net/v1/b.tar.gz", "neither 'environment' nor 'service'")]
#[case("publish/environment/net/v1/b.zip", "does not end in .tar.gz")]
#[tokio::test]
async fn an_upload_that_can_not_become_a_version_is_told_once(#[case] key: &str, #[case] expected: &str) {
    let test = with_net();
    let outcome = bundle_uploaded(&test.app, source(key, "a")).await.expect("nothing fails");
    let UploadOutcome::Refused(reason) = outcome else { panic!("refused, not {outcome:?}") };
    assert!(reason.contains(expected), "{reason}");
    let (events, workflows) = test.drain_effects();
    let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
    assert!(workflows.is_empty());
    assert_eq!(event.detail_type, "Protium Bundle Upload Refused");
    assert_eq!((&event.detail["key"], &event.detail["reason"]), (&key.into(), &reason.into()));
    assert_eq!(bundle_uploaded(&test.app, source(key, "a")).await.expect("known"), UploadOutcome::Known);
    assert!(test.drain_intents().is_empty());
    let memory: Upload = test.store.peek(&Key::Upload(source(key, "a"))).expect("remembered");
    assert_eq!(memory.version, None);
}

#[tokio::test]
async fn other_buckets_do_not_publish() {
    let test = with_net();
    let elsewhere = BundleSource { bucket: "more-bundles".to_owned(), ..source(KEY, "a") };
    let outcome = bundle_uploaded(&test.app, elsewhere).await.expect("nothing fails");
    assert!(matches!(outcome, UploadOutcome::Refused(reason) if reason.contains("'uploads' only")));
}

#[tokio::test]
async fn the_version_has_the_tags_of_its_template() {
    let test = TestApp::new();
    let mut template = records::template(TemplateKind::Environment, "net", test.now());
    template.tags = Tags::new([("team".to_owned(), "a".to_owned())]).expect("valid");
    let template = test.seed(template);
    bundle_uploaded(&test.app, source(KEY, "a")).await.expect("nothing fails");
    let versions: Vec<TemplateVersion> = test.store.all();
    assert_eq!(versions[0].tags, template.tags);
}

#[tokio::test]
async fn after_a_failure_the_event_may_come_again() {
    let test = with_net();
    let busy = || PortError::Throttled("busy".to_owned());
    test.store.fail_next_commit(busy().into());
    assert!(bundle_uploaded(&test.app, source(KEY, "a")).await.is_err());
    test.store.fail_next_read(busy());
    assert!(bundle_uploaded(&test.app, source(KEY, "a")).await.is_err());
    let outcome = bundle_uploaded(&test.app, source(KEY, "a")).await.expect("all is well again");
    assert!(matches!(outcome, UploadOutcome::Registered(_)));
}
