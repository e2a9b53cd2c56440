//! Work that should have been done by now.

use super::{finding::Finding, patient::Patient};
use crate::ambient::SystemClock;
use protium_app::{
    PageRequest,
    ports::{Clock, ListQuery, Store},
};
use protium_domain::time::Timestamp;
use std::time::Duration;

const AREA: &str = "work";
/// The reconciler looks every minute; what it hasn't taken up after this long, it never will.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Intents and watches that are overdue.
pub(super) async fn check(patient: Patient) -> Vec<Finding> {
    let store = match patient.installation.store() {
        Ok(store) => store,
        Err(error) => return vec![Finding::unknown(AREA, "work", &format!("{error:#}"))],
    };
    let now = SystemClock.now().as_millis();
    let before = Timestamp::from_millis(now.saturating_sub(i64::try_from(PATIENCE.as_millis()).unwrap_or(0)));
    let log = format!("aws logs tail /aws/lambda/{}-reconcile --since 30m", patient.installation.stack_name);
    let lists = [
        (
            ListQuery::IntentsBefore(before),
            "promises are kept in time",
            "were promised and not done for ten minutes",
        ),
        (
            ListQuery::WatchesDue(before),
            "work in progress is watched",
            "are in progress and were not looked after for ten minutes",
        ),
    ];
    let mut findings = Vec::new();
    for (list, good, bad) in lists {
        let page = store.list(&list, &PageRequest { limit: 100, after: None }).await;
        findings.push(match page {
            Ok(page) if page.items.is_empty() => Finding::ok(AREA, good),
            Ok(page) => {
                let more = if page.next.is_some() { " or more" } else { "" };
                let fix = format!(
                    "the reconciler isn't at work; see its log, its rule (events) and its function:\n{log}"
                );
                Finding::error(AREA, format!("{}{more} things {bad}", page.items.len()), fix)
            }
            Err(error) => Finding::unknown(AREA, "work", &error.to_string()),
        });
    }
    findings
}
