//! Lists: who is in them, in which order, and their pages.

use std::time::Duration;

use protium_app::PageRequest;
use protium_app::ports::{Entity, ListQuery, PortError, Record, Write};
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::deployment::{Deployment, DeploymentKind, DeploymentTarget};
use protium_domain::intent::{Intent, Partition};
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::service::ServiceTrigger;
use protium_domain::template::TemplateKind;
use protium_domain::template_version::{CompatibleEnvironmentTemplate, TemplateVersion};
use protium_domain::version::VersionNumber;
use protium_domain::watch::Watch;

use super::{Subject, with};
use crate::records::{self, name};

pub(super) async fn all(subject: &Subject) {
    templates_and_versions(subject).await;
    environments_by_template(subject).await;
    services_and_instances(subject).await;
    components(subject).await;
    deployments_newest_first(subject).await;
    forgotten_deployments(subject).await;
    references(subject).await;
    repositories(subject).await;
    connections(subject).await;
    sync_blockers(subject).await;
    kept_records(subject).await;
    intents(subject).await;
    watches(subject).await;
    pages_are_exact(subject).await;
    positions_of_other_lists_are_refused(subject).await;
}

fn entities<R: Clone + Into<Entity>>(records: &[R]) -> Vec<Entity> {
    records.iter().cloned().map(Into::into).collect()
}

async fn put_all<R: Clone + Into<Entity>>(subject: &Subject, records: &[R]) {
    // Backwards, so that no list is right by the order of writing.
    for record in records.iter().rev() {
        subject.put(record.clone()).await;
    }
}

async fn templates_and_versions(subject: &Subject) {
    let now = subject.now();
    for kind in [TemplateKind::Environment, TemplateKind::Service] {
        let names = ["l-a", "l-a-2", "l-b"];
        let templates = names.map(|name| records::template(kind, &subject.name(name), now));
        put_all(subject, &templates).await;
        let (found, _) = subject.list(&ListQuery::Templates(kind), 100).await;
        assert!(found.iter().all(|found| matches!(found, Entity::Template(found) if found.kind == kind)));
        let ours: Vec<Entity> = entities(&templates);
        let listed: Vec<Entity> = found.into_iter().filter(|found| ours.contains(found)).collect();
        assert_eq!(listed, ours, "templates come by name");
    }
    let kind = TemplateKind::Service;
    let version = |template: &str, major, minor| {
        records::version_draft(kind, &subject.name(template), VersionNumber::new(major, minor), now)
    };
    let minors: Vec<TemplateVersion> = [12, 10, 9, 2, 0].map(|minor| version("l-a", 1, minor)).to_vec();
    put_all(subject, &minors).await;
    put_all(subject, &[version("l-a", 2, 0), version("l-a", 10, 0), version("l-a-2", 1, 1)]).await;
    let template = name(&subject.name("l-a"));
    let of_major = |major| ListQuery::TemplateVersions(kind, template.clone(), major);
    subject.expect_list(&of_major(1), &entities(&minors)).await;
    subject.expect_list(&of_major(10), &entities(&[version("l-a", 10, 0)])).await;
    subject.expect_list(&of_major(3), &[]).await;
}

async fn environments_by_template(subject: &Subject) {
    let environment = |environment: &str, template: &str, major| {
        let mut made = records::environment_succeeded(
            &subject.name(environment),
            &subject.name(template),
            subject.id(),
            subject.now(),
        );
        made.version = VersionNumber::new(major, 0);
        made
    };
    let wanted = |template: &str, major_version| CompatibleEnvironmentTemplate {
        template_name: name(&subject.name(template)),
        major_version,
    };
    let listed = [
        environment("e-a", "t", 1),
        environment("e-b", "t", 11),
        environment("e-c", "u", 1),
        environment("e-d", "t", 1),
    ];
    put_all(subject, &listed).await;
    let cases = [
        (vec![wanted("t", 1)], vec![0, 3]),
        (vec![wanted("t", 11)], vec![1]),
        (vec![wanted("u", 1), wanted("t", 1)], vec![0, 2, 3]),
        (vec![wanted("u", 2)], vec![]),
    ];
    for (filter, expected) in cases {
        let expected: Vec<Entity> = expected.into_iter().map(|n: usize| listed[n].clone().into()).collect();
        subject.expect_list(&ListQuery::Environments(filter), &expected).await;
    }
    let (found, _) = subject.list(&ListQuery::Environments(Vec::new()), 2).await;
    assert!(listed.iter().all(|listed| found.contains(&listed.clone().into())), "no filter: all");
    let mut moved = listed[0].clone();
    moved.version = VersionNumber::new(2, 0);
    subject.put(moved.clone()).await;
    let filter = ListQuery::Environments(vec![wanted("t", 2)]);
    subject.expect_list(&filter, &[moved.into()]).await;
}

