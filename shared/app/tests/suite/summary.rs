//! What is counted, and the quotas that are kept by it.

use protium_app::account_connection::{
    AccountConnectionCreate, account_connection_create, account_connection_delete,
};
use protium_app::summary::{Counts, resources_summary};
use protium_app::template::{TemplateCreate, template_create, template_delete};
use protium_app::{Commit, Error};
use protium_domain::account_connection::ConnectionRoles;
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::environment::Environment;
use protium_domain::intent::Partition;
use protium_domain::quota::Quotas;
use protium_domain::tally::Countable;
use protium_domain::template::{Template, TemplateKind};
use protium_domain::version::VersionNumber;
use protium_testkit::{TestApp, records};

use crate::contention::race;
use crate::refusal;

fn with_quotas(quotas: Quotas) -> TestApp {
    TestApp::builder().installation(|installation| installation.quotas = quotas).build()
}

fn template(name: &str) -> TemplateCreate {
    TemplateCreate {
        kind: TemplateKind::Environment,
        name: records::name(name),
        display_name: None,
        description: None,
        encryption_key: None,
        customer_managed: false,
        tags: records::no_tags(),
    }
}

async fn counts(test: &TestApp, kind: Countable) -> Counts {
    resources_summary(&test.app).await.expect("counts").get(&kind).copied().unwrap_or_default()
}

async fn create(test: &TestApp, environment: Environment) -> Environment {
    let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
    commit.create(&environment);
    commit.submit(&test.app).await.expect("free");
    test.store.peek(&protium_app::ports::Key::Environment(environment.name)).expect("there")
}

async fn replace(test: &TestApp, environment: Environment) -> Environment {
    let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
    let environment = commit.replace(environment);
    commit.submit(&test.app).await.expect("nobody else writes");
    environment
}

#[tokio::test]
async fn counts_follow_what_becomes_of_a_resource() {
    let test = TestApp::new();
    let (mut net, _) = test.template_published(TemplateKind::Environment, "net");
    let environment =
        create(&test, records::environment_succeeded("beta", "net", test.id(), test.now())).await;
    let up_to_date = Counts { total: 1, up_to_date: 1, ..Counts::default() };
    assert_eq!(counts(&test, Countable::Environment).await, up_to_date);

    for (major, expected) in [
        (Some(1), Counts { total: 1, behind_minor: 1, ..Counts::default() }),
        (None, Counts { total: 1, behind_major: 1, ..Counts::default() }),
    ] {
        let number = net.version_allocate(major).expect("the next one");
        net.version_published(number);
        test.seed::<Template>(net.clone());
        assert_eq!(counts(&test, Countable::Environment).await, expected, "without any write to it");
    }

    let mut failing = environment;
    failing.deployable.update(test.id(), test.now()).expect("settled");
    let mut failing = replace(&test, failing).await;
    let state = failing.state();
    failing.finish(DeploymentOutcome::Failed, None, &state).expect("in progress");
    let mut failed = replace(&test, failing).await;
    let expected = Counts { total: 1, failed: 1, behind_major: 1, ..Counts::default() };
    assert_eq!(counts(&test, Countable::Environment).await, expected);

    failed.version = VersionNumber::new(2, 0);
    let moved = replace(&test, failed).await;
    let expected = Counts { total: 1, failed: 1, up_to_date: 1, ..Counts::default() };
    assert_eq!(counts(&test, Countable::Environment).await, expected);

    let mut commit = Commit::new(Partition::Environment(moved.name.clone()));
    commit.delete(moved);
    commit.submit(&test.app).await.expect("nobody else writes");
    assert_eq!(counts(&test, Countable::Environment).await, Counts::default());
}

#[tokio::test]
async fn what_was_made_before_anything_was_counted_is_counted_from_its_next_write_on() {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    let (environment, _) = test.environment_succeeded("beta", "net", &[]);
    assert_eq!(counts(&test, Countable::Environment).await, Counts::default());
    let environment = replace(&test, environment).await;
    let environment = replace(&test, environment).await;
    assert_eq!(counts(&test, Countable::Environment).await.total, 1);
    let mut commit = Commit::new(Partition::Environment(environment.name.clone()));
    commit.delete(environment);
    commit.submit(&test.app).await.expect("nobody else writes");
    assert_eq!(counts(&test, Countable::Environment).await.total, 0);
}

#[tokio::test]
async fn the_summary_reads_as_often_for_many_resources_as_for_one() {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    let calls = async |test: &TestApp| {
        let before = test.store.calls();
        counts(test, Countable::Environment).await;
        let after = test.store.calls();
        (after.list - before.list, after.get_many - before.get_many, after.get - before.get)
    };
    create(&test, records::environment_succeeded("e", "net", test.id(), test.now())).await;
    assert_eq!(calls(&test).await, (1, 1, 0));
    for number in 0..100 {
        let name = format!("e-{number}");
        create(&test, records::environment_succeeded(&name, "net", test.id(), test.now())).await;
    }
    assert_eq!(calls(&test).await, (1, 1, 0));
    assert_eq!(counts(&test, Countable::Environment).await.total, 101);
}

#[tokio::test]
async fn a_quota_is_kept_and_deletion_makes_room() {
    let test = with_quotas(Quotas { templates: 2, ..Quotas::default() });
    for name in ["a", "b"] {
        template_create(&test.app, template(name)).await.expect("room");
    }
    let message = refusal!(template_create(&test.app, template("c")).await, QuotaExceeded);
    assert!(
        message.contains("2 environment and service templates") && message.contains("Quotas"),
        "{message}"
    );
    template_create(&test.app, template("a")).await.expect("a repeat makes nothing");
    assert_eq!(counts(&test, Countable::EnvironmentTemplate).await.total, 2);
    template_delete(&test.app, TemplateKind::Environment, &records::name("a")).await.expect("no versions");
    template_create(&test.app, template("c")).await.expect("room again");
}

#[tokio::test]
async fn racing_creations_keep_a_quota_exactly() {
    let test = with_quotas(Quotas { templates: 3, ..Quotas::default() });
    let answers =
        race(
            &test,
            8,
            |app, number| async move { template_create(&app, template(&format!("t-{number}"))).await },
        );
    let (made, refused): (Vec<_>, Vec<_>) = answers.await.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 3);
    assert!(refused.iter().all(|refused| matches!(refused, Err(Error::QuotaExceeded(_)))), "{refused:?}");
    assert_eq!(test.store.all::<Template>().len(), 3);
}

#[tokio::test]
async fn connections_are_limited_per_environment_account() {
    let test = with_quotas(Quotas { connections: 1, ..Quotas::default() });
    let request = |environment: &str, account: &str| AccountConnectionCreate {
        management_account: records::ACCOUNT.to_owned(),
        environment_name: records::name(environment),
        roles: ConnectionRoles {
            role_arn: Some(format!("arn:aws:iam::{account}:role/protium/x")),
            ..ConnectionRoles::default()
        },
        tags: records::no_tags(),
        client_token: None,
    };
    let (one, other) = ("222233334444", "333344445555");
    let made = account_connection_create(&test.app, one, request("a", one)).await.expect("room");
    refusal!(account_connection_create(&test.app, one, request("b", one)).await, QuotaExceeded);
    account_connection_create(&test.app, other, request("b", other)).await.expect("room of its own");
    account_connection_delete(&test.app, one, &made.id).await.expect("its own");
    account_connection_create(&test.app, one, request("c", one)).await.expect("room again");
}
