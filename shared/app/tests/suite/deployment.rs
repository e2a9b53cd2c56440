//! Deployments deleted from the history, and reports on those that somebody else carries out.

use std::collections::BTreeMap;

use protium_app::PageRequest;
use protium_app::deployment::{
    DeploymentLocator, DeploymentNotice, ReportedStatus, deployment_delete, deployment_get, deployment_list,
    deployment_notify,
};
use protium_app::environment::{environment_get, environment_outputs};
use protium_app::ports::Key;
use protium_domain::deployable::DeploymentStatus;
use protium_domain::deployment::{Deployment, DeploymentKind};
use protium_domain::identifier::Identifier;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{ProvisioningEngine, TemplateVersion};
use protium_testkit::{TestApp, records};
use rstest::rstest;

use crate::refusal;

const ARN: &str = "arn:aws:proton:eu-west-1:111122223333:environment/beta";
const OWN: &str = records::ACCOUNT;

fn notice(status: Option<ReportedStatus>, outputs: Option<&[(&str, &str)]>) -> DeploymentNotice {
    let outputs = outputs
        .map(|outputs| outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect());
    DeploymentNotice { resource_arn: ARN.to_owned(), deployment_id: None, status, outputs, message: None }
}

async fn outputs_of(test: &TestApp) -> BTreeMap<String, String> {
    environment_outputs(&test.app, &records::name("beta"), None).await.expect("there")
}

/// With the environment `beta`, whose first deployment, by this engine, is in progress.
fn deploying(engine: ProvisioningEngine) -> (TestApp, Identifier) {
    let test = TestApp::new();
    let (_, mut version) = test.template_published(TemplateKind::Environment, "net");
    set_engine(&mut version, engine);
    test.seed(version);
    let id = test.id();
    let environment = records::environment_deploying("beta", "net", id.clone(), test.now());
    let target = environment.target();
    test.seed(environment);
    test.seed(records::deployment_open(id.clone(), target, DeploymentKind::Deploy, "net", test.now()));
    (test, id)
}

fn set_engine(version: &mut TemplateVersion, engine: ProvisioningEngine) {
    let mut bundle = version.bundle.clone().expect("it is registered");
    for part in &mut bundle.parts {
        part.engine = engine.clone();
    }
    version.bundle = Some(bundle);
}

fn cloudformation() -> ProvisioningEngine {
    ProvisioningEngine::Cloudformation { file: "cloudformation.yaml".to_owned() }
}

fn deployment(test: &TestApp, id: &Identifier) -> Deployment {
    test.store.peek(&Key::Deployment(id.clone())).expect("its record is there")
}

#[tokio::test]
async fn a_deployment_leaves_the_history_and_its_outputs_stay() {
    let test = TestApp::new();
    test.template_published(TemplateKind::Environment, "net");
    let (_, made) = test.environment_succeeded("beta", "net", &[("Vpc", "vpc-1")]);
    let deleted = deployment_delete(&test.app, &made.id).await.expect("ended");
    assert_eq!(deleted.deployment, made);
    let everything = DeploymentLocator::default();
    refusal!(deployment_get(&test.app, &made.id, &everything).await, NotFound);
    refusal!(deployment_delete(&test.app, &made.id).await, NotFound);
    let page = PageRequest { limit: 10, after: None };
    assert!(deployment_list(&test.app, &everything, &page).await.expect("a page").items.is_empty());
    assert_eq!(outputs_of(&test).await["Vpc"], "vpc-1");
    let beta = records::name("beta");
    refusal!(environment_outputs(&test.app, &beta, Some(&made.id)).await, NotFound);
}

#[tokio::test]
async fn the_record_goes_with_a_target_that_is_gone() {
    let test = TestApp::new();
    let (environment, made) = test.environment_succeeded("beta", "net", &[]);
    test.store.unseed(&Key::Environment(environment.name));
    deployment_delete(&test.app, &made.id).await.expect("ended");
    assert!(test.store.all::<Deployment>().is_empty());
}

#[tokio::test]
async fn what_is_in_progress_stays_in_the_history() {
    let (test, id) = deploying(cloudformation());
    refusal!(deployment_delete(&test.app, &id).await, Validation);
    refusal!(deployment_delete(&test.app, &test.id()).await, NotFound);
}