async fn services_and_instances(subject: &Subject) {
    let now = subject.now();
    let service = |text: &str| records::service_active(&subject.name(text), "web", subject.id(), now);
    let services = [service("s"), service("s-2"), service("s0"), service("s_")];
    put_all(subject, &services).await;
    let (found, _) = subject.list(&ListQuery::Services, 3).await;
    let ours = entities(&services);
    let listed: Vec<Entity> = found.into_iter().filter(|found| ours.contains(found)).collect();
    assert_eq!(listed, ours, "services come by name");

    let home = subject.name("home");
    let away = subject.name("away");
    let instance = |service: &str, instance: &str, environment: &str| {
        records::instance_succeeded(&subject.name(service), instance, environment, "web", subject.id(), now)
    };
    let instances = [
        instance("s", "a", &home),
        instance("s", "a-1", &away),
        instance("s", "z", &home),
        instance("s-2", "a", &home),
        instance("s0", "b", &away),
    ];
    put_all(subject, &instances).await;
    let some = |which: &[usize]| -> Vec<Entity> {
        which.iter().map(|which| instances[*which].clone().into()).collect()
    };
    subject.expect_list(&ListQuery::ServiceInstances, &some(&[0, 1, 2, 3, 4])).await;
    let of_service = ListQuery::ServiceInstancesOfService(services[0].name.clone());
    subject.expect_list(&of_service, &some(&[0, 1, 2])).await;
    subject.expect_list(&ListQuery::ServiceInstancesOfEnvironment(name(&home)), &some(&[0, 2, 3])).await;
    subject.expect_list(&ListQuery::ServiceInstancesOfEnvironment(name("nobody")), &[]).await;
    let backwards = |list: ListQuery| ListQuery::Reversed(Box::new(list));
    let at_home = ListQuery::ServiceInstancesOfEnvironment(name(&home));
    subject.expect_list(&backwards(at_home), &some(&[3, 2, 0])).await;
    subject.expect_list(&backwards(ListQuery::ServiceInstances), &some(&[4, 3, 2, 1, 0])).await;
    let mut moved = instances.clone();
    for (which, template) in [(0, "t-a"), (2, "t-a"), (4, "t-b")] {
        moved[which].template = name(&subject.name(template));
        subject.put(moved[which].clone()).await;
    }
    let of_template = |text: &str| ListQuery::ServiceInstancesOfTemplate(name(&subject.name(text)));
    subject.expect_list(&of_template("t-a"), &entities(&[moved[0].clone(), moved[2].clone()])).await;
    subject.expect_list(&of_template("t-b"), &entities(&moved[4..])).await;
    let mut failed = moved[2].clone();
    failed.deployable.update(subject.id(), now).expect("settled");
    subject.put(failed.clone()).await;
    let of_status = ListQuery::ServiceInstancesOfStatus(failed.deployable.status());
    subject.expect_list(&of_status, &[failed.into()]).await;
    put_all(subject, &instances).await;
    subject.expect_list(&of_status, &[]).await;
    // The instances of a service are read from the table itself: at once.
    assert!(subject.holds(Write::Remove(instances[2].key())).await);
    assert_eq!(subject.list(&of_service, 100).await.0, some(&[0, 1]));
}

async fn repositories(subject: &Subject) {
    let link = |tail: &str| records::repository(&tail.replace('@', &subject.name("r")), subject.now());
    let links = [link("github:@/a"), link("bitbucket:@/b"), link("github:@/b"), link("github:@/c")];
    put_all(subject, &links).await;
    subject.expect_list(&ListQuery::Repositories, &entities(&links)).await;
}

