//! Registration: from a bundle to DRAFT, PUBLISHED or REGISTRATION_FAILED.

use protium_app::ports::{Key, PortError};
use protium_app::publish::bundle_validate;
use protium_app::template::template_create;
use protium_app::template_version::{
    VersionCreate, VersionId, VersionUpdate, version_create, version_update,
};
use protium_app::upload::bundle_uploaded;
use protium_domain::document::Document;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{BundleSource, TemplateVersion, TemplateVersionStatus};
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::bundles::{Files, SIZE, files, pack, with_registration};
use crate::refusal;
use crate::template::create_input as template_input;
use crate::template_version::{compatible, create_input, id_of};

const ENVIRONMENT: TemplateKind = TemplateKind::Environment;
const SERVICE: TemplateKind = TemplateKind::Service;

/// Templates `net` (with version 1.0) and `web` (without pipelines).
async fn with_templates() -> TestApp {
    let test = TestApp::new();
    test.template_published(ENVIRONMENT, "net");
    let mut web = template_input(SERVICE, "web");
    web.customer_managed = true;
    template_create(&test.app, web).await.expect("free");
    let _ = test.drain_intents();
    test
}

fn stored(test: &TestApp, id: &VersionId) -> TemplateVersion {
    test.store.peek(&Key::TemplateVersion(id.kind, id.template.clone(), id.version)).expect("is there")
}

fn template(test: &TestApp, kind: TemplateKind, name: &str) -> Template {
    test.store.peek(&Key::Template(kind, records::name(name))).expect("is there")
}

/// Registers a bundle by the API; the version afterwards.
async fn register(test: &TestApp, kind: TemplateKind, name: &str, bundle: &Files) -> TemplateVersion {
    let id = begin(test, kind, name, bundle).await;
    bundle_validate(&test.app, &id).await.expect("nothing fails below");
    stored(test, &id)
}

async fn begin(test: &TestApp, kind: TemplateKind, name: &str, bundle: &Files) -> VersionId {
    let input = VersionCreate { major: Some(1), ..create_input(kind, name) };
    test.sources.seed(input.source.clone(), pack(bundle));
    version_create(&test.app, input).await.expect("valid").id()
}

/// Registers a bundle by upload; the version afterwards.
async fn upload(test: &TestApp, kind: TemplateKind, name: &str, bundle: &Files) -> TemplateVersion {
    let segment = if kind == ENVIRONMENT { "environment" } else { "service" };
    let key = format!("publish/{segment}/{name}/v1/bundle.tar.gz");
    let source = BundleSource { version_id: Some(test.id().to_string()), ..records::bundle_source(&key) };
    test.sources.seed(source.clone(), pack(bundle));
    bundle_uploaded(&test.app, source.clone()).await.expect("nothing fails below");
    let uploaded = test.store.all::<TemplateVersion>().into_iter().find(|version| version.source == source);
    let id = id_of(&uploaded.expect("it became a version"));
    bundle_validate(&test.app, &id).await.expect("nothing fails below");
    stored(test, &id)
}

#[rstest]
#[case(ENVIRONMENT, "net")]
#[case(SERVICE, "web")]
#[tokio::test]
async fn a_good_bundle_becomes_a_draft_and_is_kept_by_its_digest(
    #[case] kind: TemplateKind,
    #[case] name: &str,
) {
    let test = with_templates().await;
    let bundle = files(kind, SIZE);
    let version = register(&test, kind, name, &bundle).await;
    assert_eq!(version.status(), TemplateVersionStatus::Draft, "{:?}", version.status_message());
    assert_eq!(version.status_message(), None);
    assert_eq!(version.watch, None, "the reconciler has nothing to look after");
    let registered = version.bundle.expect("registered");
    let key = protium_app::artifact::bundle_key(&registered.digest);
    assert_eq!(test.artifacts.bytes(&key), Some(pack(&bundle)));
    assert_eq!(registered.parts.len(), 1);
    assert!(matches!(registered.schema, Document::Inline(text) if text.contains("size")));
    let (events, _) = test.drain_effects();
    let last = events.last().expect("announced");
    assert_eq!(last.detail["status"], "DRAFT");
    assert_eq!(last.detail["previousStatus"], "REGISTRATION_IN_PROGRESS");
    assert_eq!(last.detail["sequence"], version.revision.as_u64());
}

