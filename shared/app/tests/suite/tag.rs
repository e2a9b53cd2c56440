//! Tags of all that carries them.

use protium_app::PageRequest;
use protium_app::tag::{tags_list, tags_put, tags_remove};
use protium_domain::tag::Tags;
use protium_domain::template::TemplateKind;
use protium_testkit::TestApp;
use rstest::rstest;

use crate::contention::race;
use crate::refusal;

const PREFIX: &str = "arn:aws:proton:eu-west-1:111122223333:";

fn tags(pairs: &[(&str, &str)]) -> Tags {
    Tags::new(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))).expect("valid")
}

/// One of everything that carries tags.
fn inhabited() -> TestApp {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    test.template_published(TemplateKind::Service, "web");
    test.environment_succeeded("beta", "net", &[]);
    test.service_active("shop", "shop-beta", "beta", "web");
    test
}

async fn listed(test: &TestApp, arn: &str) -> Vec<(String, String)> {
    let page = PageRequest { limit: 100, after: None };
    tags_list(&test.app, arn, &page).await.expect("a page").items
}

#[rstest]
#[case("environment-template/net", &["account", "template"])]
#[case("environment-template/net:1.0", &["account", "template"])]
#[case("environment-template/net:1", &["account", "template"])]
#[case("service-template/web", &["account", "template"])]
#[case("service-template/web:1.0", &["account", "template"])]
#[case("environment/beta", &["account", "environment", "template"])]
#[case("service/shop", &["account", "service", "template"])]
#[case("service/shop/service-instance/shop-beta", &["account", "environment", "service", "service-instance", "template"])]
#[tokio::test]
async fn everything_taggable_is_tagged_beside_the_tags_of_the_system(
    #[case] tail: &str,
    #[case] system: &[&str],
) {
    let test = inhabited();
    let arn = format!("{PREFIX}{tail}");
    tags_put(&test.app, &arn, &tags(&[("team", "a"), ("cost", "1")])).await.expect("taggable");
    tags_put(&test.app, &arn, &tags(&[("cost", "2")])).await.expect("taggable");
    tags_remove(&test.app, &arn, &["team".to_owned(), "absent".to_owned()]).await.expect("taggable");
    let keys: Vec<String> = listed(&test, &arn).await.into_iter().map(|(key, _)| key).collect();
    let mut expected: Vec<String> = system.iter().map(|key| format!("aws:proton:{key}")).collect();
    expected.push("cost".to_owned());
    assert_eq!(keys, expected);
    assert!(listed(&test, &arn).await.contains(&("cost".to_owned(), "2".to_owned())));
    assert!(test.drain_intents().is_empty(), "tags are no change of status");
}

#[tokio::test]
async fn the_tags_of_the_system_say_where_an_instance_belongs() {
    let test = inhabited();
    let arn = format!("{PREFIX}service/shop/service-instance/shop-beta");
    let named: Vec<(String, String)> = listed(&test, &arn).await;
    let value =
        |key: &str| named.iter().find(|(name, _)| name == key).map(|(_, value)| value.replace(PREFIX, ""));
    assert_eq!(value("aws:proton:account").as_deref(), Some("111122223333"));
    assert_eq!(value("aws:proton:template").as_deref(), Some("service-template/web"));
    assert_eq!(value("aws:proton:environment").as_deref(), Some("environment/beta"));
    assert_eq!(value("aws:proton:service").as_deref(), Some("service/shop"));
    assert_eq!(
        value("aws:proton:service-instance").as_deref(),
        Some("service/shop/service-instance/shop-beta")
    );
}

#[rstest]
#[case("environment-template/other")]
#[case("environment-template/net:2.0")]
#[case("environment-template/net:2")]
#[case("environment-template/other:1")]
#[case("environment/other")]
#[case("service/other")]
#[case("service/shop/service-instance/other")]
#[case("component/queue")]
#[tokio::test]
async fn what_does_not_exist_is_not_found(#[case] tail: &str) {
    let test = inhabited();
    let arn = format!("{PREFIX}{tail}");
    refusal!(tags_put(&test.app, &arn, &tags(&[("team", "a")])).await, NotFound);
    refusal!(tags_list(&test.app, &arn, &PageRequest { limit: 1, after: None }).await, NotFound);
}

#[rstest]
#[case("arn:aws:proton:eu-west-1:111122223333:service/shop/pipeline")]
#[case("arn:aws:proton:eu-west-1:111122223333:deployment/0190163d-8694-739b-aea5-966c26f8ad91")]
#[case("arn:aws:proton:us-east-1:111122223333:service/shop")]
#[case("arn:aws:s3:::bucket")]
#[tokio::test]
async fn other_arns_are_invalid(#[case] arn: &str) {
    let test = inhabited();
    refusal!(tags_remove(&test.app, arn, &["team".to_owned()]).await, Validation);
}

#[tokio::test]
async fn a_resource_holds_at_most_fifty_tags_and_keeps_those_of_the_system() {
    let test = inhabited();
    let arn = format!("{PREFIX}environment/beta");
    let fifty = Tags::new((0..50).map(|number| (format!("k{number}"), String::new()))).expect("fits");
    tags_put(&test.app, &arn, &fifty).await.expect("fits");
    assert_eq!(listed(&test, &arn).await.len(), 53);
    refusal!(tags_put(&test.app, &arn, &tags(&[("one-more", "")])).await, Validation);
    refusal!(tags_remove(&test.app, &arn, &["aws:proton:account".to_owned()]).await, Validation);
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let test = inhabited();
    let arn = format!("{PREFIX}environment/beta");
    let five = Tags::new((0..5).map(|number| (format!("k{number}"), String::new()))).expect("fits");
    tags_put(&test.app, &arn, &five).await.expect("fits");
    let (mut keys, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = tags_list(&test.app, &arn, &PageRequest { limit: 4, after }).await.expect("a page");
        keys.extend(page.items.into_iter().map(|(key, _)| key));
        pages += 1;
        if page.next.is_none() {
            break;
        }
        after = page.next;
    }
    assert_eq!(pages, 2);
    assert_eq!(keys, listed(&test, &arn).await.into_iter().map(|(key, _)| key).collect::<Vec<_>>());
}

#[tokio::test]
async fn racing_tags_all_arrive() {
    let test = inhabited();
    let arn = format!("{PREFIX}service/shop");
    let answers = race(&test, 5, |app, number| {
        let arn = arn.clone();
        async move { tags_put(&app, &arn, &tags(&[(&format!("k{number}"), "")])).await }
    });
    for answer in answers.await {
        answer.expect("tries again");
    }
    assert_eq!(listed(&test, &arn).await.len(), 3 + 5);
}
