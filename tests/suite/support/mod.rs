//! What tests need: the stack, bundles, waiting, requests that no client would send.

pub(crate) mod bundle;
pub(crate) mod command_line;
pub(crate) mod events;
pub(crate) mod fleet;
pub(crate) mod http;
pub(crate) mod logs;
pub(crate) mod people;
pub(crate) mod processes;
pub(crate) mod protium;
pub(crate) mod proton;
pub(crate) mod records;
pub(crate) mod refusal;
pub(crate) mod stacks;
pub(crate) mod upgrade;
pub(crate) mod wait;

/// A name that nothing else has.
pub(crate) fn unique(prefix: &str) -> String {
    let id = random();
    format!("{prefix}-{}", &id[id.len() - 8..])
}

/// Thirty-two hexadecimal digits that nobody else has.
#[expect(
    clippy::disallowed_methods,
    reason = "tests need fresh names, and no clock or ids are injected here"
)]
pub(crate) fn random() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
