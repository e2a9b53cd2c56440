//! Columns that line up.

use crate::output::FAINT;
use console::measure_text_width;

/// Rows whose cells are padded to the widest of their column; a column of numbers is flush right.
#[derive(Default)]
pub(in crate::fleet) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these words above its columns.
    pub(in crate::fleet) fn headed(words: &[&str]) -> Self {
        Self { rows: vec![words.iter().map(|word| format!("{FAINT}{word}{FAINT:#}")).collect()] }
    }

    pub(in crate::fleet) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Its lines, each indented by so many columns; the columns in `numbers` are flush right.
    pub(in crate::fleet) fn lines(&self, indent: usize, numbers: &[usize]) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| measure_text_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(indent);
            for (column, cell) in row.iter().enumerate() {
                let padding = " ".repeat(widths[column] - measure_text_width(cell));
                let gap = if column == 0 { "" } else { "  " };
                line.push_str(gap);
                if numbers.contains(&column) {
                    line.push_str(&padding);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&padding);
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
