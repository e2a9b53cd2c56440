//! What `cargo xtask` does, as a library: the integration tests bring up their own stack with the same code.
//!
//! The local mode deploys what AWS gets, only elsewhere: the release binaries of `functions/`, the state machines of
//! `statemachines/`, the template `infra/protium.yaml`. The stages follow one another, and each is a module:
//! [`python`] (a virtual environment with the emulator) and [`lambdas`] (the binaries and their zips), [`emulator`]
//! (the process), [`installation`] (upload and deploy, the same for AWS), [`companion`] (what an account's owner adds:
//! a provisioning role), [`demonstration`] (bundles, an environment, a service). [`local`] strings them together.
//! [`simulation`] carries fleet updates out in virtual time. [`previous`] is the release before this one, which the upgrade is tested from.
//!
//! Nothing here prints. Whoever calls hands over a [`progress::Reporter`].

pub mod architecture;
pub mod archive;
pub mod bench;
pub mod cloud;
pub mod command;
pub mod companion;
pub mod counts;
pub mod demonstration;
pub mod emulator;
pub mod installation;
pub mod lambdas;
pub mod licences;
pub mod local;
pub mod outputs;
pub mod previous;
pub mod progress;
pub mod python;
pub mod simulation;
pub mod stack;
pub mod starter;
pub mod test_program;
pub mod watch;
pub mod workspace;
