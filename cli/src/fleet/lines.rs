//! The display that scrolls: for pipelines and files, a line whenever something is worth one.

use super::show::{Frame, line};
use crate::output::{note, visible_line};
use protium_wire::fleet::FleetUpdateStatus;
use std::time::{Duration, Instant};

/// Between two lines that tell nothing but numbers.
const PAUSE: Duration = Duration::from_secs(15);
/// Between two lines that tell nothing new: somebody may wonder whether this program is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(300);

/// What the last line told.
#[derive(Default)]
pub(super) struct Lines {
    last: Option<Told>,
}

struct Told {
    at: Instant,
    turn: Turn,
    done: [i32; 4],
}

/// What is told at once when it changes.
type Turn = (FleetUpdateStatus, Option<i32>, bool);

impl Lines {
    pub(super) fn show(&mut self, frame: &Frame<'_>, now: Instant) {
        if let Some(line) = self.next(frame, now) {
            note(&format!("{line}\n"));
        }
    }

    pub(super) fn failed(&mut self, line: &str) {
        note(&format!("failed: {}\n", visible_line(line)));
    }

    /// The line that is due, if one is.
    fn next(&mut self, frame: &Frame<'_>, now: Instant) -> Option<String> {
        let (update, counts) = (frame.update, &frame.update.counts);
        let turn = (update.status, update.current_wave, frame.trouble.is_some());
        let done = [counts.succeeded, counts.failed, counts.rolled_back, counts.skipped];
        let due = self.last.as_ref().is_none_or(|last| {
            let passed = now.duration_since(last.at);
            last.turn != turn || (last.done != done && passed >= PAUSE) || passed >= SIGN_OF_LIFE
        });
        due.then(|| {
            self.last = Some(Told { at: now, turn, done });
            line(frame)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::sample::update;
    use std::time::SystemTime;

    #[test]
    fn a_line_comes_when_it_tells_something() {
        let (start, mut lines, mut update) =
            (Instant::now(), Lines::default(), update(FleetUpdateStatus::Running));
        let mut told = |second: u64, update: &protium_wire::fleet::FleetUpdate, trouble: Option<&str>| {
            let frame = Frame { update, speed: None, now: SystemTime::UNIX_EPOCH, trouble };
            lines.next(&frame, start + Duration::from_secs(second)).is_some()
        };
        assert!(told(0, &update, None), "the first look");
        assert!(!told(2, &update, None), "nothing new");
        update.counts.succeeded += 1;
        assert!(!told(4, &update, None), "numbers wait");
        assert!(told(16, &update, None), "but not for long");
        assert!(!told(40, &update, None));
        assert!(
            told(41, &update, Some("lost")) && !told(42, &update, Some("lost")) && told(43, &update, None)
        );
        update.current_wave = Some(2);
        assert!(told(44, &update, None), "a wave begins");
        update.status = FleetUpdateStatus::Baking;
        assert!(told(45, &update, None), "a turn");
        assert!(!told(300, &update, None) && told(345, &update, None), "a sign of life");
    }
}
