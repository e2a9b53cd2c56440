//! Who gets in: a developer's session, in AWS's own client for Rust, where nobody but administrators does without policies.

use aws_sdk_proton::operation::update_service_template_version::UpdateServiceTemplateVersionError;
use aws_sdk_proton::types::{ServiceStatus, TemplateVersionStatus};
use serde_json::json;
use tokio::process::Command;

use super::installations::installation;
use super::moving::{program, succeed};
use crate::support::bundle::{Bundle, service_spec};
use crate::support::people::{policy, session};
use crate::support::protium::{Protium, with_protium};
use crate::support::proton::compatible;
use crate::support::refusal::refused;
use crate::support::unique;
use crate::support::wait::eventually;

/// A role whose sessions IAM lets call endpoints and nothing else.
async fn role_create(protium: &Protium, role: &str) -> String {
    let iam = aws_sdk_iam::Client::new(protium.cloud.config());
    let root = format!("arn:aws:iam::{}:root", protium.outputs.account_id);
    let trust = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": root}});
    let create = iam.create_role().role_name(role).path("/team/");
    let created = create.assume_role_policy_document(policy(&trust)).send().await.expect("the role is made");
    let may = json!({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"});
    let put = iam.put_role_policy().role_name(role).policy_name("endpoint").policy_document(policy(&may));
    put.send().await.expect("it gets its policy");
    created.role.expect("the answer holds it").arn
}

/// A client in a session of a role.
async fn client(protium: &Protium, role: &str, name: &str) -> aws_sdk_proton::Client {
    let config = aws_sdk_proton::config::Builder::from(protium.cloud.config())
        .endpoint_url(&protium.outputs.proton_endpoint)
        .credentials_provider(session(protium.cloud.config(), role, name).await);
    aws_sdk_proton::Client::from_conf(config.build())
}

/// The ready policies for developers of this role, written and put into force by the command line.
async fn developers_let_in(protium: &Protium, role: &str) {
    let folder = protium.directory.join(unique("policies"));
    let folder = folder.to_str().expect("a plain path");
    let mut init = Command::new(program());
    init.args(["policy", "init", folder, "--developers", &format!("role/team/{role}")]);
    let output = init.output().await.expect("the command line is built with the tests");
    assert!(output.status.success(), "{output:?}");
    succeed(protium, &["policy", "push", folder]).await;
}

#[test]
fn a_developer_deploys_and_publishes_nothing() {
    with_protium(async |protium| {
        // Policies are the installation's, and other tests call theirs as whom they like.
        let guarded = installation(protium, &unique("guarded")).await;
        let role = unique("developer");
        let developer = client(&guarded, &role_create(&guarded, &role).await, "alice").await;
        let alice = format!("arn:aws:sts::{}:assumed-role/{role}/alice", guarded.outputs.account_id);
        let denied = |operation: &str, resource: &str| {
            format!(
                "User: {alice} is not authorized to perform: proton:{operation} on resource: {resource} because no policy \
                 allows the proton:{operation} action"
            )
        };

        let everybody_out = developer.list_services().send().await;
        refused(everybody_out).is("AccessDeniedException", &["perform: proton:ListServices"]);
        developers_let_in(&guarded, &role).await;
        // The API looks for other policies every few seconds.
        eventually("the developer gets in", async || {
            developer.list_services().send().await.map_err(|error| format!("{error:?}"))
        })
        .await;

        let template = guarded.environment_template(&Bundle::environment()).await;
        let environment = guarded.environment(&template, "label: theirs").await;
        let svc_template = guarded.service_template(&template, &Bundle::service()).await;
        let draft = guarded.service_version(&svc_template, Some("1"), &template, &Bundle::service()).await;

        let name = unique("svc");
        let create = developer.create_service().name(&name).template_name(&svc_template);
        let create = create.template_major_version("1").spec(service_spec(&[(
            "one",
            &environment,
            "label: by a developer",
        )]));
        let created = create.send().await.expect("a developer may").service.expect("the answer holds it");
        assert_eq!(created.status, ServiceStatus::CreateInProgress);
        guarded.service_settled(&name).await;
        let got = developer.get_service().name(&name).send().await.expect("a developer may");
        assert_eq!(got.service.expect("the answer holds it").status, ServiceStatus::Active);
        let pages = developer.list_services().into_paginator().items().send().collect::<Result<Vec<_>, _>>();
        let listed = pages.await.expect("a developer may");
        assert!(listed.iter().any(|service| service.name == name), "{listed:?}");

        let arn = guarded.arn(&format!("service-template/{svc_template}:1.{}", draft.minor_version));
        let publish = developer.update_service_template_version().template_name(&svc_template);
        let publish = publish.major_version("1").minor_version(&draft.minor_version);
        let refusal = publish.status(TemplateVersionStatus::Published).send().await.expect_err("denied");
        match refusal.into_service_error() {
            UpdateServiceTemplateVersionError::AccessDeniedException(error) => {
                assert_eq!(error.message(), denied("UpdateServiceTemplateVersion", &arn));
            }
            other => panic!("another refusal: {other:?}"),
        }
        let register = developer.create_service_template_version().template_name(&svc_template);
        let register = register.source(guarded.source(&Bundle::service()).await);
        let register = register.compatible_environment_templates(compatible(&template));
        let refusal = register.send().await.expect_err("denied").into_service_error();
        assert!(refusal.is_access_denied_exception(), "{refusal:?}");
        let new = unique("svc-template");
        let refusal = developer.create_service_template().name(&new).send().await;
        let arn = guarded.arn(&format!("service-template/{new}"));
        refused(refusal).is("AccessDeniedException", &[&denied("CreateServiceTemplate", &arn)]);
        let version = guarded.proton.get_service_template_version().template_name(&svc_template);
        let version =
            version.major_version("1").minor_version(&draft.minor_version).send().await.expect("there");
        let version = version.service_template_version.expect("the answer holds it");
        assert_eq!(version.status, TemplateVersionStatus::Draft);

        developer.delete_service().name(&name).send().await.expect("a developer may");
        guarded.service_gone(&name).await;
    });
}
