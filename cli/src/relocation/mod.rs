//! `protium export` and `protium import`: all state of one installation, into a file and out of it.
//!
//! What moves, what is rewritten and why a cut is harmless is decided in `protium_app::relocation`; here are the file, the
//! order of things, and what people read. An operator's credentials read and write table and bucket, not the API, which
//! could only make everything anew.

mod archive;
mod export;
mod import;

pub(crate) use export::export;
pub(crate) use import::import;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{collections::BTreeMap, time::Duration};

/// As many objects are under way at once.
const AT_ONCE: usize = 16;

/// Says on a terminal what goes on; nothing elsewhere, and nothing of it stays.
fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.enable_steady_tick(Duration::from_millis(100));
    match ProgressStyle::with_template("{spinner} {msg} {pos}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// How much there is of everything, as a table.
fn counts(records: &BTreeMap<String, u64>, objects: u64) -> String {
    let rows = records.iter().map(|(kind, count)| (*count, kind.as_str()));
    rows.chain([(objects, "objects of the artifact bucket")])
        .map(|(count, kind)| format!("{count:>9}  {kind}\n"))
        .collect()
}
