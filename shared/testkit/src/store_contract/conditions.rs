//! Conditions of writes, and that a commit is all or nothing.

use std::time::Duration;

use protium_app::ports::{CommitError, Entity, Key, PortError, Record, Write};
use protium_domain::account::AccountSettings;
use protium_domain::arn::Resource;
use protium_domain::digest::RequestDigest;
use protium_domain::intent::{Intent, Partition};
use protium_domain::revision::Revision;
use protium_domain::service::Service;
use protium_domain::template::TemplateKind;
use protium_domain::token::ClientToken;

use super::{Subject, with};
use crate::records;

pub(super) async fn all(subject: &Subject) {
    creation_needs_absence(subject).await;
    replacing_and_deleting_need_the_revision(subject).await;
    a_token_is_free_once_it_expired(subject).await;
    settings_are_guarded_by_their_revision(subject).await;
    a_template_can_be_required(subject).await;
    a_commit_is_all_or_nothing_and_tells_who_lost(subject).await;
    a_commit_has_its_limits(subject).await;
}

fn service(subject: &Subject, name: &str) -> Service {
    records::service_active(&subject.name(name), "web", subject.id(), subject.now())
}

async fn creation_needs_absence(subject: &Subject) {
    let service = service(subject, "create");
    assert!(subject.holds(Write::Create(service.clone().into())).await);
    assert!(!subject.holds(Write::Create(service.clone().into())).await, "it exists, even if it is the same");
    assert!(subject.holds(Write::Remove(service.key())).await);
    assert!(subject.holds(Write::Create(service.into())).await, "the name is free again");
}

async fn replacing_and_deleting_need_the_revision(subject: &Subject) {
    let first = service(subject, "revise");
    let (known, next) = (first.revision, first.revision.next());
    let second = with(&first, |service| {
        service.description = Some("two".to_owned());
        service.revision = next;
    });
    assert!(
        !subject.holds(Write::Replace(second.clone().into(), known)).await,
        "there is nothing to replace"
    );
    assert!(!subject.holds(Write::Delete(first.key(), known)).await, "there is nothing to delete");
    subject.put(first.clone()).await;
    assert!(subject.holds(Write::Replace(second.clone().into(), known)).await);
    assert!(!subject.holds(Write::Replace(first.clone().into(), known)).await, "somebody was faster");
    assert_eq!(subject.find(&first.key()).await, Some(second.clone()), "the loser wrote nothing");
    assert!(!subject.holds(Write::Delete(first.key(), known)).await, "somebody was faster");
    assert!(subject.holds(Write::Delete(first.key(), next)).await);
    assert_eq!(subject.find::<Service>(&first.key()).await, None);
}

async fn a_token_is_free_once_it_expired(subject: &Subject) {
    let now = subject.now();
    let later = now.plus(ClientToken::LIFETIME);
    let token = ClientToken {
        operation: "CreateService".to_owned(),
        token: subject.name("token#1"),
        digest: RequestDigest("1".repeat(64)),
        resource: Resource::Service { name: records::name("web") },
        expires_at: later,
    };
    let second = ClientToken { expires_at: later.plus(ClientToken::LIFETIME), ..token.clone() };
    assert!(subject.holds(Write::Claim(token.clone(), now)).await);
    assert!(!subject.holds(Write::Claim(second.clone(), now)).await, "it is taken");
    assert!(!subject.holds(Write::Claim(second.clone(), later.minus(Duration::from_millis(1)))).await);
    assert_eq!(subject.find(&token.key()).await, Some(token.clone()));
    assert!(subject.holds(Write::Claim(second.clone(), later)).await, "it expired");
    assert_eq!(subject.find(&token.key()).await, Some(second));
    let elsewhere = ClientToken { operation: "CreateEnvironment".to_owned(), ..token };
    assert!(subject.holds(Write::Claim(elsewhere, now)).await, "the same token may serve another operation");
}

