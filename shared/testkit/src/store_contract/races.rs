//! Racing commits: one wins, and the others are told.

use std::sync::Arc;

use protium_app::ports::{CommitError, Record, Write};
use protium_domain::service::Service;
use protium_domain::token::ClientToken;
use tokio::task::JoinSet;

use super::{Subject, with};
use crate::records;

const RACERS: usize = 8;

pub(super) async fn all(subject: &Subject) {
    one_creation_wins(subject).await;
    one_of_equal_creations_wins(subject).await;
    one_replacement_wins(subject).await;
    one_transaction_wins(subject).await;
}

/// Commits all at once: how many won, and the positions that the others lost at.
async fn race(subject: &Subject, commits: Vec<Vec<Write>>) -> (usize, Vec<usize>) {
    let mut racers = JoinSet::new();
    for writes in commits {
        let store = Arc::clone(&subject.store);
        racers.spawn(async move { store.commit(&writes).await });
    }
    let (mut won, mut lost) = (0, Vec::new());
    while let Some(outcome) = racers.join_next().await {
        match outcome.expect("no racer panics") {
            Ok(()) => won += 1,
            Err(CommitError::Condition(position)) => lost.push(position),
            Err(other) => panic!("a race ended with {other:?}"),
        }
    }
    (won, lost)
}

fn service(subject: &Subject, name: &str, description: &str) -> Service {
    let service = records::service_active(&subject.name(name), "web", subject.id(), subject.now());
    with(&service, |service| service.description = Some(description.to_owned()))
}

async fn one_creation_wins(subject: &Subject) {
    let commits = (0..RACERS)
        .map(|n| vec![Write::Create(service(subject, "race-create", &n.to_string()).into())])
        .collect();
    assert_eq!(race(subject, commits).await, (1, vec![0; RACERS - 1]));
}

/// What is written doesn't matter: also of requests that would write the same one is told that it won.
async fn one_of_equal_creations_wins(subject: &Subject) {
    let create = Write::Create(service(subject, "race-equal", "same").into());
    assert_eq!(race(subject, vec![vec![create]; RACERS]).await, (1, vec![0; RACERS - 1]));
}

async fn one_replacement_wins(subject: &Subject) {
    let first = service(subject, "race-replace", "first");
    subject.put(first.clone()).await;
    let replacement = |n: usize| {
        with(&first, |service| {
            service.description = Some(n.to_string());
            service.revision = first.revision.next();
        })
    };
    let commits = (0..RACERS).map(|n| vec![Write::Replace(replacement(n).into(), first.revision)]).collect();
    assert_eq!(race(subject, commits).await, (1, vec![0; RACERS - 1]));
    let kept: Service = subject.find(&first.key()).await.expect("it is there");
    assert_eq!(kept.revision, first.revision.next());
}

/// As CreateService does it: each racer brings a token of its own and wants the same name.
async fn one_transaction_wins(subject: &Subject) {
    let commits = (0..RACERS)
        .map(|n| {
            let service = service(subject, "race-transaction", &n.to_string());
            let token = ClientToken {
                operation: "CreateService".to_owned(),
                token: subject.name(&format!("race-{n}")),
                digest: records::creation().digest,
                resource: protium_domain::arn::Resource::Service { name: service.name.clone() },
                expires_at: subject.now().plus(ClientToken::LIFETIME),
            };
            vec![Write::Claim(token, subject.now()), Write::Create(service.into())]
        })
        .collect();
    assert_eq!(race(subject, commits).await, (1, vec![1; RACERS - 1]));
    let mut tokens = 0;
    for n in 0..RACERS {
        let key = protium_app::ports::Key::ClientToken(
            "CreateService".to_owned(),
            subject.name(&format!("race-{n}")),
        );
        tokens += usize::from(subject.find::<ClientToken>(&key).await.is_some());
    }
    assert_eq!(tokens, 1, "the losers claimed nothing");
}
