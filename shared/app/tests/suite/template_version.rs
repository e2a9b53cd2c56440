//! Versions of templates: numbers, client tokens, lists, publication.

use std::collections::BTreeSet;
use std::time::Duration;

use protium_app::PageRequest;
use protium_app::template::template_create;
use protium_app::template_version::{
    VersionCreate, VersionId, VersionUpdate, VersionView, version_create, version_delete, version_get,
    version_list, version_update,
};
use protium_domain::intent::Workflow;
use protium_domain::tag::Tags;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::template_version::{
    BundleSource, CompatibleEnvironmentTemplate, TemplateVersion, TemplateVersionStatus,
};
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::contention::race;
use crate::refusal;
use crate::template::create_input as template_input;

const KIND: TemplateKind = TemplateKind::Environment;

pub(crate) fn compatible(template: &str, major: u64) -> CompatibleEnvironmentTemplate {
    CompatibleEnvironmentTemplate { template_name: records::name(template), major_version: major }
}

pub(crate) fn create_input(kind: TemplateKind, template: &str) -> VersionCreate {
    VersionCreate {
        kind,
        template: records::name(template),
        major: None,
        description: None,
        source: records::bundle_source("bundle.tar.gz"),
        compatible_environment_templates: match kind {
            TemplateKind::Environment => Vec::new(),
            TemplateKind::Service => vec![compatible("net", 1)],
        },
        supports_components: false,
        tags: Tags::default(),
        client_token: None,
    }
}

pub(crate) fn id_of(version: &TemplateVersion) -> VersionId {
    VersionId { kind: version.kind, template: version.template.clone(), version: version.version }
}

fn id(number: &str) -> VersionId {
    VersionId { kind: KIND, template: records::name("net"), version: number.parse().expect("a version") }
}

/// A template `net` without versions.
pub(crate) async fn with_net() -> TestApp {
    let test = TestApp::new();
    template_create(&test.app, template_input(KIND, "net")).await.expect("free");
    let _ = test.drain_intents();
    test
}

/// Creates a version of `net` and ends its registration well.
pub(crate) async fn draft(test: &TestApp, major: Option<u64>) -> VersionId {
    let input = VersionCreate { major, ..create_input(KIND, "net") };
    let mut version = version_create(&test.app, input).await.expect("valid").version;
    version.accept(records::bundle(KIND), None, test.now()).expect("in registration");
    version.revision = version.revision.next();
    id_of(&test.seed(version))
}

async fn publish(test: &TestApp, id: &VersionId) -> protium_app::Result<VersionView> {
    set_status(test, id, TemplateVersionStatus::Published).await
}

async fn set_status(
    test: &TestApp,
    id: &VersionId,
    status: TemplateVersionStatus,
) -> protium_app::Result<VersionView> {
    let update = VersionUpdate { status: Some(status), ..describe(id, None) };
    version_update(&test.app, update).await
}

fn describe(id: &VersionId, description: Option<&str>) -> VersionUpdate {
    VersionUpdate {
        id: id.clone(),
        description: description.map(ToOwned::to_owned),
        status: None,
        compatible_environment_templates: None,
        supports_components: None,
    }
}

pub(crate) fn template(test: &TestApp) -> Template {
    let key = protium_app::ports::Key::Template(KIND, records::name("net"));
    test.store.peek(&key).expect("the template exists")
}

#[tokio::test]
async fn a_version_begins_in_registration_and_starts_its_workflow() {
    let test = with_net().await;
    let view = version_create(&test.app, create_input(KIND, "net")).await.expect("valid");
    assert_eq!(view.version.status(), TemplateVersionStatus::RegistrationInProgress);
    assert_eq!(view.version.version.to_string(), "1.0");
    let (events, workflows) = test.drain_effects();
    let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
    assert_eq!(event.detail_type, "AWS Proton Environment Template Version Status Change");
    assert_eq!(event.detail["status"], "REGISTRATION_IN_PROGRESS");
    let [start] = workflows.as_slice() else { panic!("one workflow, not {workflows:?}") };
    assert_eq!(start.workflow, Workflow::Publish);
    assert_eq!(start.name, "environment-net-1-0-1793610000000-1");
    assert_eq!(
        start.input,
        serde_json::json!({"kind": "ENVIRONMENT", "templateName": "net", "majorVersion": "1", "minorVersion": "0"})
    );
}

