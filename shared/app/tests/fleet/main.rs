//! Fleet updates, from the request to the end, over fakes: the machine of [`protium_testkit::world`] plays the steps.

#![expect(clippy::expect_used, reason = "a broken premise of a test should stop it")]

mod boundaries;
mod changes;
mod fleet;
mod plan;
mod policy;
mod races;
mod retention;
mod scale;
mod story;
mod trace;
