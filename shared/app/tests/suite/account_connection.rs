//! Environment account connections.

use protium_app::PageRequest;
use protium_app::account_connection::{
    AccountConnectionCreate, ConnectionFilter, ConnectionSide, account_connection_accept,
    account_connection_create, account_connection_delete, account_connection_get, account_connection_list,
    account_connection_reject, account_connection_update,
};
use protium_domain::account_connection::{
    AccountConnection, ConnectionClaim, ConnectionRoles, ConnectionStatus,
};
use protium_domain::identifier::Identifier;
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::contention::race;
use crate::refusal;

const OWN: &str = records::ACCOUNT;
const OTHER: &str = "222233334444";

fn role(account: &str) -> Option<String> {
    Some(format!("arn:aws:iam::{account}:role/protium/provisioning"))
}

fn request(environment: &str, token: Option<&str>) -> AccountConnectionCreate {
    AccountConnectionCreate {
        management_account: OWN.to_owned(),
        environment_name: records::name(environment),
        roles: ConnectionRoles { role_arn: role(OTHER), ..ConnectionRoles::default() },
        tags: records::no_tags(),
        client_token: token.map(ToOwned::to_owned),
    }
}

async fn made(test: &TestApp, environment: &str) -> AccountConnection {
    account_connection_create(&test.app, OTHER, request(environment, None)).await.expect("free")
}

fn statuses(test: &TestApp) -> Vec<(String, Option<String>, String)> {
    let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
    let (events, _) = test.drain_effects();
    let told = |detail: &serde_json::Value| {
        (text(&detail["id"]), text(&detail["previousStatus"]), text(&detail["status"]))
    };
    events
        .iter()
        .map(|event| {
            assert_eq!(event.detail_type, "AWS Proton Environment Account Connection Status Change");
            let (id, from, to) = told(&event.detail);
            (id.expect("an id"), from, to.expect("a status"))
        })
        .collect()
}

#[tokio::test]
async fn a_connection_goes_from_pending_to_connected_to_rejected() {
    let test = TestApp::new();
    let connection = made(&test, "beta").await;
    assert_eq!(connection.status(), ConnectionStatus::Pending);
    let accepted = account_connection_accept(&test.app, OWN, &connection.id).await.expect("pending");
    assert_eq!(accepted.status(), ConnectionStatus::Connected);
    refusal!(account_connection_accept(&test.app, OWN, &connection.id).await, Conflict);
    let rejected = account_connection_reject(&test.app, OWN, &connection.id).await.expect("unused");
    assert_eq!(rejected.status(), ConnectionStatus::Rejected);
    refusal!(account_connection_reject(&test.app, OWN, &connection.id).await, Conflict);
    refusal!(account_connection_accept(&test.app, OWN, &connection.id).await, Conflict);
    let id = connection.id.to_string();
    let change = |from: Option<&str>, to: &str| (id.clone(), from.map(str::to_owned), to.to_owned());
    let expected = [
        change(None, "PENDING"),
        change(Some("PENDING"), "CONNECTED"),
        change(Some("CONNECTED"), "REJECTED"),
    ];
    assert_eq!(statuses(&test), expected);
}

#[tokio::test]
async fn one_connection_at_a_time_lends_roles_for_an_environment() {
    let test = TestApp::new();
    let first = made(&test, "beta").await;
    let message =
        refusal!(account_connection_create(&test.app, OTHER, request("beta", None)).await, Conflict);
    assert!(message.contains("'beta'"), "{message}");
    made(&test, "gamma").await;
    account_connection_reject(&test.app, OWN, &first.id).await.expect("pending");
    let second = made(&test, "beta").await;
    // The rejected one goes without taking the name from its successor.
    account_connection_delete(&test.app, OTHER, &first.id).await.expect("its own");
    refusal!(account_connection_create(&test.app, OTHER, request("beta", None)).await, Conflict);
    account_connection_delete(&test.app, OTHER, &second.id).await.expect("its own");
    made(&test, "beta").await;
}

#[tokio::test]
async fn of_racing_requests_for_a_name_one_wins() {
    let test = TestApp::new();
    let answers = race(&test, 4, |app, _| async move {
        account_connection_create(&app, OTHER, request("beta", None)).await
    });
    let won = answers.await.into_iter().filter(Result::is_ok).count();
    assert_eq!((won, test.store.all::<AccountConnection>().len()), (1, 1));
    assert_eq!(test.store.all::<ConnectionClaim>().len(), 1);
}

