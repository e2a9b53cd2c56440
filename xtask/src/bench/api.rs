//! What `functions/api/examples/api_measure` answers.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Samples;

/// Everything that was measured of the handlers.
#[derive(Debug, Deserialize)]
pub struct Measured {
    /// One right call of each operation.
    pub operations: Vec<Operation>,
    /// Pages of lists, by how many instances there are.
    pub lists: Vec<Operation>,
    /// The names of operations that nobody has written a call for.
    pub unmeasured: Vec<String>,
}

/// An operation: its samples and, of its last call, what it asked of the table.
#[derive(Debug, Deserialize)]
pub struct Operation {
    /// Its name.
    pub operation: String,
    /// What is special about this call.
    pub note: String,
    /// How many instances there are, where it matters.
    #[serde(default)]
    pub instances: usize,
    /// Nanoseconds from the event to the answer, less those of the table.
    samples: Vec<u64>,
    /// Calls of GetItem and BatchGetItem.
    pub gets: usize,
    /// Calls of Query.
    pub queries: usize,
    /// Writes: single ones and transactions.
    pub commits: usize,
    /// Items in them.
    pub items: usize,
}

impl Measured {
    /// Reads the answer.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(answer: &str) -> Result<Self> {
        serde_json::from_str(answer).context("the measuring program gave no answer")
    }
}

impl Operation {
    /// The handler's own time.
    #[must_use]
    pub fn own_time(&self) -> Samples {
        Samples::new(self.samples.iter().copied().map(Duration::from_nanos).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let answer = r#"{"operations": [{"operation": "GetEnvironment", "note": "", "samples": [3000, 1000, 2000],
            "gets": 1, "queries": 0, "commits": 0, "items": 0}], "lists": [], "unmeasured": []}"#;
        let measured = Measured::read(answer).unwrap();
        assert_eq!(measured.operations[0].own_time().median(), Duration::from_micros(2));
        assert!(Measured::read("").is_err());
    }
}