#[rstest]
#[case(ReportedStatus::Succeeded, DeploymentStatus::Succeeded, Some("vpc-1"))]
#[case(ReportedStatus::Failed, DeploymentStatus::Failed, None)]
#[tokio::test]
async fn a_report_closes_what_somebody_else_carries_out(
    #[case] reported: ReportedStatus,
    #[case] expected: DeploymentStatus,
    #[case] output: Option<&str>,
) {
    let (test, id) = deploying(ProvisioningEngine::Terraform);
    let mut report = notice(Some(reported), Some(&[("Vpc", "vpc-1")]));
    report.deployment_id = Some(id.clone());
    report.message = Some("as told".to_owned());
    deployment_notify(&test.app, OWN, &report).await.expect("in progress");
    deployment_notify(&test.app, OWN, &report).await.expect("the same again");
    let environment = environment_get(&test.app, &records::name("beta")).await.expect("there").environment;
    assert_eq!(environment.deployable.status(), expected);
    assert_eq!(environment.deployable.status_message(), Some("as told"));
    assert_eq!(deployment(&test, &id).status(), expected);
    assert_eq!(outputs_of(&test).await.get("Vpc").map(String::as_str), output);
    let other = match reported {
        ReportedStatus::Failed => ReportedStatus::Succeeded,
        _ => ReportedStatus::Failed,
    };
    refusal!(deployment_notify(&test.app, OWN, &notice(Some(other), None)).await, Conflict);
    let (events, _) = test.drain_effects();
    assert_eq!(events.len(), 2, "of the environment and its deployment, once");
}

#[rstest]
#[case(None)]
#[case(Some(ReportedStatus::InProgress))]
#[tokio::test]
async fn outputs_are_kept_before_the_end_and_replaced_as_a_whole(#[case] status: Option<ReportedStatus>) {
    let (test, id) = deploying(ProvisioningEngine::Codebuild);
    for outputs in [&[("Old", "1"), ("Vpc", "vpc-0")][..], &[("Vpc", "vpc-1")]] {
        deployment_notify(&test.app, OWN, &notice(status, Some(outputs))).await.expect("in progress");
    }
    deployment_notify(&test.app, OWN, &notice(status, None)).await.expect("nothing to keep");
    assert!(deployment(&test, &id).is_open());
    let succeeded = notice(Some(ReportedStatus::Succeeded), None);
    deployment_notify(&test.app, OWN, &succeeded).await.expect("in progress");
    assert_eq!(outputs_of(&test).await, BTreeMap::from([("Vpc".to_owned(), "vpc-1".to_owned())]));
}

#[tokio::test]
async fn nobody_talks_cloudformation_into_another_end() {
    let (test, id) = deploying(cloudformation());
    for status in [ReportedStatus::Succeeded, ReportedStatus::Failed] {
        refusal!(deployment_notify(&test.app, OWN, &notice(Some(status), None)).await, Conflict);
    }
    refusal!(deployment_notify(&test.app, OWN, &notice(None, Some(&[("Vpc", "x")]))).await, Conflict);
    deployment_notify(&test.app, OWN, &notice(None, None)).await.expect("nothing said");
    assert!(deployment(&test, &id).is_open());
}

#[tokio::test]
async fn an_overtaken_deployment_is_not_reported_on() {
    let (test, _) = deploying(ProvisioningEngine::Terraform);
    let mut stale = notice(Some(ReportedStatus::Succeeded), None);
    stale.deployment_id = Some(test.id());
    refusal!(deployment_notify(&test.app, OWN, &stale).await, Conflict);
}

#[rstest]
#[case("arn:aws:proton:eu-west-1:111122223333:environment/gamma", true)]
#[case("arn:aws:proton:eu-west-1:111122223333:service/shop/pipeline", true)]
#[case("arn:aws:proton:eu-west-1:111122223333:environment-template/net", false)]
#[case("arn:aws:s3:::bucket", false)]
#[tokio::test]
async fn only_what_is_deployed_is_reported_on(#[case] arn: &str, #[case] unknown: bool) {
    let (test, _) = deploying(ProvisioningEngine::Terraform);
    let report = DeploymentNotice { resource_arn: arn.to_owned(), ..notice(None, None) };
    let result = deployment_notify(&test.app, OWN, &report).await;
    if unknown {
        refusal!(result, NotFound);
    } else {
        refusal!(result, Validation);
    }
}

#[tokio::test]
async fn an_environment_account_reports_on_what_lives_in_it() {
    let (test, _) = deploying(ProvisioningEngine::Terraform);
    let report = notice(Some(ReportedStatus::Succeeded), None);
    refusal!(deployment_notify(&test.app, "222233334444", &report).await, NotFound);
    let key = Key::Environment(records::name("beta"));
    let mut environment: protium_domain::environment::Environment = test.store.peek(&key).expect("there");
    environment.account = "222233334444".to_owned();
    test.seed(environment);
    deployment_notify(&test.app, "222233334444", &report).await.expect("its own");
}
