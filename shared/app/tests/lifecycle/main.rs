//! What is deployed, from the call that asks for it to the end of its workflow, over fakes.
//!
//! [`protium_testkit::world`] plays what surrounds the use cases: the stream, the state machines, CloudFormation and the schedule. The
//! tests say what people rely on; [`faults`] lets every call to every port fail in turn.

#![expect(clippy::expect_used, clippy::panic, reason = "a broken premise of a test should stop it")]

mod adopt;
mod cancel;
mod component;

mod component_refused;
mod customer_managed;
mod deployment;
mod environment;
mod environment_delete;
mod environment_update;
mod faults;
mod forced;
mod never_stuck;
mod other_account;
mod parameters;
mod pipeline;
mod preview;
mod properties;
mod races;
mod races_own;
mod reconcile;
mod requests;
mod retry;
mod roll_back;
mod service;
mod service_instance;
mod service_instance_create;
mod service_large;
mod service_update;
mod settle;
mod stacks;
mod throttling;
mod trace;

// The world is in the test kit, for the API's tests have it, too.
use protium_testkit::world;

/// The text of a refusal of the expected class.
macro_rules! refusal {
    ($result:expr, $class:ident) => {
        match $result {
            Err(protium_app::Error::$class(message)) => message,
            other => panic!("expected a refusal of class {}, got {other:?}", stringify!($class)),
        }
    };
}
pub(crate) use refusal;
