//! Protium as it is deployed: release functions, state machines and `infra/protium.yaml` in a local AWS that enforces
//! the policies of all roles, driven through the ordinary Proton client.
//!
//! The first test that needs it brings the stack up ([`support::protium`]); all share it, and make their own resources
//! under random names. So tests run side by side, and nothing is cleaned up in between. Whatever takes processes down
//! does so in a local AWS of its own ([`support::protium::with_own`]).

#![cfg(test)]
#![expect(
    deprecated,
    reason = "AWS marked its whole Proton client when it closed the service; here Protium answers"
)]

mod contract;
mod faults;
mod golden;
mod journeys;
mod support;
