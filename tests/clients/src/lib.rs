//! The whole API behind an HTTP server of its own: the handlers and use cases that are deployed, over the fakes of the test
//! kit. Clients that AWS generated from its model (boto3, aws-sdk-proton) talk to it as they would to AWS, and see in
//! milliseconds what takes minutes with real stacks: waiters see things change, paginators cross pages, stacks fail.
//!
//! Work goes on by the calls that look at it, so that every run is the same: whoever reads for the second time after a
//! change still finds it in progress, and after that everything has ended. The local stack stays the judge of whether the
//! parts fit together; this one judges every operation, answer and client.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use this crate: a broken premise of a test should stop it"
)]

mod control;
mod event;
mod server;
mod stage;

pub use server::Server;
