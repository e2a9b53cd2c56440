//! Time and ids that tests control.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protium_app::ports::{Clock, Ids};
use protium_domain::identifier::Identifier;
use protium_domain::time::Timestamp;

use crate::lock::lock;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// Where clocks of tests begin: 2026-11-02 09:00:00 UTC.
    pub const START: Timestamp = Timestamp::from_millis(1_793_610_000_000);

    /// A clock that shows `now`.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Sets it, also backwards.
    pub fn set(&self, now: Timestamp) {
        *lock(&self.0) = now;
    }

    /// Moves it on.
    pub fn advance(&self, duration: Duration) {
        let mut now = lock(&self.0);
        *now = now.plus(duration);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

/// Ids that count up from 1, and so sort in the order of their making.
#[derive(Debug, Default)]
pub struct SequentialIds {
    identifiers: AtomicU64,
    suffixes: AtomicU64,
}

impl SequentialIds {
    /// Ids that go on after number `number`: for tests whose ids must not meet those of another run.
    #[must_use]
    pub const fn starting_at(number: u64) -> Self {
        Self { identifiers: AtomicU64::new(number), suffixes: AtomicU64::new(number) }
    }

    /// The id that is made as number `number`, counted from 1.
    #[must_use]
    pub fn nth(number: u64) -> Identifier {
        Identifier::new(format!("00000000-0000-7000-8000-{number:012x}"))
            .expect("twelve digits are enough for tests")
    }

    /// The suffix that is made as number `number`, counted from 1: `AAAAAAAAAAAAAAB` is the first.
    #[must_use]
    pub fn nth_suffix(number: u64) -> String {
        let mut letters = [b'A'; 15];
        let mut rest = number;
        for letter in letters.iter_mut().rev() {
            *letter += u8::try_from(rest % 26).expect("a remainder below 26");
            rest /= 26;
        }
        letters.iter().copied().map(char::from).collect()
    }
}

impl Ids for SequentialIds {
    fn identifier(&self) -> Identifier {
        Self::nth(self.identifiers.fetch_add(1, Ordering::SeqCst) + 1)
    }

    fn stack_suffix(&self) -> String {
        Self::nth_suffix(self.suffixes.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stands_still_until_it_is_moved() {
        let clock = FixedClock::default();
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.now().since(FixedClock::START), Duration::from_secs(1));
    }

    #[test]
    fn ids_count_up() {
        let ids = SequentialIds::default();
        assert!(ids.identifier() < ids.identifier());
        assert_eq!(ids.identifier(), SequentialIds::nth(3));
        assert_eq!(ids.stack_suffix(), "AAAAAAAAAAAAAAB");
        assert_eq!(SequentialIds::nth_suffix(27), "AAAAAAAAAAAAABB");
    }
}
