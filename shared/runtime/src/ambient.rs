//! The clock and the source of ids.

use protium_app::ports::{Clock, Ids};
use protium_domain::identifier::Identifier;
use protium_domain::time::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Letters at the end of a stack's name (behaviour 7.2).
const SUFFIX_LETTERS: usize = 15;

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
            if let Ok(identifier) = Identifier::new(Uuid::now_v7().hyphenated().to_string()) {
                return identifier;
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is where ids are made")]
    fn stack_suffix(&self) -> String {
        letters(Uuid::new_v4().as_u128())
    }
}

/// The number's lowest digits to base 26, as capital letters: 15 of them hold 70 of a UUID's 122 random bits.
fn letters(mut number: u128) -> String {
    (0..SUFFIX_LETTERS)
        .map(|_| {
            let digit = (number % 26) as u8;
            number /= 26;
            char::from(b'A' + digit)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn suffixes_are_fifteen_capital_letters() {
        for number in [0, 1, 25, 26, u128::MAX] {
            let suffix = letters(number);
            assert!(
                suffix.len() == 15 && suffix.bytes().all(|letter| letter.is_ascii_uppercase()),
                "{suffix}"
            );
        }
        let suffixes: BTreeSet<_> = (0..1_000).map(|_| RandomIds.stack_suffix()).collect();
        assert_eq!(suffixes.len(), 1_000);
    }

    #[test]
    fn identifiers_sort_by_the_time_they_were_made_at() {
        let made: Vec<_> = (0..1_000).map(|_| RandomIds.identifier()).collect();
        assert!(made.is_sorted());
    }
}
