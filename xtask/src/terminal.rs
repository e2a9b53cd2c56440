//! What people see: progress bars where somebody watches, plain lines where a log is written.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use xtask::progress::{Event, Reporter};

const TICK: Duration = Duration::from_millis(120);

/// Progress on stderr; results go to stdout through [`Terminal::say`].
pub(crate) struct Terminal {
    bars: MultiProgress,
    running: Mutex<HashMap<String, ProgressBar>>,
    watched: bool,
}

impl Terminal {
    /// The terminal of this process.
    pub(crate) fn new() -> Self {
        let watched = std::io::stderr().is_terminal();
        Self { bars: MultiProgress::new(), running: Mutex::default(), watched }
    }

    /// A line that the command was run for.
    #[expect(clippy::print_stdout, reason = "the one place where commands print")]
    pub(crate) fn say(&self, line: &str) {
        self.bars.suspend(|| println!("{line}"));
    }

    /// A line beside the result: progress, for a log.
    #[expect(clippy::print_stderr, reason = "the one place where commands print")]
    pub(crate) fn note(&self, line: &str) {
        self.bars.suspend(|| eprintln!("{line}"));
    }

    fn bar_start(&self, title: &str) {
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix:18} {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(title.to_owned());
        bar.enable_steady_tick(TICK);
        self.with_running(|running| running.insert(title.into(), bar));
    }

    fn bar_end(&self, title: &str) {
        if let Some(bar) = self.with_running(|running| running.remove(title)) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }

    fn with_running<T>(&self, act: impl FnOnce(&mut HashMap<String, ProgressBar>) -> T) -> T {
        act(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reporter for Terminal {
    fn report(&self, event: Event<'_>) {
        match event {
            Event::Started(title) if self.watched => self.bar_start(title),
            Event::Started(title) => self.note(&format!("  {title:18} ...")),
            Event::Advanced(title, detail) if self.watched => {
                self.with_running(|running| running.get(title).map(|bar| bar.set_message(detail.to_owned())));
            }
            Event::Advanced(..) => {}
            Event::Finished(title, result, duration) => {
                self.bar_end(title);
                self.note(&format!("✓ {title:18} {result} ({:.1} s)", duration.as_secs_f64()));
            }
            Event::Failed(title) => {
                self.bar_end(title);
                self.note(&format!("✗ {title}"));
            }
        }
    }
}
