//! Reading by key.

use protium_app::ports::{Key, Record, Write};
use protium_domain::service::Service;

use super::Subject;
use crate::records;

pub(super) async fn all(subject: &Subject) {
    what_was_written_is_read(subject).await;
    many_are_read_in_the_order_of_their_keys(subject).await;
}

async fn what_was_written_is_read(subject: &Subject) {
    let service = records::service_active(&subject.name("read"), "web", subject.id(), subject.now());
    assert_eq!(subject.find::<Service>(&service.key()).await, None, "nothing is there yet");
    subject.put(service.clone()).await;
    assert_eq!(subject.find(&service.key()).await, Some(service.clone()), "reads are strongly consistent");
    assert!(subject.holds(Write::Remove(service.key())).await);
    assert_eq!(subject.find::<Service>(&service.key()).await, None, "it was removed");
    assert!(subject.holds(Write::Remove(service.key())).await, "removing what is gone is harmless");
    subject.store.commit(&[]).await.expect("a commit of nothing does nothing");
}

async fn many_are_read_in_the_order_of_their_keys(subject: &Subject) {
    let mut keys: Vec<Key> = Vec::new();
    let mut expected = Vec::new();
    for number in 0..120 {
        let name = subject.name(&format!("many-{number}"));
        let service = records::service_active(&name, "web", subject.id(), subject.now());
        let is_there = number % 3 != 0;
        if is_there {
            subject.put(service.clone()).await;
        }
        // Each key twice: a caller needn't sort that out.
        for _ in 0..2 {
            keys.push(service.key());
            expected.push(is_there.then(|| service.clone().into()));
        }
    }
    let found = subject.store.get_many(&keys).await.expect("the store reads");
    assert_eq!(found, expected);
    assert!(subject.store.get_many(&[]).await.expect("the store reads").is_empty());
}
