//! Measurements as people read them.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

/// A table whose first column names things and whose others are numbers.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

pub(super) fn milliseconds(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1000.0;
    if milliseconds < 1.0 { format!("{milliseconds:.3} ms") } else { format!("{milliseconds:.1} ms") }
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people")]
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_000_000.0)
}

pub(super) fn ratio(slow: Duration, fast: Duration) -> String {
    format!("{:.1} x", slow.as_secs_f64() / fast.as_secs_f64().max(f64::EPSILON))
}
