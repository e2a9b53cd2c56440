//! What the installation tells of its policies. What they mean, `protium_authorization` knows.

use protium_domain::event::StatusEvent;
use protium_domain::intent::Partition;
use protium_domain::policy::PolicyProblem;

use crate::commit::Commit;
use crate::context::App;
use crate::error::Result;
use crate::race::Races;

/// Tells by an event that changed policy files aren't in force.
///
/// # Errors
/// [`crate::Error::Internal`] or [`crate::Error::Throttling`] when the store fails.
pub async fn policies_refused(app: &App, problems: &[PolicyProblem]) -> Result<()> {
    let mut races = Races::few();
    loop {
        let mut commit = Commit::new(Partition::Policies);
        commit.announce(StatusEvent::policies_refused(problems));
        match commit.submit(app).await {
            Ok(()) => return Ok(()),
            Err(error) => races.lost(error, "the policies")?,
        }
    }
}