#[tokio::test]
async fn a_token_makes_a_repeat_harmless_and_belongs_to_its_account() {
    let test = TestApp::new();
    let create = |environment: &str| request(environment, Some("token"));
    let first = account_connection_create(&test.app, OTHER, create("beta")).await.expect("free");
    let again = account_connection_create(&test.app, OTHER, create("beta")).await.expect("the same");
    assert_eq!(first, again);
    let message = refusal!(account_connection_create(&test.app, OTHER, create("gamma")).await, Validation);
    assert!(message.contains("IdempotentParameterMismatch"), "{message}");
    let third = "333344445555";
    let theirs = AccountConnectionCreate {
        roles: ConnectionRoles { role_arn: role(third), ..ConnectionRoles::default() },
        ..create("delta")
    };
    account_connection_create(&test.app, third, theirs).await.expect("their own token");
    account_connection_delete(&test.app, OTHER, &first.id).await.expect("its own");
    let anew = account_connection_create(&test.app, OTHER, create("beta")).await.expect("made anew");
    assert_ne!(anew.id, first.id);
}

#[rstest]
#[case::none(None, None)]
#[case::somebody_elses(role(OWN), None)]
#[case::not_allowed(Some(format!("arn:aws:iam::{OTHER}:role/admin")), None)]
#[case::somebody_elses_for_components(role(OTHER), role(OWN))]
#[tokio::test]
async fn only_own_and_allowed_roles_are_lent(
    #[case] role_arn: Option<String>,
    #[case] component_role_arn: Option<String>,
) {
    let test = TestApp::new();
    let roles = ConnectionRoles { role_arn, component_role_arn, codebuild_role_arn: None };
    let input = AccountConnectionCreate { roles: roles.clone(), ..request("beta", None) };
    refusal!(account_connection_create(&test.app, OTHER, input).await, Validation);
    assert!(test.store.everything().is_empty());
}

#[tokio::test]
async fn roles_change_also_while_connected_and_never_once_rejected() {
    let test = TestApp::new();
    let connection = made(&test, "beta").await;
    account_connection_accept(&test.app, OWN, &connection.id).await.expect("pending");
    let roles = ConnectionRoles { component_role_arn: role(OTHER), ..ConnectionRoles::default() };
    let updated =
        account_connection_update(&test.app, OTHER, &connection.id, roles.clone()).await.expect("its own");
    assert_eq!(updated.roles.role_arn, role(OTHER), "what is absent stays");
    assert_eq!(updated.roles.component_role_arn, role(OTHER));
    let foreign = ConnectionRoles { role_arn: role(OWN), ..ConnectionRoles::default() };
    refusal!(account_connection_update(&test.app, OTHER, &connection.id, foreign).await, Validation);
    account_connection_reject(&test.app, OWN, &connection.id).await.expect("unused");
    refusal!(account_connection_update(&test.app, OTHER, &connection.id, roles).await, Conflict);
}

#[tokio::test]
async fn a_connection_in_use_is_deleted_but_not_rejected() {
    let test = TestApp::new();
    let connection = made(&test, "beta").await;
    let mut used = account_connection_accept(&test.app, OWN, &connection.id).await.expect("pending");
    used.in_use = true;
    test.seed(used);
    refusal!(account_connection_reject(&test.app, OWN, &connection.id).await, Conflict);
    assert!(account_connection_delete(&test.app, OTHER, &connection.id).await.expect("its own").is_some());
    assert_eq!(account_connection_delete(&test.app, OTHER, &connection.id).await.expect("gone"), None);
    refusal!(account_connection_get(&test.app, OTHER, &connection.id).await, NotFound);
}

#[tokio::test]
async fn lists_are_newest_first_and_filtered_over_any_number_of_pages() {
    let test = TestApp::new();
    let mut ids = Vec::new();
    for number in 0..6 {
        let connection = made(&test, &format!("env-{number}")).await;
        if number % 2 == 0 {
            account_connection_accept(&test.app, OWN, &connection.id).await.expect("pending");
        }
        ids.push(connection.id);
        test.advance(std::time::Duration::from_secs(1));
    }
    ids.reverse();
    let connected: Vec<Identifier> = ids.iter().skip(1).step_by(2).cloned().collect();
    let cases = [
        (vec![], ids.clone()),
        (vec![ConnectionStatus::Connected], connected),
        (vec![ConnectionStatus::Rejected], vec![]),
    ];
    for (statuses, expected) in cases {
        let filter = ConnectionFilter { side: ConnectionSide::Management, environment_name: None, statuses };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit: 2, after };
            let page = account_connection_list(&test.app, OWN, &filter, &page).await.expect("a page");
            found.extend(page.items.into_iter().map(|connection| connection.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected);
    }
}
