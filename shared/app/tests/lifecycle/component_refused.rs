//! Requests for components that are refused, and why (behaviour 2.7).

use protium_app::component::{
    AttachmentChange, ComponentCreate, ComponentUpdate, component_create, component_update,
};
use protium_app::environment::{environment_create, environment_update};
use protium_app::ports::Key;
use protium_app::target_version::DeploymentType;
use protium_domain::component::Component;
use protium_domain::environment::EnvironmentRoles;
use protium_domain::template_version::TemplateVersion;
use protium_testkit::records;
use rstest::rstest;

use crate::component::{MANIFEST, attach, change_component, create_component, with_queue};
use crate::environment::{create_input, update_input};
use crate::refusal;
use crate::service::{service_spec, with_shop};
use crate::world::{SERVICE, World};

async fn run(world: &mut World) {
    world.run().await;
    world.check();
}

#[rstest]
#[case::no_place(|input: &mut ComponentCreate| input.environment = None, "environmentName")]
#[case::half_a_name(|input: &mut ComponentCreate| input.service = Some(records::name("shop")), "serviceInstanceName")]
#[case::spec_alone(|input: &mut ComponentCreate| input.service_spec = Some(String::new()), "serviceSpec")]
#[case::no_manifest(|input: &mut ComponentCreate| input.manifest = "a: b".to_owned(), "infrastructure")]
#[case::terraform(
    |input: &mut ComponentCreate| input.manifest = MANIFEST.replace("jinja", "hcl").replace("cloudformation", "terraform"),
    "Terraform"
)]
#[case::codebuild(
    |input: &mut ComponentCreate| {
        input.manifest = "infrastructure:\n  templates:\n    - rendering_engine: codebuild\n      settings:\n        \
                          provision: [a]\n        deprovision: [b]\n".to_owned();
    },
    "CodeBuild"
)]
#[case::parameters(
    |input: &mut ComponentCreate| input.manifest = format!("{MANIFEST}      native_parameters: true\n"),
    "no inputs of their own"
)]
#[case::another_environment(
    |input: &mut ComponentCreate| {
        input.environment = Some(records::name("gamma"));
        input.service = Some(records::name("shop"));
        input.service_instance = Some(records::name("one"));
    },
    "lives in 'beta'"
)]
#[case::spec_that_does_not_fit(
    |input: &mut ComponentCreate| {
        input.environment = None;
        input.service = Some(records::name("shop"));
        input.service_instance = Some(records::name("one"));
        input.service_spec = Some(service_spec(&[("one", "beta")]).replace("size", "shape"));
    },
    "shape"
)]
#[tokio::test]
async fn requests_that_make_no_sense_are_refused(
    #[case] spoil: fn(&mut ComponentCreate),
    #[case] expected: &str,
) {
    let world = with_shop(&["one"]).await;
    let mut input = create_component("queue", None);
    spoil(&mut input);
    let message = refusal!(component_create(world.api(), input).await, Validation);
    assert!(message.contains(expected), "{message}");
    assert!(world.test.store.all::<Component>().is_empty());
}

#[tokio::test]
async fn places_that_take_no_components_say_why() {
    let mut world = with_shop(&["one"]).await;
    refusal!(
        component_create(
            world.api(),
            ComponentCreate { environment: Some(records::name("nix")), ..create_component("queue", None) }
        )
        .await,
        NotFound
    );
    refusal!(component_create(world.api(), create_component("queue", Some("nix"))).await, NotFound);
    let mut gamma = create_input("gamma");
    gamma.roles = EnvironmentRoles { component_role_arn: None, ..gamma.roles };
    environment_create(world.api(), gamma).await.expect("valid");
    let in_gamma =
        ComponentCreate { environment: Some(records::name("gamma")), ..create_component("queue", None) };
    let message = refusal!(component_create(world.api(), in_gamma.clone()).await, Validation);
    assert!(message.contains("never deployed"), "{message}");
    run(&mut world).await;
    let message = refusal!(component_create(world.api(), in_gamma.clone()).await, Validation);
    assert!(message.contains("componentRoleArn"), "{message}");
    let mut roles = update_input("gamma", DeploymentType::None);
    roles.roles.component_role_arn = Some(records::ROLE_ARN.to_owned());
    environment_update(world.api(), roles).await.expect("idle");
    component_create(world.api(), in_gamma).await.expect("now it may");
    run(&mut world).await;
    let key = Key::TemplateVersion(SERVICE, records::name("web"), "1.0".parse().expect("a version"));
    let mut version: TemplateVersion = world.test.store.peek(&key).expect("there");
    version.supports_components = false;
    world.test.seed(version);
    let message =
        refusal!(component_create(world.api(), create_component("other", Some("one"))).await, Validation);
    assert!(message.contains("DIRECTLY_DEFINED"), "{message}");
    let elsewhere = change_component("queue", attach("one"));
    let message = refusal!(component_update(world.api(), elsewhere).await, Validation);
    assert!(message.contains("can't move"), "{message}");
}

#[rstest]
#[case(|input: &mut ComponentUpdate| input.template_file = Some(String::new()), "templateFile")]
#[case(|input: &mut ComponentUpdate| input.service_spec = Some(String::new()), "serviceSpec")]
#[case(|input: &mut ComponentUpdate| input.attachment = AttachmentChange::Detach, "serviceName")]
#[tokio::test]
async fn none_changes_the_description_only(#[case] spoil: fn(&mut ComponentUpdate), #[case] expected: &str) {
    let world = with_queue(true).await;
    let mut input = change_component("queue", AttachmentChange::Keep);
    input.deploys = false;
    spoil(&mut input);
    let message = refusal!(component_update(world.api(), input).await, Validation);
    assert!(message.contains(expected), "{message}");
}