async fn sync_blockers(subject: &Subject) {
    let service = subject.name("blocked");
    let blocker = |instance: Option<&str>, seconds: u64| {
        let at = subject.now().plus(Duration::from_secs(seconds));
        records::sync_blocker(subject.id(), &service, instance, at)
    };
    let blockers = [
        blocker(None, 4),
        blocker(Some("one"), 3),
        blocker(None, 2),
        blocker(Some("one"), 1),
        blocker(Some("o"), 0),
    ];
    put_all(subject, &blockers).await;
    let query = |instance: Option<&str>| ListQuery::SyncBlockers(name(&service), instance.map(name));
    let some = |which: &[usize]| -> Vec<Entity> {
        which.iter().map(|which| blockers[*which].clone().into()).collect()
    };
    subject.expect_list(&query(None), &some(&[0, 2])).await;
    subject.expect_list(&query(Some("one")), &some(&[1, 3])).await;
    subject.expect_list(&query(Some("two")), &[]).await;
}

async fn connections(subject: &Subject) {
    let connection = |environment: &str, account: &str, seconds: u64| {
        let at = subject.now().plus(Duration::from_secs(seconds));
        records::connection(subject.id(), &subject.name(environment), account, at)
    };
    let (one, other) = ("222233334444", "333344445555");
    let made = [connection("n-a", one, 3), connection("n-b", other, 2), connection("n-c", one, 1)];
    put_all(subject, &made).await;
    let from = |account: &str| ListQuery::ConnectionsFrom(account.to_owned());
    subject.expect_list(&from(one), &entities(&[made[0].clone(), made[2].clone()])).await;
    subject.expect_list(&from(other), &entities(&made[1..2])).await;
    subject.expect_list(&from(records::ACCOUNT), &[]).await;
    subject.expect_list(&ListQuery::ConnectionsTo(records::ACCOUNT.to_owned()), &entities(&made)).await;
}

/// A page of what is to be kept is full when the list has enough of it, and its position leads behind the last one.
async fn kept_records(subject: &Subject) {
    let service = subject.name("kept");
    let instance = |text: &str| {
        records::instance_succeeded(&service, text, "kept-env", "web", subject.id(), subject.now())
    };
    let instances: Vec<_> = (10..40).map(|number| instance(&format!("i-{number}"))).collect();
    put_all(subject, &instances).await;
    let query = ListQuery::ServiceInstancesOfService(name(&service));
    let is_even = |entity: &Entity| match entity {
        Entity::ServiceInstance(instance) => instance.name.as_str().ends_with(['0', '2', '4', '6', '8']),
        _ => false,
    };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { limit: 4, after };
        let page = subject.store.select(&query, &request, Some(&is_even)).await.expect("the store lists");
        assert!(page.items.len() <= 4);
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = instances.iter().step_by(2).cloned().collect();
    assert_eq!(found, entities(&expected));
}

async fn components(subject: &Subject) {
    let (home, away, service) = (subject.name("c-home"), subject.name("c-away"), subject.name("c-svc"));
    let component = |text: &str, environment: &str, attached: Option<&str>| {
        let attached = attached.map(|instance| (service.as_str(), instance));
        records::component_succeeded(&subject.name(text), environment, attached, subject.id(), subject.now())
    };
    let components = [
        component("c-a", &home, Some("one")),
        component("c-a-2", &away, None),
        component("c-b", &home, Some("one-2")),
        component("c-c", &home, None),
    ];
    put_all(subject, &components).await;
    let some = |which: &[usize]| -> Vec<Entity> {
        which.iter().map(|which| components[*which].clone().into()).collect()
    };
    subject.expect_list(&ListQuery::Components, &some(&[0, 1, 2, 3])).await;
    subject.expect_list(&ListQuery::ComponentsOfEnvironment(name(&home)), &some(&[0, 2, 3])).await;
    subject.expect_list(&ListQuery::ComponentsOfService(name(&service)), &some(&[0, 2])).await;
    let of_instance = |instance: &str| ListQuery::ComponentsOfServiceInstance(name(&service), name(instance));
    subject.expect_list(&of_instance("one"), &some(&[0])).await;
    let mut detached = components[0].clone();
    detached.state.attachment = None;
    subject.put(detached).await;
    subject.expect_list(&of_instance("one"), &[]).await;
    subject.expect_list(&ListQuery::ComponentsOfService(name(&service)), &some(&[2])).await;

    let target = components[0].target();
    let at = |seconds| subject.now().plus(Duration::from_secs(seconds));
    let deployments =
        [2, 1].map(|n| records::deployment_succeeded(subject.id(), target.clone(), "net", &[], at(n)));
    put_all(subject, &deployments).await;
    let of_component = ListQuery::DeploymentsOfComponent(components[0].name.clone());
    subject.expect_list(&of_component, &entities(&deployments)).await;
    for deployment in &deployments {
        assert!(subject.holds(Write::Remove(deployment.key())).await);
    }
}