async fn settings_are_guarded_by_their_revision(subject: &Subject) {
    // There is one record of them, which an earlier run may have left behind.
    assert!(subject.holds(Write::Remove(Key::AccountSettings)).await);
    let revision = Revision::first(subject.now());
    let settings = |revision| AccountSettings {
        pipeline_service_role_arn: Some(records::ROLE_ARN.to_owned()),
        revision: Some(revision),
        ..AccountSettings::default()
    };
    let (first, second) = (settings(revision), settings(revision.next()));
    assert!(!subject.holds(Write::ReplaceSettings(first.clone(), Some(revision))).await, "never written");
    assert!(subject.holds(Write::ReplaceSettings(first.clone(), None)).await);
    assert!(!subject.holds(Write::ReplaceSettings(first, None)).await, "somebody was faster");
    assert!(subject.holds(Write::ReplaceSettings(second.clone(), Some(revision))).await);
    assert_eq!(subject.find(&Key::AccountSettings).await, Some(second));
}

async fn a_template_can_be_required(subject: &Subject) {
    let kind = TemplateKind::Environment;
    let template = records::template(kind, &subject.name("required"), subject.now());
    let required = Write::RequireTemplate(kind, template.name.clone());
    assert!(!subject.holds(required.clone()).await);
    subject.put(template.clone()).await;
    assert!(subject.holds(required).await);
    let other_kind = Write::RequireTemplate(TemplateKind::Service, template.name);
    assert!(!subject.holds(other_kind).await, "each kind has names of its own");
}

async fn a_commit_is_all_or_nothing_and_tells_who_lost(subject: &Subject) {
    let there = service(subject, "there");
    subject.put(there.clone()).await;
    let new: Vec<Service> = (0..4).map(|n| service(subject, &format!("new-{n}"))).collect();
    for lost in 0..=new.len() {
        let mut writes: Vec<Write> = new.iter().map(|new| Write::Create(new.clone().into())).collect();
        writes.insert(lost, Write::Create(there.clone().into()));
        let outcome = subject.store.commit(&writes).await;
        assert!(matches!(outcome, Err(CommitError::Condition(position)) if position == lost), "{outcome:?}");
        for service in &new {
            assert_eq!(subject.find::<Service>(&service.key()).await, None, "nothing was written");
        }
    }
    let intent = Intent {
        id: subject.id(),
        partition: Partition::Service(there.name.clone()),
        created_at: subject.now(),
        trace: None,
        events: Vec::new(),
        workflows: Vec::new(),
        wakes: Vec::new(),
        resumes: Vec::new(),
    };
    let next = with(&there, |service| service.revision = there.revision.next());
    let writes = [
        Write::Create(new[0].clone().into()),
        Write::Replace(next.clone().into(), there.revision),
        Write::Remove(new[1].key()),
        Write::Create(intent.clone().into()),
    ];
    subject.store.commit(&writes).await.expect("every condition holds");
    assert_eq!(subject.find(&new[0].key()).await, Some(new[0].clone()));
    assert_eq!(subject.find(&there.key()).await, Some(next));
    assert_eq!(subject.find(&intent.key()).await, Some(intent.clone()));
    assert!(subject.holds(Write::Remove(intent.key())).await);
}

async fn a_commit_has_its_limits(subject: &Subject) {
    let services: Vec<Service> = (0..101).map(|n| service(subject, &format!("limit-{n}"))).collect();
    let writes: Vec<Write> = services.iter().map(|service| Write::Create(service.clone().into())).collect();
    let refused = subject.store.commit(&writes).await;
    assert!(matches!(refused, Err(CommitError::Port(PortError::Failed { .. }))), "{refused:?}");
    assert_eq!(subject.find::<Service>(&services[0].key()).await, None);
    subject.store.commit(&writes[..100]).await.expect("100 writes fit");
    let twice = [Write::Put(Entity::from(services[0].clone())), Write::Remove(services[0].key())];
    let refused = subject.store.commit(&twice).await;
    assert!(matches!(refused, Err(CommitError::Port(PortError::Failed { .. }))), "{refused:?}");
}
