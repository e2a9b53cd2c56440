//! What a fleet update uses, and what AWS bills for it.
//!
//! Counts of the fleet's own machine come from the simulation. What each *deployment* uses is that of any deployment, as
//! `docs/operating.md` has it; it is billed with or without a fleet update, and shown apart.

use std::ops::AddAssign;

/// Prices of us-east-1 in dollars, without free tiers, as of November 2026.
mod price {
    /// Standard workflows, per state transition.
    pub(super) const TRANSITION: f64 = 0.025 / 1_000.0;
    /// Functions on Graviton, per invocation of 256 MB over 50 ms, duration included.
    pub(super) const INVOCATION: f64 = 0.20 / 1_000_000.0 + 0.25 * 0.05 * 0.000_013_333_4;
    /// DynamoDB on demand, per write unit.
    pub(super) const WRITE: f64 = 0.625 / 1_000_000.0;
    /// DynamoDB on demand, per read unit.
    pub(super) const READ: f64 = 0.125 / 1_000_000.0;
    /// S3, per object written.
    pub(super) const PUT: f64 = 0.005 / 1_000.0;
    /// S3, per object read.
    pub(super) const GET: f64 = 0.000_4 / 1_000.0;
    /// One deployment: `docs/operating.md`, "What it costs".
    pub(super) const DEPLOYMENT: f64 = 0.000_3;
}

/// What was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// State transitions of the fleet's machine and its children.
    pub transitions: u64,
    /// Invocations of its functions.
    pub invocations: u64,
    /// Write units of its records: target, counters, rounds.
    pub writes: u64,
    /// Read units.
    pub reads: u64,
    /// Objects of the plan that are written.
    pub puts: u64,
    /// … and read.
    pub gets: u64,
    /// Deployments that began, each with what every deployment uses.
    pub deployments: u64,
    /// UpdateStack calls that CloudFormation let in.
    pub stack_updates: u64,
    /// UpdateStack calls that it throttled.
    pub throttled: u64,
}

impl Calls {
    /// What the fleet update itself costs, in dollars.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "money for people")]
    pub fn own_price(&self) -> f64 {
        // A throttled attempt is a task, a choice and a pause of the deployment's machine.
        let transitions = (self.transitions + 3 * self.throttled) as f64;
        let invocations = (self.invocations + self.throttled) as f64;
        transitions * price::TRANSITION
            + invocations * price::INVOCATION
            + self.writes as f64 * price::WRITE
            + self.reads as f64 * price::READ
            + self.puts as f64 * price::PUT
            + self.gets as f64 * price::GET
    }

    /// What it costs with its deployments, in dollars.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "money for people")]
    pub fn price(&self) -> f64 {
        self.own_price() + self.deployments as f64 * price::DEPLOYMENT
    }
}

impl AddAssign for Calls {
    fn add_assign(&mut self, more: Self) {
        self.transitions += more.transitions;
        self.invocations += more.invocations;
        self.writes += more.writes;
        self.reads += more.reads;
        self.puts += more.puts;
        self.gets += more.gets;
        self.deployments += more.deployments;
        self.stack_updates += more.stack_updates;
        self.throttled += more.throttled;
    }
}