async fn deployments_newest_first(subject: &Subject) {
    let environment = name(&subject.name("d-env"));
    let (service, one, other) = (name(&subject.name("d-svc")), name("one"), name("one-2"));
    let in_environment = DeploymentTarget::Environment { name: environment.clone() };
    let in_instance = |instance: &protium_domain::name::ResourceName| DeploymentTarget::ServiceInstance {
        service: service.clone(),
        name: instance.clone(),
        environment: environment.clone(),
    };
    let deployment = |target: &DeploymentTarget, seconds: u64| {
        let at = subject.now().plus(Duration::from_secs(seconds));
        records::deployment_succeeded(subject.id(), target.clone(), "net", &[("Out", "1")], at)
    };
    let mut deployments = vec![
        deployment(&in_environment, 1),
        deployment(&in_instance(&one), 2),
        deployment(&in_instance(&other), 3),
        deployment(&in_instance(&one), 4),
        deployment(&in_environment, 1000),
    ];
    deployments.reverse();
    put_all(subject, &deployments).await;
    let some = |which: &[usize]| -> Vec<Entity> {
        which.iter().map(|which| deployments[*which].clone().into()).collect()
    };
    subject.expect_list(&ListQuery::Deployments, &some(&[0, 1, 2, 3, 4])).await;
    let of_environment = ListQuery::DeploymentsOfEnvironment(environment);
    subject.expect_list(&of_environment, &some(&[0, 1, 2, 3, 4])).await;
    subject.expect_list(&ListQuery::DeploymentsOfService(service.clone()), &some(&[1, 2, 3])).await;
    let of_one = ListQuery::DeploymentsOfServiceInstance(service.clone(), one);
    subject.expect_list(&of_one, &some(&[1, 3])).await;
    subject.expect_list(&ListQuery::DeploymentsOfServiceInstance(service, other), &some(&[2])).await;
}

/// A deployment that was deleted from the history is in no list.
async fn forgotten_deployments(subject: &Subject) {
    let target = DeploymentTarget::Environment { name: name(&subject.name("f-env")) };
    let kept = records::deployment_succeeded(subject.id(), target.clone(), "net", &[], subject.now());
    let mut gone = records::deployment_succeeded(subject.id(), target, "net", &[], subject.now());
    put_all(subject, &[gone.clone(), kept.clone()]).await;
    gone.forgotten = true;
    subject.put(gone).await;
    let list = ListQuery::DeploymentsOfEnvironment(name(&subject.name("f-env")));
    subject.expect_list(&list, &entities(std::slice::from_ref(&kept))).await;
    assert!(subject.holds(Write::Remove(kept.key())).await);
}

async fn references(subject: &Subject) {
    let referent = |text: &str, version| Referent::TemplateVersion {
        kind: TemplateKind::Environment,
        name: name(&subject.name(text)),
        version,
    };
    let by_environment = |text: &str| Referrer::Environment { name: name(text) };
    let by_instance = |service: &str, instance: &str| Referrer::ServiceInstance {
        service: name(service),
        name: name(instance),
    };
    let used = referent("used", VersionNumber::new(1, 1));
    let reference =
        |referent: &Referent, referrer: Referrer| Reference { referent: referent.clone(), referrer };
    let users = [
        reference(&used, by_environment("a")),
        reference(&used, by_environment("b")),
        reference(&used, by_instance("a", "b")),
    ];
    put_all(subject, &users).await;
    let elsewhere =
        [referent("used", VersionNumber::new(1, 10)), referent("used-1", VersionNumber::new(1, 1))];
    for other in &elsewhere {
        subject.put(reference(other, by_environment("a"))).await;
    }
    let (found, _) = subject.list(&ListQuery::References(used.clone()), 2).await;
    assert_eq!(found, entities(&users), "whoever uses it, and nobody who uses something else");
    let unused = ListQuery::References(referent("unused", VersionNumber::new(1, 0)));
    assert_eq!(subject.list(&unused, 1).await.0, []);
}

