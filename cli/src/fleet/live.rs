//! The display that lives: on a terminal, redrawn in place, with failures scrolling above it.

use super::show::{Frame, frame};
use crate::output::{BAD, visible_line};
use anstream::AutoStream;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// Between two pictures of the spinner.
const TICK: Duration = Duration::from_millis(120);
/// Columns where the terminal doesn't tell.
const COLUMNS: usize = 80;

/// A frame on standard error. `indicatif` draws, redraws and clears it, whatever the terminal's size becomes.
pub(super) struct Live {
    bar: ProgressBar,
    styled: bool,
}

impl Live {
    pub(super) fn open() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg}") {
            bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "));
        }
        bar.enable_steady_tick(TICK);
        let styled = AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        Self { bar, styled }
    }

    pub(super) fn show(&mut self, of: &Frame<'_>) {
        let columns = terminal_size::terminal_size_of(std::io::stderr())
            .map_or(COLUMNS, |(columns, _)| usize::from(columns.0).max(40));
        self.bar.set_message(self.styled(&frame(of, columns)));
    }

    /// Leaves a line above the display.
    pub(super) fn failed(&mut self, line: &str) {
        self.bar.println(self.styled(&format!("{BAD}✗{BAD:#} {}", visible_line(line))));
    }

    pub(super) fn close(self) {
        self.bar.finish_and_clear();
    }

    fn styled(&self, text: &str) -> String {
        if self.styled { text.to_owned() } else { console::strip_ansi_codes(text).into_owned() }
    }
}
