//! Measurements, printed for people and never asserted in a test.

pub mod api;
pub mod bundle;
pub mod cold_start;
pub mod fleet;
pub mod runtime_api;

use std::time::Duration;

/// Durations of one kind, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Of at least one measurement; an empty set counts as one of zero length.
    #[must_use]
    pub fn new(mut durations: Vec<Duration>) -> Self {
        if durations.is_empty() {
            durations.push(Duration::ZERO);
        }
        durations.sort();
        Self(durations)
    }

    /// The smallest duration that `percent` of all don't exceed.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).clamp(1, self.0.len());
        self.0[rank - 1]
    }

    /// The shortest: the one that other work on the machine disturbed least.
    #[must_use]
    pub fn least(&self) -> Duration {
        self.0[0]
    }

    /// All, each shorter by this.
    #[must_use]
    pub fn less(self, duration: Duration) -> Self {
        Self(self.0.into_iter().map(|sample| sample.saturating_sub(duration)).collect())
    }

    /// All of them together, divided by their number.
    #[must_use]
    pub fn mean(&self) -> Duration {
        self.0.iter().sum::<Duration>() / u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Half are shorter.
    #[must_use]
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let samples = Samples::new((1..=20).rev().map(Duration::from_millis).collect());
        assert_eq!(samples.median(), Duration::from_millis(10));
        assert_eq!(samples.percentile(95), Duration::from_millis(19));
        assert_eq!(samples.percentile(100), Duration::from_millis(20));
        assert_eq!(samples.least(), Duration::from_millis(1));
        assert_eq!(samples.mean(), Duration::from_micros(10_500));
        assert_eq!(samples.less(Duration::from_millis(2)).median(), Duration::from_millis(8));
        assert_eq!(Samples::new(vec![Duration::from_millis(7)]).percentile(95), Duration::from_millis(7));
        assert_eq!(Samples::new(Vec::new()).median(), Duration::ZERO);
    }
}
