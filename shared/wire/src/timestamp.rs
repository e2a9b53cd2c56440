//! Points in time as they travel: JSON numbers of epoch seconds, with milliseconds as the fraction (behaviour 0).

use crate::shape::{Kind, Presentable, Shape};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time in milliseconds since 1970-01-01T00:00:00Z; on the wire `1600000000.123`.
///
/// Whole milliseconds inside, so that two equal times compare equal and survive the way to JSON and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    millis: i64,
}

impl Timestamp {
    /// The time so many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self { millis }
    }

    /// Milliseconds after the epoch.
    pub const fn millis(self) -> i64 {
        self.millis
    }
}

#[doc(hidden)]
#[allow(non_upper_case_globals)]
pub static Timestamp: Shape = Shape::new("Timestamp", Kind::Timestamp);

impl Presentable for Timestamp {}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A double holds milliseconds exactly for some 285,000 years.
        serializer.serialize_f64(self.millis as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|seconds| Self { millis: (seconds * 1000.0).round() as i64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn travels_as_epoch_seconds_with_a_fraction() {
        let json = serde_json::to_string(&Timestamp::from_millis(1_600_000_000_123)).unwrap();
        assert_eq!(json, "1600000000.123");
        assert_eq!(serde_json::from_str::<Timestamp>("1600000000").unwrap().millis(), 1_600_000_000_000);
    }

    proptest! {
        #[test]
        fn survives_the_way_to_json_and_back(millis in 0..=253_402_300_799_999_i64) {
            let json = serde_json::to_string(&Timestamp::from_millis(millis)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap().millis(), millis);
        }
    }
}
