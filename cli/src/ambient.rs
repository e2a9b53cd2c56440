//! The clock and the source of ids of commands that work on an installation.

use protium_app::ports::{Clock, Ids};
use protium_domain::identifier::Identifier;
use protium_domain::time::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Ids from the operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "this is where ids are made")]
    fn identifier(&self) -> Identifier {
        loop {
            // Every UUID is an identifier; the type can't say so.
            if let Ok(identifier) = Identifier::new(uuid::Uuid::now_v7().hyphenated().to_string()) {
                return identifier;
            }
        }
    }

    /// No command makes stacks.
    fn stack_suffix(&self) -> String {
        String::new()
    }
}

/// A time, as people read it.
pub(crate) fn date(time: Timestamp) -> String {
    let time = aws_smithy_types::DateTime::from_millis(time.as_millis());
    time.fmt(aws_smithy_types::date_time::Format::DateTime)
        .unwrap_or_else(|_| "a time that is out of range".to_owned())
}
