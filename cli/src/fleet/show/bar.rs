//! A bar of which each part has the colour, and the form, of what it stands for.

use crate::output::FAINT;
use anstyle::{AnsiColor, Style};
use protium_wire::fleet::FleetCounts;

/// The parts of a bar in the order in which they are drawn: how many, in which form and colour.
fn parts(counts: &FleetCounts) -> [(i32, char, Style); 5] {
    let over = super::done(counts);
    let succeeded = counts.succeeded.min(over);
    let failed = counts.failed.min(over - succeeded);
    let rolled_back = counts.rolled_back.min(over - succeeded - failed);
    [
        (succeeded, '━', AnsiColor::Green.on_default()),
        (failed, '╳', AnsiColor::Red.on_default()),
        (rolled_back, '◂', AnsiColor::Yellow.on_default()),
        (over - succeeded - failed - rolled_back, '╌', FAINT),
        (counts.in_progress, '╍', AnsiColor::Cyan.on_default()),
    ]
}

/// The bar of so many columns: what succeeded, failed, went back, was skipped, is under way, and is still to come.
///
/// Whatever there is has a column at least, so that one failure among a thousand is seen.
pub(super) fn bar(counts: &FleetCounts, columns: usize) -> String {
    let mut text = String::new();
    let mut left = columns;
    let parts = parts(counts);
    let mut present = parts.iter().filter(|(count, ..)| *count > 0).count();
    for (count, form, style) in parts.into_iter().filter(|(count, ..)| *count > 0) {
        present -= 1;
        // What is behind it needs a column each.
        let most = left.saturating_sub(present);
        let length = share(count, counts.selected, columns).clamp(1, most.max(1)).min(left);
        text.push_str(&format!("{style}{}{style:#}", form.to_string().repeat(length)));
        left -= length;
    }
    if counts.pending > 0 {
        text.push_str(&format!("{FAINT}{}{FAINT:#}", "─".repeat(left)));
    } else if left > 0 {
        // Rounding left it over.
        text = fill(text, left);
    }
    text
}

fn share(count: i32, whole: i32, columns: usize) -> usize {
    let (count, whole) = (count.max(0) as usize, whole.max(1) as usize);
    count * columns / whole
}

/// Lengthens the first part by so many columns.
fn fill(text: String, columns: usize) -> String {
    let Some((at, form)) = text.char_indices().find(|(_, c)| "━╳◂╌╍".contains(*c)) else {
        return text;
    };
    let (before, behind) = text.split_at(at);
    format!("{before}{}{behind}", form.to_string().repeat(columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::{measure_text_width, strip_ansi_codes};
    use proptest::prelude::*;
    use rstest::rstest;

    /// Succeeded, failed, rolled back, skipped, under way, pending.
    fn counts([succeeded, failed, rolled_back, skipped, in_progress, pending]: [i32; 6]) -> FleetCounts {
        FleetCounts {
            attempted: succeeded + failed + rolled_back + in_progress,
            failed,
            in_progress,
            pending,
            rolled_back,
            selected: succeeded + failed + rolled_back + skipped + in_progress + pending,
            skipped,
            succeeded,
        }
    }

    #[rstest]
    #[case::nothing([0, 0, 0, 0, 0, 0], "")]
    #[case::pending([0, 0, 0, 0, 0, 10], "──────────")]
    #[case::half([5, 0, 0, 0, 0, 5], "━━━━━─────")]
    #[case::all([7, 0, 0, 0, 0, 0], "━━━━━━━━━━")]
    #[case::thirds([1, 1, 1, 0, 0, 0], "━━━━╳╳╳◂◂◂")]
    #[case::one_of_many([0, 1, 0, 0, 1, 998], "╳╍────────")]
    #[case::everything([10, 10, 10, 10, 10, 10], "━╳◂╌╍─────")]
    fn parts_in_proportion(#[case] of: [i32; 6], #[case] expected: &str) {
        assert_eq!(strip_ansi_codes(&bar(&counts(of), 10)), expected);
    }

    proptest! {
        #[test]
        fn it_has_the_width_that_was_asked_for(of: [u16; 6], columns in 6..60_usize) {
            let of = of.map(i32::from);
            prop_assume!(of.iter().sum::<i32>() > 0);
            prop_assert_eq!(measure_text_width(&bar(&counts(of), columns)), columns);
        }
    }
}
