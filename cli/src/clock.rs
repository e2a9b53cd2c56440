//! The time of day: the edge of this program, from which the clock is handed down.

use std::time::SystemTime;

#[allow(clippy::disallowed_methods, reason = "the edge of this program")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
