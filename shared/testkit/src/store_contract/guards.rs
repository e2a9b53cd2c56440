//! Deletion guards: nobody begins to use what somebody deletes.

use std::time::Duration;

use protium_app::ports::{CommitError, ListQuery, Record, StoreExt, Write};
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::environment::Environment;
use protium_domain::reference::{Reference, Referent, Referrer};
use protium_domain::template::TemplateKind;
use protium_domain::template_version::TemplateVersion;
use protium_domain::version::VersionNumber;

use super::{Subject, with};
use crate::records;

pub(super) async fn all(subject: &Subject) {
    versions_are_deployable_by_status_and_mark(subject).await;
    environments_are_inhabitable_by_status_and_mark(subject).await;
    repositories_are_linked_unless_marked(subject).await;
    services_are_required_and_absence_too(subject).await;
    either_the_user_sees_the_mark_or_the_guard_the_reference(subject).await;
}

async fn versions_are_deployable_by_status_and_mark(subject: &Subject) {
    let (now, kind, number) = (subject.now(), TemplateKind::Environment, VersionNumber::new(1, 0));
    let template = subject.name("deployable");
    let required = Write::RequireDeployable(kind, records::name(&template), number, now);
    assert!(!subject.holds(required.clone()).await, "there is no such version");
    let registering = records::version_registering(kind, &template, number, now);
    let mut failed = registering.clone();
    failed.refuse("broken".to_owned(), now).expect("registration is in progress");
    let draft = records::version_draft(kind, &template, number, now);
    let published = records::version_published(kind, &template, number, now);
    let until = |seconds| {
        let deleting_until = Some(now.plus(Duration::from_secs(seconds)));
        with(&published, |version: &mut TemplateVersion| version.deleting_until = deleting_until)
    };
    let cases = [
        (registering, false, "its registration runs"),
        (failed, false, "its registration failed"),
        (draft, true, "drafts may be deployed"),
        (published.clone(), true, "it is published"),
        (until(60), false, "a deletion looks for users"),
        (until(0), true, "the deletion's time is over"),
    ];
    for (version, expected, why) in cases {
        subject.put(version).await;
        assert_eq!(subject.holds(required.clone()).await, expected, "{why}");
    }
}

async fn environments_are_inhabitable_by_status_and_mark(subject: &Subject) {
    let now = subject.now();
    let name = subject.name("inhabitable");
    let required = Write::RequireInhabitable(records::name(&name), now);
    assert!(!subject.holds(required.clone()).await, "there is no such environment");
    let succeeded = records::environment_succeeded(&name, "net", subject.id(), now);
    let mut deleting = succeeded.clone();
    deleting.deployable.delete(subject.id(), now).expect("it is settled");
    let mut delete_failed = deleting.clone();
    delete_failed.deployable.finish(DeploymentOutcome::Failed, None).expect("it is being deleted");
    let until = |seconds| {
        let deleting_until = Some(now.plus(Duration::from_secs(seconds)));
        Environment { deleting_until, ..succeeded.clone() }
    };
    let cases = [
        (succeeded.clone(), true, "it succeeded"),
        (until(60), false, "a deletion looks for instances"),
        (until(0), true, "the deletion's time is over"),
        (deleting, false, "it is being deleted"),
        (delete_failed, true, "its deletion failed: whether that is good enough, its user decides"),
    ];
    for (environment, expected, why) in cases {
        subject.put(environment).await;
        assert_eq!(subject.holds(required.clone()).await, expected, "{why}");
    }
}

async fn services_are_required_and_absence_too(subject: &Subject) {
    let service = records::service_active(&subject.name("required"), "web", subject.id(), subject.now());
    let (there, gone) = (Write::RequireService(service.name.clone()), Write::RequireAbsent(service.key()));
    assert!(!subject.holds(there.clone()).await && subject.holds(gone.clone()).await);
    subject.put(service.clone()).await;
    assert!(subject.holds(there).await && !subject.holds(gone).await);
    assert!(subject.holds(Write::Remove(service.key())).await);
}

async fn repositories_are_linked_unless_marked(subject: &Subject) {
    let now = subject.now();
    let linked = records::repository(&format!("github:{}/x", subject.name("linked")), now);
    let required = Write::RequireLinked(linked.id.clone(), now);
    assert!(!subject.holds(required.clone()).await, "there is no such link");
    let until = |seconds| {
        let deleting_until = Some(now.plus(Duration::from_secs(seconds)));
        with(&linked, |repository| repository.deleting_until = deleting_until)
    };
    let cases = [
        (linked.clone(), true, "it is linked"),
        (until(60), false, "a deletion looks for users"),
        (until(0), true, "the deletion's time is over"),
    ];
    for (repository, expected, why) in cases {
        subject.put(repository).await;
        assert_eq!(subject.holds(required.clone()).await, expected, "{why}");
    }
    assert!(subject.holds(Write::Remove(linked.key())).await);
}

async fn either_the_user_sees_the_mark_or_the_guard_the_reference(subject: &Subject) {
    let now = subject.now();
    let environment = records::environment_succeeded(&subject.name("guarded"), "net", subject.id(), now);
    let referent = Referent::Environment { name: environment.name.clone() };
    let reference = |instance: &str| Reference {
        referent: referent.clone(),
        referrer: Referrer::ServiceInstance { service: records::name("web"), name: records::name(instance) },
    };
    let users = ListQuery::References(referent.clone());
    let moves_in = |instance: &str| {
        [Write::RequireInhabitable(environment.name.clone(), now), Write::Put(reference(instance).into())]
    };
    subject.put(environment.clone()).await;
    assert!(subject.store.is_empty(&users).await.expect("the store lists"));
    subject.store.commit(&moves_in("first")).await.expect("nobody deletes it");
    let marked = Environment {
        deleting_until: Some(now.plus(Duration::from_secs(60))),
        revision: environment.revision.next(),
        ..environment.clone()
    };
    assert!(subject.holds(Write::Replace(marked.into(), environment.revision)).await);
    let late = subject.store.commit(&moves_in("second")).await;
    assert!(matches!(late, Err(CommitError::Condition(0))), "{late:?}");
    // Right after the commit, without waiting for an index.
    let (seen, _) = subject.list(&users, 100).await;
    assert_eq!(seen, [reference("first").into()], "the guard sees who was faster");
    assert!(subject.holds(Write::Remove(reference("first").key())).await);
    assert!(subject.store.is_empty(&users).await.expect("the store lists"));
}
