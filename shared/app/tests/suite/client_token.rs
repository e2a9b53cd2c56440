//! Client tokens: repeats are harmless for eight hours (behaviour 2.0).

use std::collections::BTreeSet;
use std::time::Duration;

use protium_app::template::template_create;
use protium_app::template_version::{VersionCreate, VersionView, version_create, version_delete};
use protium_domain::template::TemplateKind;
use protium_testkit::records;

use crate::contention::race;
use crate::refusal;
use crate::template::create_input as template_input;
use crate::template_version::{create_input, draft, template, with_net};

const KIND: TemplateKind = TemplateKind::Environment;

fn number(answer: protium_app::Result<VersionView>) -> String {
    answer.expect("made, or the original").version.version.to_string()
}

fn token(input: VersionCreate, token: &str) -> VersionCreate {
    VersionCreate { client_token: Some(token.to_owned()), ..input }
}

#[tokio::test]
async fn of_racing_calls_with_one_client_token_one_makes_a_version() {
    let test = with_net().await;
    let answers =
        race(
            &test,
            6,
            |app, _| async move { version_create(&app, token(create_input(KIND, "net"), "t")).await },
        );
    let numbers: BTreeSet<String> = answers.await.into_iter().map(number).collect();
    assert_eq!(numbers, BTreeSet::from(["1.0".to_owned()]));
    assert_eq!(template(&test).versions().count(), 1);
}

#[tokio::test]
async fn a_client_token_makes_repeats_harmless_for_eight_hours() {
    let test = with_net().await;
    let input = token(create_input(KIND, "net"), "t");
    let first = version_create(&test.app, input.clone()).await.expect("valid");
    test.advance(Duration::from_secs(8 * 3600 - 1));
    assert_eq!(version_create(&test.app, input.clone()).await.expect("repeats"), first);
    let other = VersionCreate { description: Some("d".to_owned()), ..input.clone() };
    let message = refusal!(version_create(&test.app, other).await, Validation);
    assert!(message.starts_with("IdempotentParameterMismatch"), "{message}");
    test.advance(Duration::from_secs(1));
    let again = version_create(&test.app, input).await.expect("the token has expired");
    assert_eq!(again.version.version.to_string(), "2.0");
    let another = version_create(&test.app, token(create_input(KIND, "net"), "u")).await.expect("valid");
    assert_eq!(another.version.version.to_string(), "3.0");
}

#[tokio::test]
async fn a_client_token_of_a_deleted_version_makes_a_new_one_once() {
    let test = with_net().await;
    let input = token(create_input(KIND, "net"), "t");
    let first = version_create(&test.app, input.clone()).await.expect("valid");
    let mut accepted = first.version.clone();
    accepted.accept(records::bundle(KIND), None, test.now()).expect("in registration");
    accepted.revision = accepted.revision.next();
    test.seed(accepted);
    version_delete(&test.app, &first.id()).await.expect("nobody uses it");
    test.advance(Duration::from_secs(60));
    let answers = race(&test, 4, |app, _| {
        let input = input.clone();
        async move { version_create(&app, input).await }
    });
    let numbers: BTreeSet<String> = answers.await.into_iter().map(number).collect();
    assert_eq!(numbers, BTreeSet::from(["2.0".to_owned()]));
}

#[tokio::test]
async fn tokens_of_the_two_kinds_are_apart() {
    let test = with_net().await;
    draft(&test, None).await;
    template_create(&test.app, template_input(TemplateKind::Service, "net")).await.expect("free");
    version_create(&test.app, token(create_input(KIND, "net"), "t")).await.expect("valid");
    let service = version_create(&test.app, token(create_input(TemplateKind::Service, "net"), "t")).await;
    assert_eq!(service.expect("another operation").version.version.to_string(), "1.0");
}