async fn intents(subject: &Subject) {
    let start = subject.now();
    let intent = |seconds: u64| Intent {
        id: subject.id(),
        partition: Partition::Environment(name(&subject.name("intents"))),
        created_at: start.plus(Duration::from_secs(seconds)),
        trace: None,
        events: Vec::new(),
        workflows: Vec::new(),
        wakes: Vec::new(),
        resumes: Vec::new(),
    };
    let intents = [intent(1), intent(2), intent(10), intent(100)];
    put_all(subject, &intents).await;
    let before = |seconds| ListQuery::IntentsBefore(start.plus(Duration::from_secs(seconds)));
    subject.expect_list(&before(1), &[]).await;
    subject.expect_list(&before(10), &entities(&intents[..2])).await;
    subject.expect_list(&before(1000), &entities(&intents)).await;
    for done in &intents {
        assert!(subject.holds(Write::Remove(done.key())).await);
    }
    subject.expect_list(&before(1000), &[]).await;
}

async fn watches(subject: &Subject) {
    let now = subject.now();
    let target = DeploymentTarget::Environment { name: name(&subject.name("watched")) };
    let mut deployment = records::deployment_open(subject.id(), target, DeploymentKind::Deploy, "net", now);
    let mut service =
        records::service_creating(&subject.name("watched"), "web", subject.id(), Vec::new(), now);
    let version = records::version_registering(
        TemplateKind::Service,
        &subject.name("watched"),
        VersionNumber::new(1, 0),
        now,
    );
    let due = |seconds| ListQuery::WatchesDue(now.plus(Duration::from_secs(seconds)));
    let watch = |seconds| Watch { due_at: now.plus(Duration::from_secs(seconds)), ..Watch::begin(now) };
    deployment.watch = Some(watch(5));
    if let Some(operation) = service.operation.as_mut() {
        operation.watch = watch(3);
    }
    let mut version = with(&version, |version| version.watch = Some(watch(4)));
    for record in [Entity::from(deployment.clone()), service.clone().into(), version.clone().into()] {
        subject.put(record).await;
    }
    let all = [Entity::from(service.clone()), version.clone().into(), deployment.clone().into()];
    subject.expect_list(&due(2), &[]).await;
    subject.expect_list(&due(3), &all[..1]).await;
    subject.expect_list(&due(5), &all).await;
    deployment.finish(DeploymentOutcome::Succeeded, None, now).expect("it is open");
    service.end(ServiceTrigger::Succeed, None, now).expect("its creation is in progress");
    version.refuse("broken".to_owned(), now).expect("registration is in progress");
    for record in [Entity::from(deployment), service.into(), version.into()] {
        subject.put(record).await;
    }
    subject.expect_list(&due(5), &[]).await;
}

/// Full pages, then the rest; no empty page at the end.
async fn pages_are_exact(subject: &Subject) {
    let service = subject.name("paged");
    let instances: Vec<_> = (0..4)
        .map(|n| {
            let instance = format!("i{n}");
            records::instance_succeeded(&service, &instance, "home", "web", subject.id(), subject.now())
        })
        .collect();
    put_all(subject, &instances).await;
    let query = ListQuery::ServiceInstancesOfService(name(&service));
    for limit in [1, 2, 3, 4, 5] {
        let (items, sizes) = subject.list(&query, limit).await;
        assert_eq!(items, entities(&instances));
        assert!(!sizes.contains(&0), "pages of {limit}: {sizes:?}");
    }
}

async fn positions_of_other_lists_are_refused(subject: &Subject) {
    let environment = name(&subject.name("positions"));
    let deployments: Vec<Deployment> = (0..2)
        .map(|_| {
            let target = DeploymentTarget::Environment { name: environment.clone() };
            records::deployment_succeeded(subject.id(), target, "net", &[], subject.now())
        })
        .collect();
    put_all(subject, &deployments).await;
    let of = ListQuery::DeploymentsOfEnvironment(environment);
    subject.expect_list(&of, &[deployments[1].clone().into(), deployments[0].clone().into()]).await;
    let page =
        subject.store.list(&of, &PageRequest { limit: 1, after: None }).await.expect("the store lists");
    assert!(page.next.is_some());
    let others = [
        ListQuery::Deployments,
        ListQuery::Services,
        ListQuery::DeploymentsOfEnvironment(name("other")),
        ListQuery::DeploymentsOfService(name("other")),
        ListQuery::ServiceInstancesOfService(name("other")),
    ];
    for other in others {
        let refused = subject.store.list(&other, &PageRequest { limit: 1, after: page.next.clone() }).await;
        assert!(matches!(refused, Err(PortError::ForeignPosition)), "{other:?}");
    }
    let nonsense = PageRequest { limit: 1, after: Some("nonsense".to_owned()) };
    let refused = subject.store.list(&of, &nonsense).await;
    assert!(matches!(refused, Err(PortError::ForeignPosition)));
}
