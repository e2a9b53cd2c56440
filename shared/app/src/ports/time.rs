//! Time and ids, injected so that tests are deterministic.

use protium_domain::identifier::Identifier;
use protium_domain::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in milliseconds since the epoch.
    fn now(&self) -> Timestamp;
}

/// Makes ids.
pub trait Ids: Send + Sync {
    /// A new UUID (version 7: sorts by time).
    fn identifier(&self) -> Identifier;
    /// 15 random capital letters, the end of a stack's name (behaviour 7.2).
    fn stack_suffix(&self) -> String;
}