#[tokio::test]
async fn a_broken_bundle_fails_with_place_and_remedy() {
    let test = with_templates().await;
    let mut broken = files(ENVIRONMENT, "        size:\n          type: strin\n");
    broken.retain(|(path, _)| !path.ends_with("cloudformation.yaml"));
    let version = register(&test, ENVIRONMENT, "net", &broken).await;
    assert_eq!(version.status(), TemplateVersionStatus::RegistrationFailed);
    let message = version.status_message().expect("says why");
    assert!(
        message.contains("schema/schema.yaml:10:17: `strin` is not a type"),
        "the file and the line: {message}"
    );
    assert!(message.contains("infrastructure"), "every problem at once: {message}");
    assert_eq!(version.bundle, None);
    assert!(test.artifacts.keys().is_empty(), "nothing is kept");
    let (events, _) = test.drain_effects();
    assert_eq!(events.last().expect("announced").detail["status"], "REGISTRATION_FAILED");
}

#[tokio::test]
async fn what_is_no_archive_or_is_not_there_fails_registration() {
    let test = with_templates().await;
    let id = begin(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    test.sources.seed(records::bundle_source("bundle.tar.gz"), b"no archive".to_vec());
    assert_eq!(
        bundle_validate(&test.app, &id).await.expect("ends"),
        Some(TemplateVersionStatus::RegistrationFailed)
    );
    let id = begin(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    test.sources.refuse(records::bundle_source("bundle.tar.gz"), "there is no such object");
    bundle_validate(&test.app, &id).await.expect("ends");
    let message = stored(&test, &id).status_message().expect("says why").to_owned();
    assert!(
        message.starts_with("the bundle s3://uploads/bundle.tar.gz can't be read: there is no such object"),
        "{message}"
    );
}

#[tokio::test]
async fn a_bundle_above_five_megabytes_is_not_read() {
    let test = with_templates().await;
    let id = begin(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    test.sources.seed(records::bundle_source("bundle.tar.gz"), vec![0; 5 * 1024 * 1024 + 1]);
    bundle_validate(&test.app, &id).await.expect("ends");
    let message = stored(&test, &id).status_message().expect("says why").to_owned();
    assert!(message.contains("5242881 bytes, at most 5242880"), "{message}");
}

#[tokio::test]
async fn a_minor_that_breaks_specs_fails_and_one_that_may_warns() {
    let test = with_templates().await;
    let registered = register(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    assert_eq!(registered.status(), TemplateVersionStatus::Draft, "{:?}", registered.status_message());
    let renamed = files(ENVIRONMENT, "        extent:\n          type: string\n          default: small\n");
    let failed = register(&test, ENVIRONMENT, "net", &renamed).await;
    assert_eq!(failed.status(), TemplateVersionStatus::RegistrationFailed);
    let message = failed.status_message().expect("says why");
    assert_eq!(message.matches("size: the input is removed or renamed").count(), 1, "said once: {message}");
    let redefault = files(ENVIRONMENT, "        size:\n          type: string\n          default: large\n");
    let warned = register(&test, ENVIRONMENT, "net", &redefault).await;
    assert_eq!(warned.status(), TemplateVersionStatus::Draft);
    assert!(warned.status_message().expect("warns").contains("warning"), "{:?}", warned.status_message());
    let strict = with_registration(redefault, "compatibility: strict\n");
    assert_eq!(
        register(&test, ENVIRONMENT, "net", &strict).await.status(),
        TemplateVersionStatus::RegistrationFailed
    );
    let off = with_registration(renamed, "compatibility: off\n");
    assert_eq!(register(&test, ENVIRONMENT, "net", &off).await.status(), TemplateVersionStatus::Draft);
}

/// The bundle with outputs of these names, and a comment.
fn with_template(mut files: Files, outputs: &[&str], comment: &str) -> Files {
    let outputs: String = outputs.iter().map(|name| format!("  {name}: {{Value: a}}\n")).collect();
    let outputs = if outputs.is_empty() { String::new() } else { format!("Outputs:\n{outputs}") };
    let resources = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";
    let (_, template) =
        files.iter_mut().find(|(path, _)| path.ends_with("cloudformation.yaml")).expect("has one");
    *template = format!("{resources}{outputs}# {comment}\n");
    files
}

async fn publish(test: &TestApp, version: &TemplateVersion) {
    let update = VersionUpdate {
        id: id_of(version),
        description: None,
        status: Some(TemplateVersionStatus::Published),
        compatible_environment_templates: None,
        supports_components: None,
    };
    version_update(&test.app, update).await.expect("a draft");
}

#[tokio::test]
async fn outputs_that_others_read_are_looked_after() {
    let test = with_templates().await;
    let environment = |outputs: &[&str]| with_template(files(ENVIRONMENT, SIZE), outputs, "");
    let first = register(&test, ENVIRONMENT, "net", &environment(&["Vpc", "Zone"])).await;
    assert_eq!((first.status(), first.status_message()), (TemplateVersionStatus::Draft, None));
    let second = register(&test, ENVIRONMENT, "net", &environment(&["Vpc"])).await;
    assert_eq!(second.status(), TemplateVersionStatus::Draft);
    let message = second.status_message().expect("warns");
    assert!(message.contains("outputs.Zone: the output of infrastructure is removed"), "{message}");

    let reading = |name: &str| {
        let comment = format!("{{{{ environment.outputs.{name} }}}}");
        with_template(files(SERVICE, SIZE), &[], &comment)
    };
    publish(&test, &second).await;
    let good = register(&test, SERVICE, "web", &reading("Vpc")).await;
    assert_eq!((good.status(), good.status_message()), (TemplateVersionStatus::Draft, None));
    let bad = register(&test, SERVICE, "web", &reading("Zone")).await;
    assert_eq!(bad.status(), TemplateVersionStatus::Draft);
    let message = bad.status_message().expect("warns");
    assert!(message.contains("no compatible environment gives the output `Zone`"), "{message}");
}

#[tokio::test]
async fn a_new_major_owes_nothing_to_the_old_one() {
    let test = with_templates().await;
    let other = files(ENVIRONMENT, "        extent:\n          type: string\n");
    let input = create_input(ENVIRONMENT, "net");
    test.sources.seed(input.source.clone(), pack(&other));
    let id = version_create(&test.app, input).await.expect("valid").id();
    assert_eq!(id.version.to_string(), "2.0");
    assert_eq!(bundle_validate(&test.app, &id).await.expect("ends"), Some(TemplateVersionStatus::Draft));
}

#[tokio::test]
async fn validation_may_be_repeated_and_follows_the_deletion() {
    let test = with_templates().await;
    let version = register(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    let _ = test.drain_intents();
    let everything = test.store.everything();
    let again = bundle_validate(&test.app, &id_of(&version)).await.expect("harmless");
    assert_eq!(again, Some(TemplateVersionStatus::Draft));
    assert_eq!(test.store.everything(), everything);
    let gone = VersionId { version: "7.0".parse().expect("a version"), ..id_of(&version) };
    assert_eq!(bundle_validate(&test.app, &gone).await.expect("harmless"), None);
}

#[tokio::test]
async fn a_failure_below_leaves_the_version_in_registration() {
    let test = with_templates().await;
    let id = begin(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    let failure = || PortError::Failed { operation: "s3:GetObject", message: "503".to_owned() };
    test.sources.fail_next(failure());
    refusal_internal(bundle_validate(&test.app, &id).await);
    test.artifacts.fail_next(failure());
    refusal_internal(bundle_validate(&test.app, &id).await);
    test.store.fail_next_commit(failure().into());
    refusal_internal(bundle_validate(&test.app, &id).await);
    assert_eq!(stored(&test, &id).status(), TemplateVersionStatus::RegistrationInProgress);
    bundle_validate(&test.app, &id).await.expect("all is well again");
    assert_eq!(stored(&test, &id).status(), TemplateVersionStatus::Draft);
}

fn refusal_internal(answer: protium_app::Result<Option<TemplateVersionStatus>>) {
    assert!(matches!(answer, Err(protium_app::Error::Internal(_))), "{answer:?}");
}

#[tokio::test]
async fn an_update_in_between_is_kept() {
    let test = with_templates().await;
    let id = begin(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    let mut described = stored(&test, &id);
    described.description = Some("theirs".to_owned());
    described.revision = described.revision.next();
    test.store.before_next_commit(move |store| store.seed(described));
    bundle_validate(&test.app, &id).await.expect("tries again");
    let version = stored(&test, &id);
    assert_eq!(version.description.as_deref(), Some("theirs"));
    assert_eq!(version.status(), TemplateVersionStatus::Draft);
}

#[tokio::test]
async fn an_upload_publishes_when_its_registration_file_asks_for_it() {
    let test = with_templates().await;
    let text = "compatible_environments: [\"net:1\"]\nsupported_component_sources: [DIRECTLY_DEFINED]\npublish: true\n";
    let version = upload(&test, SERVICE, "web", &with_registration(files(SERVICE, SIZE), text)).await;
    assert_eq!(version.status(), TemplateVersionStatus::Published, "{:?}", version.status_message());
    assert_eq!(version.compatible_environment_templates, [compatible("net", 1)]);
    assert!(version.supports_components);
    assert_eq!(template(&test, SERVICE, "web").recommended(), Some(version.version));
    let (events, _) = test.drain_effects();
    let of_version: Vec<_> = events.iter().filter(|event| event.detail_type.contains("Version")).collect();
    let statuses: Vec<_> = of_version.iter().map(|event| event.detail["status"].as_str()).collect();
    assert_eq!(statuses, [Some("REGISTRATION_IN_PROGRESS"), Some("DRAFT"), Some("PUBLISHED")]);
    let sequences: Vec<_> = of_version.iter().map(|event| event.detail["sequence"].as_u64()).collect();
    assert!(sequences.is_sorted_by(|one, next| one < next), "each event is newer: {sequences:?}");
    assert_eq!(sequences.last().copied().flatten(), Some(version.revision.as_u64()));
    assert_eq!(
        events.last().map(|event| &event.detail["status"]),
        Some(&"PUBLISHED".into()),
        "the template too"
    );
}

#[tokio::test]
async fn only_an_upload_publishes_itself() {
    let test = with_templates().await;
    let bundle = with_registration(files(ENVIRONMENT, SIZE), "publish: true\n");
    let by_api = register(&test, ENVIRONMENT, "net", &bundle).await;
    assert_eq!(by_api.status(), TemplateVersionStatus::Draft);
    let by_upload = upload(&test, ENVIRONMENT, "net", &bundle).await;
    assert_eq!(by_upload.status(), TemplateVersionStatus::Published);
}

#[rstest]
#[case("publish: true\n", "names no compatible environment templates")]
#[case("compatible_environments: [\"net:2\"]\n", "no major version 2 of an environment template 'net'")]
#[case("compatible_environments: [\"other:1\"]\n", "no major version 1 of an environment template 'other'")]
#[tokio::test]
async fn an_uploaded_service_names_environment_templates_that_exist(
    #[case] registration: &str,
    #[case] expected: &str,
) {
    let test = with_templates().await;
    let bundle = with_registration(files(SERVICE, SIZE), registration);
    let version = upload(&test, SERVICE, "web", &bundle).await;
    assert_eq!(version.status(), TemplateVersionStatus::RegistrationFailed);
    let message = version.status_message().expect("says why");
    assert!(message.starts_with(".template-registration.yaml: ") && message.contains(expected), "{message}");
}

#[tokio::test]
async fn a_service_by_api_has_what_its_request_names() {
    let test = with_templates().await;
    let bundle = with_registration(files(SERVICE, SIZE), "compatible_environments: [\"other:9\"]\n");
    let version = register(&test, SERVICE, "web", &bundle).await;
    assert_eq!(version.status(), TemplateVersionStatus::Draft, "{:?}", version.status_message());
    assert_eq!(version.compatible_environment_templates, [compatible("net", 1)]);
    assert!(!version.supports_components);
}

#[tokio::test]
async fn a_long_schema_lies_in_the_artifact_bucket() {
    let test = with_templates().await;
    let many: String = (0..200)
        .map(|n| format!("        input_{n}:\n          type: string\n          default: x\n"))
        .collect();
    let bundle = files(ENVIRONMENT, &format!("{SIZE}{many}"));
    let version = register(&test, ENVIRONMENT, "net", &bundle).await;
    assert!(matches!(version.bundle.as_ref().map(|bundle| &bundle.schema), Some(Document::Stored { .. })));
    let view = protium_app::template_version::version_get(&test.app, &id_of(&version)).await.expect("exists");
    assert!(view.schema.expect("registered").contains("input_199"));
    let next = register(&test, ENVIRONMENT, "net", &bundle).await;
    assert_eq!(next.status(), TemplateVersionStatus::Draft, "{:?}", next.status_message());
}

#[tokio::test]
async fn a_registration_that_somebody_else_ends_meanwhile_stays_as_they_ended_it() {
    let test = with_templates().await;
    let id = begin(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    let mut given_up = stored(&test, &id);
    given_up.refuse("no answer".to_owned(), test.now()).expect("in registration");
    given_up.revision = given_up.revision.next();
    test.store.before_next_commit(move |store| store.seed(given_up));
    let late = bundle_validate(&test.app, &id).await.expect("harmless");
    assert_eq!(late, Some(TemplateVersionStatus::RegistrationFailed));
    assert_eq!(stored(&test, &id).status_message(), Some("no answer"));
}

#[tokio::test]
async fn every_registered_minor_counts_not_only_the_last() {
    let test = with_templates().await;
    let first = register(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    let two = format!("{SIZE}        color:\n          type: string\n          default: red\n");
    register(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, &two)).await;
    let third = register(&test, ENVIRONMENT, "net", &files(ENVIRONMENT, SIZE)).await;
    assert!(third.status_message().expect("says why").contains("color"), "{:?}", third.status_message());
    let publish = VersionUpdate {
        id: id_of(&first),
        description: None,
        status: Some(TemplateVersionStatus::Published),
        compatible_environment_templates: None,
        supports_components: None,
    };
    version_update(&test.app, publish).await.expect("a draft");
    let failed = VersionUpdate {
        id: id_of(&third),
        description: None,
        status: Some(TemplateVersionStatus::Published),
        compatible_environment_templates: None,
        supports_components: None,
    };
    refusal!(version_update(&test.app, failed).await, Conflict);
}
