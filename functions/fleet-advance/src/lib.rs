//! Step of the `fleet` machine: decides what comes next, and before each chunk whether it still does.

use protium_app::fleet::{FleetAdvance, FleetAdvanced, FleetChunk, fleet_advance, fleet_chunk_admit};
use protium_app::{App, Result};
use protium_domain::arn::{Location, Resource};
use protium_runtime::About;
use serde::{Deserialize, Serialize};

/// The step's input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// Whether the targets of this chunk may begin.
    Admit {
        /// The chunk.
        chunk: FleetChunk,
    },
    /// What comes next.
    Advance(FleetAdvance),
}

/// What the step answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Whether the targets of the chunk may begin.
    Admitted {
        /// Whether they may.
        admitted: bool,
    },
    /// What comes next.
    Advanced(Box<FleetAdvanced>),
}

impl Step {
    /// Whose work it is.
    #[must_use]
    pub fn about(&self, location: &Location) -> About {
        let (id, trace) = match self {
            Self::Admit { chunk } => (&chunk.fleet_update_id, chunk.trace),
            Self::Advance(input) => (&input.fleet_update_id, input.trace),
        };
        let update = Resource::FleetUpdate { id: id.clone() };
        About { trace, resource: Some(location.arn(&update)) }
    }
}

/// Decides.
///
/// # Errors
/// [`protium_app::Error`] when a service below fails; the machine repeats the step.
pub async fn handle(app: &App, step: Step) -> Result<Answer> {
    Ok(match step {
        Step::Admit { chunk } => Answer::Admitted { admitted: fleet_chunk_admit(app, &chunk).await? },
        Step::Advance(input) => Answer::Advanced(Box::new(fleet_advance(app, input).await?)),
    })
}

#[cfg(test)]
mod tests {
    use protium_testkit::TestApp;
    use serde_json::Value;

    use super::*;

    const FIRST: &str = include_str!("../../../events-samples/fleet-advance/first.json");
    const ROUND_DONE: &str = include_str!("../../../events-samples/fleet-advance/round-done.json");
    const CHUNK: &str = include_str!("../../../events-samples/fleet-advance/chunk.json");

    fn sample(json: &str) -> Step {
        serde_json::from_str(json).expect("the sample is the step's input")
    }

    async fn answer(json: &str) -> Value {
        let answer = handle(&TestApp::new().app, sample(json)).await.expect("nothing fails");
        serde_json::to_value(answer).expect("json")
    }

    #[test]
    fn the_questions_are_told_apart() {
        assert!(matches!(sample(CHUNK), Step::Admit { .. }));
        assert!(matches!(sample(FIRST), Step::Advance(FleetAdvance { done: None, history: 0, .. })));
        assert!(matches!(sample(ROUND_DONE), Step::Advance(FleetAdvance { done: Some(_), .. })));
    }

    /// The machine's choices read `step` and `admitted`, and hand over `next`.
    #[tokio::test]
    async fn of_a_fleet_update_that_is_gone_nothing_goes_on() {
        assert_eq!(answer(FIRST).await["step"], "END");
        assert!(answer(FIRST).await["next"].is_object());
        assert_eq!(answer(CHUNK).await["admitted"], false);
    }
}
