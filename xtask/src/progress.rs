//! How long work tells about itself without knowing who listens.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// What happened. Stages may overlap; their titles tell them apart.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A stage begins, under this title.
    Started(&'a str),
    /// A stage has got as far as this detail.
    Advanced(&'a str, &'a str),
    /// A stage ended well, after this time, with this result.
    Finished(&'a str, &'a str, Duration),
    /// A stage ended badly; the error comes to the caller.
    Failed(&'a str),
}

/// Someone who listens: a terminal, a log, nobody.
pub trait Reporter: Send + Sync {
    /// Takes note of an event.
    fn report(&self, event: Event<'_>);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _event: Event<'_>) {}
}

/// A stage under way. Dropped without [`Stage::finish`], it counts as failed.
pub struct Stage {
    reporter: Arc<dyn Reporter>,
    title: String,
    since: Instant,
    finished: bool,
}

impl Stage {
    /// Begins a stage.
    #[must_use]
    pub fn start(reporter: &Arc<dyn Reporter>, title: &str) -> Self {
        reporter.report(Event::Started(title));
        Self { reporter: reporter.clone(), title: title.into(), since: Instant::now(), finished: false }
    }

    /// Tells what is being done now.
    pub fn advance(&self, detail: &str) {
        self.reporter.report(Event::Advanced(&self.title, detail));
    }

    /// Ends the stage well.
    pub fn finish(mut self, result: &str) {
        self.finished = true;
        self.reporter.report(Event::Finished(&self.title, result, self.since.elapsed()));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.finished {
            self.reporter.report(Event::Failed(&self.title));
        }
    }
}
