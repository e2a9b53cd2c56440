//! Account settings.

use protium_app::account::{RepositoryChoice, SettingsUpdate, settings_get, settings_update};
use protium_domain::account::{AccountSettings, RepositoryBranch};
use protium_domain::repository::RepositoryId;
use protium_domain::revision::Revision;
use protium_testkit::TestApp;

use crate::refusal;

const ROLE: &str = "arn:aws:iam::111122223333:role/protium/pipelines";

fn id() -> RepositoryId {
    RepositoryId::parse("github:acme/pipelines").expect("a link")
}

fn repository() -> RepositoryChoice {
    RepositoryChoice { id: id(), branch: "main".into() }
}

#[tokio::test]
async fn what_is_absent_stays_and_what_is_empty_goes() {
    let test = TestApp::new();
    assert_eq!(settings_get(&test.app).await.expect("reads"), AccountSettings::default());
    let service = SettingsUpdate { pipeline_service_role_arn: Some(ROLE.into()), ..Default::default() };
    settings_update(&test.app, service).await.expect("allowed");
    let build = SettingsUpdate { pipeline_codebuild_role_arn: Some(ROLE.into()), ..Default::default() };
    let both = settings_update(&test.app, build).await.expect("allowed");
    assert_eq!(both.pipeline_service_role_arn.as_deref(), Some(ROLE));
    assert_eq!(both.pipeline_codebuild_role_arn.as_deref(), Some(ROLE));
    let clear = SettingsUpdate { pipeline_service_role_arn: Some(String::new()), ..Default::default() };
    let cleared = settings_update(&test.app, clear).await.expect("clears");
    assert_eq!(cleared.pipeline_service_role_arn, None);
    assert_eq!(cleared.pipeline_codebuild_role_arn.as_deref(), Some(ROLE));
    assert_eq!(settings_get(&test.app).await.expect("reads"), cleared);
}

#[tokio::test]
async fn only_roles_on_the_allow_list_are_accepted() {
    let test = TestApp::new();
    let other = "arn:aws:iam::111122223333:role/admin".to_owned();
    for update in [
        SettingsUpdate { pipeline_service_role_arn: Some(other.clone()), ..Default::default() },
        SettingsUpdate { pipeline_codebuild_role_arn: Some(other.clone()), ..Default::default() },
    ] {
        let message = refusal!(settings_update(&test.app, update).await, Validation);
        assert!(message.contains(&other) && message.contains("ProvisioningRoleArns"), "{message}");
    }
    assert!(test.store.everything().is_empty());
}

#[tokio::test]
async fn a_repository_is_given_or_deleted_but_not_both() {
    let test = TestApp::new();
    let both = SettingsUpdate {
        pipeline_provisioning_repository: Some(repository()),
        delete_pipeline_provisioning_repository: true,
        ..Default::default()
    };
    refusal!(settings_update(&test.app, both).await, Validation);
    let given = SettingsUpdate { pipeline_provisioning_repository: Some(repository()), ..Default::default() };
    refusal!(settings_update(&test.app, given).await, NotFound);
    let branch = RepositoryBranch { arn: "arn".into(), repository: id(), branch: "main".into() };
    let revision = Some(Revision::first(test.now()));
    test.seed(AccountSettings {
        pipeline_provisioning_repository: Some(branch),
        revision,
        ..Default::default()
    });
    let deleted = SettingsUpdate { delete_pipeline_provisioning_repository: true, ..Default::default() };
    let settings = settings_update(&test.app, deleted).await.expect("clears");
    assert_eq!(settings.pipeline_provisioning_repository, None);
}

#[tokio::test]
async fn racing_updates_of_different_settings_both_last() {
    let test = TestApp::new();
    let theirs = SettingsUpdate { pipeline_codebuild_role_arn: Some(ROLE.into()), ..Default::default() };
    let theirs = settings_update(&TestApp::new().app, theirs).await.expect("allowed");
    test.store.before_next_commit(move |store| store.seed(theirs));
    let mine = SettingsUpdate { pipeline_service_role_arn: Some(ROLE.into()), ..Default::default() };
    let settings = settings_update(&test.app, mine).await.expect("tries again");
    assert_eq!(settings.pipeline_codebuild_role_arn.as_deref(), Some(ROLE));
    assert_eq!(settings.pipeline_service_role_arn.as_deref(), Some(ROLE));
}
