//! Losing races: how often a use case reads again and decides again.

use crate::error::{Error, Result};
use crate::ports::CommitError;

/// The races that one call may still lose. A use case that decides from records commits under the condition that they
/// are unchanged; when somebody else was faster it reads again, because the decision may now be another one.
#[derive(Debug)]
pub(crate) struct Races {
    left: u32,
}

impl Races {
    /// For records that several people may change at once, but seldom do.
    pub(crate) const fn few() -> Self {
        Self { left: 10 }
    }

    /// For counters that many calls take numbers from at once: with `n` calls racing, the last one loses `n - 1` times.
    pub(crate) const fn many() -> Self {
        Self { left: 100 }
    }

    /// Counts a race that was lost.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it was one too many; the store's own failure, which is no lost race.
    pub(crate) fn lost(&mut self, error: CommitError, what: &str) -> Result<()> {
        match error {
            CommitError::Port(error) => return Err(error.into()),
            CommitError::Condition(_) if self.left > 0 => self.left -= 1,
            CommitError::Condition(_) => {
                return Err(Error::Conflict(format!(
                    "{what} is being changed by other requests; repeat the request in a moment"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::PortError;

    #[test]
    fn a_call_gives_up_after_its_last_race() {
        let mut races = Races { left: 2 };
        assert!(races.lost(CommitError::Condition(0), "the thing").is_ok());
        assert!(races.lost(CommitError::Condition(0), "the thing").is_ok());
        let error = races.lost(CommitError::Condition(0), "the thing").expect_err("one too many");
        assert!(
            matches!(error, Error::Conflict(message) if message.starts_with("the thing is being changed"))
        );
    }

    #[test]
    fn a_failure_of_the_store_is_no_race() {
        let failure = CommitError::Port(PortError::Throttled("busy".to_owned()));
        assert!(matches!(Races::few().lost(failure, "the thing"), Err(Error::Throttling(_))));
    }
}
