//! Records outside of the table: one line of JSON each, with kind, format and record as items have them.
//!
//! So what an export holds is read by the same code as what a table holds: exports of older releases stay readable as
//! long as their items do, which is forever (`items/format.rs`).

use protium_app::ports::{Entity, PortError};
use serde::{Deserialize, Serialize};

use crate::items::format::{self, Kind};

#[derive(Serialize, Deserialize)]
struct Line {
    kind: Kind,
    format: u32,
    record: String,
}

/// The record as one line, without its end.
///
/// # Errors
/// [`PortError::Failed`] when the record can't be written as JSON, which no record of ours does.
pub fn write(entity: &Entity) -> Result<String, PortError> {
    let line = format::write(entity)
        .and_then(|(kind, record)| serde_json::to_string(&Line { kind, format: format::CURRENT, record }));
    line.map_err(|error| PortError::Failed { operation: "store:WriteLine", message: error.to_string() })
}

/// Reads a line that [`write`] of this or an earlier release wrote.
///
/// # Errors
/// [`PortError::Unreadable`] when it is broken, or of a kind or format that this release doesn't know; the message quotes
/// nothing of the record.
pub fn read(line: &str) -> Result<Entity, PortError> {
    let line: Line = serde_json::from_str(line).map_err(|error| {
        PortError::Unreadable(format!(
            "column {}: no record of a known kind ({:?})",
            error.column(),
            error.classify()
        ))
    })?;
    format::read(line.kind, line.format, &line.record).map_err(PortError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::samples::samples;

    #[test]
    fn every_kind_of_record_comes_back() {
        for (name, entity) in samples() {
            let line = write(&entity).expect("it can be written");
            assert!(!line.contains('\n'), "{name}");
            let mut expected = entity;
            if let Entity::Tally(tally) = &mut expected {
                // Where a counter stands lies beside its record; counters are counted anew.
                tally.count = 0;
            }
            assert_eq!(read(&line).unwrap_or_else(|error| panic!("{name}: {error}")), expected, "{name}");
        }
    }

    #[test]
    fn what_cant_be_read_is_an_error_that_quotes_nothing() {
        let secret = "{\"kind\":\"SERVICE\",\"format\":1,\"record\":\"{\\\"secret\\\":1}\"}";
        let later = "{\"kind\":\"SERVICE\",\"format\":99,\"record\":\"{}\"}";
        let unknown = "{\"kind\":\"SPACESHIP\",\"format\":1,\"record\":\"secret\"}";
        for (line, says) in
            [(secret, "broken"), (later, "format 99"), (unknown, "known kind"), ("secret", "known kind")]
        {
            let error = read(line).expect_err("unreadable").to_string();
            assert!(
                error.contains(says) && !error.contains("secret") && !error.contains("SPACESHIP"),
                "{error}"
            );
        }
    }
}
