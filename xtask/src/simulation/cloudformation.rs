//! CloudFormation, as far as a fleet update feels it.
//!
//! How long an update of a stack takes is drawn from a log-normal distribution: most are alike, some take three times as
//! long. AWS publishes no limits of the rate of UpdateStack; accounts meet them at some calls per second, which the
//! bucket of [`Account`] stands for. Who is throttled pauses as `shared/app/src/provision/back_off.rs` does: at random
//! between two seconds and three times the pause before, at most two minutes.

use fastrand::Rng;

/// How stacks behave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stacks {
    /// Half of the updates take no longer, in seconds.
    pub median_seconds: f64,
    /// The spread of the logarithm: 0 is none.
    pub spread: f64,
    /// How many of a thousand updates fail.
    pub failures_per_thousand: u32,
}

impl Stacks {
    /// How long one update takes, in milliseconds.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and days at most")]
    pub(super) fn duration(&self, random: &mut Rng) -> u64 {
        let seconds = self.median_seconds * (self.spread * normal(random)).exp();
        (seconds * 1000.0) as u64
    }

    pub(super) fn fails(&self, random: &mut Rng) -> bool {
        random.u32(0..1000) < self.failures_per_thousand
    }
}

/// A number of the standard normal distribution, by Box and Muller.
fn normal(random: &mut Rng) -> f64 {
    let (radius, angle) = (1.0 - random.f64(), random.f64());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// The rate of calls that one account allows: a bucket that fills steadily, and holds some.
#[derive(Debug, Clone)]
pub struct Account {
    calls_per_second: f64,
    most: f64,
    left: f64,
    at: u64,
}

impl Account {
    /// So many calls per second, and ten times as many at once.
    #[must_use]
    pub fn new(calls_per_second: f64) -> Self {
        let most = (calls_per_second * 10.0).max(1.0);
        Self { calls_per_second, most, left: most, at: 0 }
    }

    /// Whether a call is let in now.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of years fit")]
    pub(super) fn admits(&mut self, now: u64) -> bool {
        let since = now.saturating_sub(self.at) as f64 / 1000.0;
        self.left = since.mul_add(self.calls_per_second, self.left).min(self.most);
        self.at = now;
        let admitted = self.left >= 1.0;
        if admitted {
            self.left -= 1.0;
        }
        admitted
    }
}

/// The pause after one of `before` seconds.
pub(super) fn pause(before: u32, random: &mut Rng) -> u32 {
    let most = before.saturating_mul(3).clamp(6, 120);
    random.u32(2..most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_updates_take_no_longer_than_the_median() {
        let stacks = Stacks { median_seconds: 100.0, spread: 0.4, failures_per_thousand: 20 };
        let mut random = Rng::with_seed(7);
        let below = (0..10_000).filter(|_| stacks.duration(&mut random) <= 100_000).count();
        assert!((4_800..5_200).contains(&below), "{below}");
        let failed = (0..10_000).filter(|_| stacks.fails(&mut random)).count();
        assert!((150..250).contains(&failed), "{failed}");
    }

    #[test]
    fn an_account_admits_at_its_rate() {
        let mut account = Account::new(2.0);
        let burst = (0..100).filter(|_| account.admits(0)).count();
        assert_eq!(burst, 20);
        let steady = (1..=100).filter(|tenth| account.admits(tenth * 100)).count();
        assert_eq!(steady, 20, "two per second over ten seconds");
    }
}
