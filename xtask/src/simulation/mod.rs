//! Fleet updates in virtual time: what a hundred thousand instances take, without waiting for them.
//!
//! Everything that decides is the real thing: [`triage`](protium_domain::fleet::triage) and
//! [`assign_waves`](protium_domain::fleet::assign_waves) make the plan, [`decide`](protium_domain::fleet::decide) says what
//! comes next, the record changes by its own transitions. Modelled is what carries it out: [`executor`] walks through
//! `statemachines/fleet.asl.json` as Step Functions does, tracks side by side, the chunks of a track one after the other,
//! so many children at once; [`cloudformation`] takes its time, fails and throttles. [`calls`] counts what is billed.
//! Time is a [`queue`] of events, chance a seed: the same scenario ends the same way, always.

pub mod calls;
pub mod chart;
pub mod cloudformation;
pub mod executor;
pub mod memory;
mod plan;
mod queue;
pub mod scenario;

pub use executor::simulate;
pub use scenario::{Outcome, Scenario};
