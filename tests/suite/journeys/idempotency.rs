//! Repeated and racing calls: behaviour 2.0.

use std::collections::BTreeSet;

use aws_sdk_proton::types::DeploymentUpdateType;

use crate::support::bundle::{Bundle, environment_spec, service_spec};
use crate::support::protium::with_protium;
use crate::support::refusal::refused;
use crate::support::{random, unique};

/// Clients that race; DynamoDB lets one of them win.
const RACERS: usize = 20;

#[test]
fn a_template_is_made_once_whoever_repeats_the_call() {
    with_protium(async |protium| {
        let name = unique("repeated");
        let create = |description: &str| {
            protium.proton.create_environment_template().name(&name).description(description).send()
        };
        let first = create("one").await.expect("created").environment_template.unwrap();
        let again = create("one").await.expect("the original").environment_template.unwrap();
        assert_eq!(first, again);
        refused(create("other").await).is("ValidationException", &["IdempotentParameterMismatch"]);
        let change = protium.proton.update_environment_template().name(&name).display_name("Changed");
        change.send().await.expect("updated");
        refused(create("one").await).is("ConflictException", &[&name]);
    });
}

#[test]
fn a_client_token_makes_one_version_of_many_calls() {
    with_protium(async |protium| {
        let template = unique("tokens");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let source = protium.source(&Bundle::environment()).await;
        let token = random();
        let create = |description: &str| {
            let create = protium.proton.create_environment_template_version().template_name(&template);
            create.source(source.clone()).client_token(&token).description(description).send()
        };
        let first = create("one").await.expect("created").environment_template_version.unwrap();
        let again = create("one").await.expect("the original").environment_template_version.unwrap();
        assert_eq!(first.arn, again.arn);
        refused(create("other").await).is("ValidationException", &["IdempotentParameterMismatch"]);
        protium.environment_version_registered(&template, "1", "0").await;
        let next = protium.environment_version_begin(&template, None, &Bundle::environment()).await;
        assert_eq!(next.major_version, "2", "the repetitions took no number");
        protium.environment_version_registered(&template, "2", "0").await;

        let delete = protium.proton.delete_environment_template_version().template_name(&template);
        delete.major_version("1").minor_version("0").send().await.expect("deleted");
        let anew = create("one").await.expect("its resource is gone").environment_template_version.unwrap();
        assert_ne!(anew.arn, first.arn, "a token whose resource is gone makes a new one");
        protium.environment_version_registered(&template, &anew.major_version, &anew.minor_version).await;
    });
}

#[test]
fn racing_creations_of_one_environment_end_in_one_deployment() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = unique("raced");
        let racers = (0..RACERS).map(|_| {
            let create = protium.proton.create_environment().name(&name).template_name(&template);
            let create = create.template_major_version("1").spec(environment_spec("label: raced"));
            tokio::spawn(create.proton_service_role_arn(&protium.outputs.provisioning_role_arn).send())
        });
        let mut attempts = BTreeSet::new();
        for racer in racers.collect::<Vec<_>>() {
            let answer = racer.await.expect("no panic").expect("all get the same original");
            attempts.insert(answer.environment.unwrap().last_attempted_deployment_id.expect("an attempt"));
        }
        assert_eq!(attempts.len(), 1, "{attempts:?}");
        protium.environment_deployed(&name).await;
        let deployments =
            protium.proton.list_deployments().environment_name(&name).send().await.expect("listed");
        assert_eq!(deployments.deployments.len(), 1);
        protium.stack_of(&protium.arn(&format!("environment/{name}"))).await;
    });
}

#[test]
fn of_racing_creations_that_differ_one_wins() {
    with_protium(async |protium| {
        let name = unique("contested");
        let racers = (0..RACERS).map(|number| {
            let create = protium.proton.create_service_template().name(&name);
            tokio::spawn(create.description(format!("racer {number}")).send())
        });
        let mut winners = 0;
        for racer in racers.collect::<Vec<_>>() {
            match racer.await.expect("no panic") {
                Ok(_) => winners += 1,
                lost => refused(lost).is("ValidationException", &["IdempotentParameterMismatch"]),
            }
        }
        assert_eq!(winners, 1);
    });
}

#[test]
fn of_racing_updates_one_wins() {
    with_protium(async |protium| {
        let template = protium.environment_template(&Bundle::environment()).await;
        let name = protium.environment(&template, "").await;
        let racers = (0..RACERS).map(|number| {
            let update = protium.proton.update_environment().name(&name);
            let update = update.deployment_type(DeploymentUpdateType::CurrentVersion);
            // The gate holds the winner, so that nobody finds the environment idle again.
            tokio::spawn(update.spec(environment_spec(&format!("label: racer-{number}, gate: Race"))).send())
        });
        let mut winners = 0;
        for racer in racers.collect::<Vec<_>>() {
            match racer.await.expect("no panic") {
                Ok(_) => winners += 1,
                lost => refused(lost).is("ConflictException", &[]),
            }
        }
        assert_eq!(winners, 1);
        protium.gate_open(&protium.arn(&format!("environment/{name}")), "Race").await;
        protium.environment_deployed(&name).await;
    });
}

#[test]
fn racing_versions_get_a_number_each() {
    with_protium(async |protium| {
        let template = unique("numbered");
        protium.proton.create_environment_template().name(&template).send().await.expect("template");
        let source = protium.source(&Bundle::environment()).await;
        let racers = (0..5).map(|_| {
            let create = protium.proton.create_environment_template_version().template_name(&template);
            tokio::spawn(create.source(source.clone()).client_token(random()).send())
        });
        let mut majors = BTreeSet::new();
        for racer in racers.collect::<Vec<_>>() {
            let created = racer.await.expect("no panic").expect("all are made");
            majors.insert(created.environment_template_version.unwrap().major_version);
        }
        assert_eq!(majors.into_iter().collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    });
}

#[test]
fn a_service_is_made_once_whoever_repeats_the_call() {
    with_protium(async |protium| {
        let env_template = protium.environment_template(&Bundle::environment()).await;
        let environment = protium.environment(&env_template, "").await;
        let template = protium.service_template(&env_template, &Bundle::service()).await;
        let name = unique("twice");
        let create = |label: &str| {
            let spec = service_spec(&[("only", &environment, &format!("label: {label}"))]);
            let create = protium.proton.create_service().name(&name).template_name(&template);
            create.template_major_version("1").spec(spec).send()
        };
        let (one, two) = tokio::join!(create("a"), create("a"));
        assert_eq!(one.expect("created").service.unwrap().arn, two.expect("created").service.unwrap().arn);
        refused(create("b").await).is("ValidationException", &["IdempotentParameterMismatch"]);
        protium.service_settled(&name).await;
        let list = protium.proton.list_deployments().service_name(&name).send().await.expect("listed");
        assert_eq!(list.deployments.len(), 1);
    });
}
