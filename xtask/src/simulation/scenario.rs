//! What is simulated, and what comes out.

use std::time::Duration;

use protium_domain::fleet::{FleetCounts, FleetUpdateStatus, Strategy};

use super::calls::Calls;
use super::cloudformation::Stacks;

/// What somebody does in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// When they pause it.
    pub at: Duration,
    /// For how long.
    pub lasts: Duration,
}

/// A fleet, and how it is updated.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// For people.
    pub name: String,
    /// How many instances.
    pub instances: u32,
    /// Calls per second that each account allows; the instances are spread evenly over the accounts.
    pub accounts: Vec<f64>,
    /// How stacks behave.
    pub stacks: Stacks,
    /// How the fleet update goes about it.
    pub strategy: Strategy,
    /// Somebody's pause.
    pub pause: Option<Pause>,
    /// Makes chance repeatable.
    pub seed: u64,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub status: FleetUpdateStatus,
    /// What became of the targets.
    pub counts: FleetCounts,
    /// From the request to the end.
    pub makespan: Duration,
    /// The time of all stacks together, divided by the concurrency: no order of work is faster.
    pub ideal: Duration,
    /// The most deployments that were under way at one time.
    pub peak: u32,
    /// What was used.
    pub calls: Calls,
    /// Executions of the state machine.
    pub runs: u32,
    /// When the last target of each account was done.
    pub accounts_done: Vec<Duration>,
    /// How many deployments were done by when: about a hundred points, for the plot.
    pub curve: Vec<(Duration, u32)>,
}

impl Outcome {
    /// How much longer than the ideal it took: 0.05 is five percent.
    #[must_use]
    pub fn overhead(&self) -> f64 {
        self.makespan.as_secs_f64() / self.ideal.as_secs_f64().max(f64::EPSILON) - 1.0
    }
}
