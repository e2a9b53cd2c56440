//! A bar for work that takes its time: on a terminal only, and gone when the work is done.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Fewer steps than this are over before anybody could read the bar.
const WORTH_SHOWING: usize = 5;

/// A bar over so many steps, on standard error; invisible beside a terminal, and for programs.
pub(crate) fn bar(steps: usize, shown: bool) -> ProgressBar {
    if !shown || steps < WORTH_SHOWING {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