#[rstest]
#[case("uploads", true)]
#[case("more-bundles", true)]
#[case("elsewhere", false)]
#[tokio::test]
async fn bundles_come_from_configured_buckets(#[case] bucket: &str, #[case] allowed: bool) {
    let test = with_net().await;
    let source = BundleSource { bucket: bucket.to_owned(), ..records::bundle_source("b.tar.gz") };
    let answer = version_create(&test.app, VersionCreate { source, ..create_input(KIND, "net") }).await;
    if allowed {
        answer.expect("an allowed bucket");
    } else {
        let message = refusal!(answer, Validation);
        assert!(
            message.starts_with("source.s3.bucket:") && message.contains("SourceBucketArns"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_deleted_and_remade_template_starts_a_workflow_of_another_name() {
    let test = with_net().await;
    let first = version_create(&test.app, create_input(KIND, "net")).await.expect("valid").version;
    test.store.unseed(&protium_app::ports::Key::TemplateVersion(KIND, records::name("net"), first.version));
    let key = protium_app::ports::Key::Template(KIND, records::name("net"));
    test.store.unseed(&key);
    test.advance(Duration::from_secs(1));
    template_create(&test.app, template_input(KIND, "net")).await.expect("free again");
    version_create(&test.app, create_input(KIND, "net")).await.expect("valid");
    let (_, workflows) = test.drain_effects();
    assert_eq!(workflows.len(), 2);
    assert_ne!(workflows[0].name, workflows[1].name);
    assert_eq!(workflows[0].input, workflows[1].input);
}

#[rstest]
#[case(None, Ok("2.0"))]
#[case(Some(1), Ok("1.1"))]
#[case(Some(2), Ok("2.0"))]
#[case(Some(3), Err("the major version 3 does not exist"))]
#[case(Some(0), Err("the major version 0 does not exist"))]
#[tokio::test]
async fn majors_exist_or_are_the_next(#[case] major: Option<u64>, #[case] expected: Result<&str, &str>) {
    let test = with_net().await;
    draft(&test, None).await;
    let answer = version_create(&test.app, VersionCreate { major, ..create_input(KIND, "net") }).await;
    match expected {
        Ok(number) => assert_eq!(answer.expect("valid").version.version.to_string(), number),
        Err(message) => assert!(refusal!(answer, NotFound).starts_with(message)),
    }
}

#[tokio::test]
async fn racing_creations_each_get_their_own_version() {
    let test = with_net().await;
    let answers = race(&test, 20, |app, _| async move {
        version_create(&app, VersionCreate { major: Some(1), ..create_input(KIND, "net") }).await
    });
    let number = |answer: protium_app::Result<VersionView>| answer.expect("tries again").version.version;
    let numbers: BTreeSet<_> = answers.await.into_iter().map(number).collect();
    assert_eq!(numbers.len(), 20);
    assert!(test.store.calls().commit > 100, "they did race");
    assert_eq!(template(&test).versions().count(), 20);
    let (events, workflows) = test.drain_effects();
    assert_eq!((events.len(), workflows.len()), (20, 20));
}

#[tokio::test]
async fn compatible_environment_templates_have_to_exist() {
    let test = with_net().await;
    draft(&test, None).await;
    template_create(&test.app, template_input(TemplateKind::Service, "web")).await.expect("free");
    let input = create_input(TemplateKind::Service, "web");
    version_create(&test.app, input.clone()).await.expect("net:1 exists");
    for missing in [compatible("net", 2), compatible("other", 1)] {
        let named = vec![compatible("net", 1), missing.clone()];
        let answer = VersionCreate { compatible_environment_templates: named, ..input.clone() };
        let message = refusal!(version_create(&test.app, answer).await, NotFound);
        let tail = format!("environment-template/{}:{}", missing.template_name, missing.major_version);
        assert!(message.ends_with(&tail), "{message}");
    }
}

#[tokio::test]
async fn tags_of_the_template_are_copied_and_those_of_the_request_win() {
    let test = TestApp::new();
    let pairs = |pairs: &[(&str, &str)]| {
        Tags::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))).expect("valid")
    };
    let mut input = template_input(KIND, "net");
    input.tags = pairs(&[("team", "a"), ("cost", "1")]);
    template_create(&test.app, input).await.expect("free");
    let input = VersionCreate { tags: pairs(&[("cost", "2")]), ..create_input(KIND, "net") };
    let version = version_create(&test.app, input).await.expect("valid").version;
    assert_eq!(version.tags, pairs(&[("team", "a"), ("cost", "2")]));
}

#[tokio::test]
async fn a_template_holds_a_thousand_versions() {
    let test = with_net().await;
    let mut full = template(&test);
    for _ in 0..1_000 {
        full.version_allocate(Some(1)).expect("the first major");
    }
    test.seed(full);
    refusal!(version_create(&test.app, create_input(KIND, "net")).await, QuotaExceeded);
}

#[tokio::test]
async fn unknown_templates_and_versions_are_not_found() {
    let test = TestApp::new();
    refusal!(version_create(&test.app, create_input(KIND, "net")).await, NotFound);
    let all = PageRequest { limit: 100, after: None };
    refusal!(version_list(&test.app, KIND, &records::name("net"), None, &all).await, NotFound);
    let message = refusal!(version_get(&test.app, &id("1.0")).await, NotFound);
    assert_eq!(
        message,
        "The requested environment template version does not exist: \
         arn:aws:proton:eu-west-1:111122223333:environment-template/net:1.0"
    );
    refusal!(version_update(&test.app, describe(&id("1.0"), Some("d"))).await, NotFound);
    assert_eq!(version_delete(&test.app, &id("1.0")).await.expect("idempotent"), None);
}

#[tokio::test]
async fn a_registered_version_shows_its_schema_and_the_recommended_minor() {
    let test = with_net().await;
    let first = draft(&test, None).await;
    publish(&test, &first).await.expect("a draft");
    let second = draft(&test, Some(1)).await;
    let view = version_get(&test.app, &second).await.expect("exists");
    assert_eq!(view.recommended_minor, Some(0), "drafts are never recommended");
    assert!(view.schema.expect("registered").contains("environment_input_type"));
    let fresh = version_create(&test.app, create_input(KIND, "net")).await.expect("valid");
    assert_eq!(version_get(&test.app, &fresh.id()).await.expect("exists").schema, None);
}

async fn listed(test: &TestApp, major: Option<u64>, limit: usize) -> Vec<String> {
    let (mut numbers, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { limit, after };
        let page =
            version_list(&test.app, KIND, &records::name("net"), major, &request).await.expect("a page");
        assert!(page.items.len() <= limit);
        numbers.extend(page.items.into_iter().map(|view| view.version.version.to_string()));
        if page.next.is_none() {
            return numbers;
        }
        after = page.next;
    }
}

#[rstest]
#[case(100)]
#[case(2)]
#[case(1)]
#[tokio::test]
async fn lists_show_majors_or_the_minors_of_one_newest_first(#[case] limit: usize) {
    let test = with_net().await;
    for major in [None, Some(1), Some(1), None, None, Some(3)] {
        draft(&test, major).await;
    }
    version_delete(&test.app, &id("1.0")).await.expect("nobody uses it");
    assert_eq!(listed(&test, None, limit).await, ["3.0", "2.0", "1.1"]);
    assert_eq!(listed(&test, Some(1), limit).await, ["1.2", "1.1"]);
    assert_eq!(listed(&test, Some(9), limit).await, Vec::<String>::new());
}

#[tokio::test]
async fn publishing_moves_the_recommendation_and_is_announced() {
    let test = with_net().await;
    let first = draft(&test, None).await;
    let second = draft(&test, Some(1)).await;
    let _ = test.drain_intents();
    let view = publish(&test, &second).await.expect("a draft");
    assert_eq!(view.version.status(), TemplateVersionStatus::Published);
    assert_eq!(view.recommended_minor, Some(1));
    let (events, _) = test.drain_effects();
    let statuses: Vec<_> = events.iter().map(|event| (&event.detail_type, &event.detail["status"])).collect();
    assert_eq!(statuses.len(), 2, "the version, and the template for the first time: {statuses:?}");
    assert_eq!(publish(&test, &second).await.expect("harmless"), view);
    assert!(test.drain_intents().is_empty());
    publish(&test, &first).await.expect("a draft");
    assert_eq!(test.drain_effects().0.len(), 1, "the template was published before");
    assert_eq!(template(&test).recommended(), Some(second.version));
}

#[tokio::test]
async fn racing_publications_are_all_remembered_by_the_template() {
    let test = with_net().await;
    let mut drafts = Vec::new();
    for _ in 0..5 {
        drafts.push(draft(&test, Some(1)).await);
    }
    let answers = race(&test, drafts.len(), |app, number| {
        let status = Some(TemplateVersionStatus::Published);
        let update = VersionUpdate { status, ..describe(&drafts[number], None) };
        async move { version_update(&app, update).await }
    });
    for answer in answers.await {
        answer.expect("tries again");
    }
    for published in drafts.into_iter().rev() {
        assert_eq!(template(&test).recommended(), Some(published.version));
        let mut without = template(&test);
        without.version_deleted(published.version);
        test.seed(without);
    }
}

#[rstest]
#[case(TemplateVersionStatus::Draft)]
#[case(TemplateVersionStatus::RegistrationFailed)]
#[case(TemplateVersionStatus::RegistrationInProgress)]
#[tokio::test]
async fn no_other_status_can_be_set(#[case] status: TemplateVersionStatus) {
    let test = with_net().await;
    let published = draft(&test, None).await;
    publish(&test, &published).await.expect("a draft");
    refusal!(set_status(&test, &published, status).await, Conflict);
}

#[tokio::test]
async fn what_is_not_registered_can_not_be_published() {
    let test = with_net().await;
    let version = version_create(&test.app, create_input(KIND, "net")).await.expect("valid");
    refusal!(publish(&test, &version.id()).await, Conflict);
    let mut failed = version.version.clone();
    failed.refuse("broken".to_owned(), test.now()).expect("in registration");
    test.seed(failed);
    refusal!(publish(&test, &version.id()).await, Conflict);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let test = with_net().await;
    draft(&test, None).await;
    template_create(&test.app, template_input(TemplateKind::Service, "web")).await.expect("free");
    let version = version_create(&test.app, create_input(TemplateKind::Service, "web")).await.expect("valid");
    test.advance(Duration::from_secs(9));
    let same = version_update(&test.app, describe(&version.id(), None)).await.expect("exists");
    assert_eq!(same, version, "a request that names nothing changes nothing");
    let update = VersionUpdate { supports_components: Some(true), ..describe(&version.id(), Some("d")) };
    let updated = version_update(&test.app, update).await.expect("exists").version;
    assert_eq!(updated.description.as_deref(), Some("d"));
    assert!(updated.supports_components);
    assert_eq!(updated.compatible_environment_templates, [compatible("net", 1)]);
    assert_eq!(updated.last_modified_at, test.now());
    let unknown = Some(vec![compatible("net", 7)]);
    let update = VersionUpdate { compatible_environment_templates: unknown, ..describe(&version.id(), None) };
    refusal!(version_update(&test.app, update).await, NotFound);
}
