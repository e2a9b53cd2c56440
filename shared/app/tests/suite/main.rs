//! Use cases over fakes. They are apart from the crate's own unit tests because the test kit uses the crate itself.

#![expect(clippy::expect_used, clippy::panic, reason = "a broken premise of a test should stop it")]

mod account;
mod account_connection;
mod bundles;
mod client_token;
mod contention;
mod deletion;
mod deployment;
mod execution_names;
mod instance_list;
mod publish;
mod relocation;
mod repository;
mod starter_bundles;
mod summary;
mod sync;
mod tag;
mod template;
mod template_version;
mod upload;

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
