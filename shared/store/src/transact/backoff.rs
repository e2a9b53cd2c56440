//! Pauses between attempts.

use std::time::Duration;

/// Growing pauses with jitter, so that those who met once don't meet again; below a second in all, since a caller
/// waits for the answer.
pub(crate) struct Backoff {
    attempt: u32,
}

impl Backoff {
    const ATTEMPTS: u32 = 6;
    const FIRST: Duration = Duration::from_millis(30);

    pub(crate) const fn new() -> Self {
        Self { attempt: 0 }
    }

    /// Pauses before the next attempt; false when there should be none.
    pub(crate) async fn pause(&mut self) -> bool {
        self.attempt += 1;
        if self.attempt >= Self::ATTEMPTS {
            return false;
        }
        tokio::time::sleep(Self::longest(self.attempt).mul_f64(fastrand::f64())).await;
        true
    }

    /// The longest pause before the attempt after this one.
    fn longest(attempt: u32) -> Duration {
        Self::FIRST * 2_u32.pow(attempt - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pauses_together_stay_below_a_second() {
        let sum: Duration = (1..Backoff::ATTEMPTS).map(Backoff::longest).sum();
        assert!(sum < Duration::from_secs(1), "{sum:?}");
    }
}
