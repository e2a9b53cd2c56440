//! Running checks side by side: none may take for ever, and none takes another down with it.

use super::finding::Finding;
use std::{future::Future, time::Duration};
use tokio::task::JoinSet;

/// How long one check may take. It asks a dozen things at most, each answered in tenths of a second.
const LIMIT: Duration = Duration::from_secs(30);

/// Checks under way.
#[derive(Default)]
pub(super) struct Examination {
    checks: JoinSet<(usize, &'static str, Vec<Finding>)>,
    areas: Vec<&'static str>,
}

impl Examination {
    /// Begins a check of an area.
    pub(super) fn begin(
        &mut self,
        area: &'static str,
        check: impl Future<Output = Vec<Finding>> + Send + 'static,
    ) {
        let position = self.areas.len();
        self.areas.push(area);
        self.checks.spawn(async move {
            let findings = tokio::time::timeout(LIMIT, check).await.unwrap_or_else(|_| {
                let message = format!("no answer within {} seconds", LIMIT.as_secs());
                vec![Finding::warning(
                    area,
                    message,
                    "look whether AWS answers at all, and run protium doctor again",
                )]
            });
            (position, area, findings)
        });
    }

    /// All findings, in the order in which the checks began, when all have ended.
    pub(super) async fn findings(mut self) -> Vec<Finding> {
        let mut ended: Vec<Option<Vec<Finding>>> = vec![None; self.areas.len()];
        while let Some(check) = self.checks.join_next().await {
            if let Ok((position, _, findings)) = check {
                ended[position] = Some(findings);
            }
        }
        let died = |area: &'static str| {
            vec![Finding::warning(
                area,
                "the check broke off",
                "report this: it is a defect of protium doctor",
            )]
        };
        self.areas
            .iter()
            .zip(ended)
            .flat_map(|(area, findings)| findings.unwrap_or_else(|| died(area)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Severity;

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hangs_or_dies_hides_no_other() {
        let mut examination = Examination::default();
        examination.begin("slow", std::future::pending());
        examination.begin("dying", async { panic!("a defect") });
        examination.begin("good", async { vec![Finding::ok("good", "well")] });
        let found: Vec<_> = examination.findings().await.iter().map(|it| (it.area, it.severity)).collect();
        assert_eq!(
            found,
            [("slow", Severity::Warning), ("dying", Severity::Warning), ("good", Severity::Ok)]
        );
    }
}
