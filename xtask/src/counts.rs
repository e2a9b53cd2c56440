//! How many tests ran, read from the last words of cargo, nextest and pytest.

use std::fmt;
use std::ops::AddAssign;

/// Numbers of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ran and held.
    pub passed: u64,
    /// Ran and didn't hold.
    pub failed: u64,
    /// Didn't run.
    pub skipped: u64,
}

impl Counts {
    /// Adds what a line of a test runner reports; other lines count nothing.
    pub fn add(&mut self, line: &str) {
        let line = plain(line);
        let line = line.trim_matches(['=', ' ']);
        let nextest = line.starts_with("Summary [");
        let cargo = line.starts_with("test result:");
        let pytest = line.contains(" in ") && line.ends_with('s') && before(line, "passed").is_some();
        if nextest || cargo || pytest {
            self.passed += before(line, "passed").unwrap_or(0);
            self.failed += before(line, "failed").unwrap_or(0);
            // nextest and cargo count what a filter leaves out; only what a test itself declines is of interest.
            self.skipped += before(line, "ignored").unwrap_or(0);
            self.skipped += if pytest { before(line, "skipped").unwrap_or(0) } else { 0 };
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return Ok(());
        }
        write!(out, "{} passed", self.passed)?;
        if self.failed > 0 {
            write!(out, ", {} failed", self.failed)?;
        }
        if self.skipped > 0 {
            write!(out, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// The number in front of a word.
fn before(line: &str, word: &str) -> Option<u64> {
    let words: Vec<_> = line.split([' ', ',', ';', '=']).filter(|part| !part.is_empty()).collect();
    let at = words.iter().position(|found| *found == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

/// The line without terminal colours.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut coloured = false;
    for character in line.chars() {
        match character {
            '\u{1b}' => coloured = true,
            'm' if coloured => coloured = false,
            _ if coloured => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nextest("     Summary [   0.043s] 7 tests run: 6 passed, 1 failed, 9 skipped", (6, 1, 0))]
    #[case::nextest_all("     Summary [   0.043s] 7 tests run: 7 passed, 0 skipped", (7, 0, 0))]
    #[case::cargo("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.00s", (3, 0, 1))]
    #[case::pytest("12 passed, 1 skipped in 0.12s", (12, 0, 1))]
    #[case::pytest_failed("==== 1 failed, 2 passed in 3.40s ====", (2, 1, 0))]
    #[case::pytest_quiet("1 failed, 2 passed in 3.40s", (2, 1, 0))]
    #[case::coloured("\u{1b}[32m3 passed\u{1b}[0m\u{1b}[32m in 0.10s\u{1b}[0m", (3, 0, 0))]
    #[case::a_test_that_talks("3 passed the gate", (0, 0, 0))]
    fn summaries_are_counted(#[case] line: &str, #[case] expected: (u64, u64, u64)) {
        let mut counts = Counts::default();
        counts.add(line);
        assert_eq!((counts.passed, counts.failed, counts.skipped), expected);
    }
}
