//! The world on whose API clients act.

use std::collections::BTreeSet;

use hyper::body::Bytes;
use hyper::header::HeaderMap;
use protium_api::gate::Gate;
use protium_testkit::{World, records};
use protium_wire::Operation;

use crate::control::{Control, Endings};
use crate::event;

/// After a change, so many reads find things in progress.
const PATIENCE: usize = 2;

/// A world, and how far its clients have looked at it.
pub(crate) struct Stage {
    world: World,
    /// Reads since the last change.
    reads: usize,
    succeeded: BTreeSet<&'static str>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let mut world = World::new();
        world.script.is_for_all = true;
        world.publish_piped("1.0");
        Self { world, reads: 0, succeeded: BTreeSet::new() }
    }

    /// The operations that succeeded so far.
    pub(crate) fn succeeded(&self) -> BTreeSet<&'static str> {
        self.succeeded.clone()
    }

    /// Answers a request to the API.
    pub(crate) async fn call(&mut self, headers: &HeaderMap, body: &Bytes) -> (u16, HeaderMap, String) {
        let api = self.world.api();
        let gate = Gate::open(api.clock.clone());
        let response = protium_api::handle(api, &gate, event::event(headers, body)).await;
        let answer = event::answer(response);
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        if let Some(operation) = target.and_then(Operation::from_target) {
            if answer.0 == 200 {
                self.succeeded.insert(operation.name());
            }
            self.go_on(operation).await;
        }
        answer
    }

    async fn go_on(&mut self, operation: Operation) {
        let is_read = ["Get", "List"].iter().any(|verb| operation.name().starts_with(verb));
        self.reads = if is_read { self.reads + 1 } else { 0 };
        if self.reads == PATIENCE {
            Box::pin(self.world.run()).await;
            // What happens next happens later.
            self.world.test.advance(std::time::Duration::from_secs(1));
        }
    }

    /// Does what a test wants of the world.
    pub(crate) async fn control(&mut self, control: Control) {
        match control {
            Control::New => {
                let succeeded = self.succeeded();
                *self = Self { succeeded, ..Self::new() };
            }
            Control::Script(endings) => self.script(endings),
            Control::Bundle { kind, key } => self.world.bundle_upload(kind, &key),
            Control::Blocker { service } => {
                let test = &self.world.test;
                test.seed(records::sync_blocker(test.id(), &service, None, test.now()));
            }
            Control::Run => Box::pin(self.world.run()).await,
        }
    }

    fn script(&mut self, endings: Endings) {
        // The script wants constants, and a test has few of them.
        let lasting = |texts: Vec<String>| texts.into_iter().map(|text| &*text.leak());
        self.world.script.creations.extend(lasting(endings.creations));
        self.world.script.updates.extend(lasting(endings.updates));
        self.world.script.deletions.extend(lasting(endings.deletions));
    }
}
