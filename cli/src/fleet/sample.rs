//! Fleet updates for tests.

use protium_wire::{
    Timestamp,
    fleet::{
        FleetCanary, FleetCounts, FleetLane, FleetSelection, FleetSkipCount, FleetSkipReason, FleetStrategy,
        FleetTolerance, FleetUpdate, FleetUpdateKind, FleetUpdateStatus, FleetWave,
    },
};

/// When it was created, in milliseconds: 2026-11-21T10:00:00Z.
pub(super) const CREATED: i64 = 1_795_255_200_000;

pub(super) fn counts(selected: i32, succeeded: i32, failed: i32, in_progress: i32) -> FleetCounts {
    FleetCounts {
        attempted: succeeded + failed + in_progress,
        failed,
        in_progress,
        pending: selected - succeeded - failed - in_progress,
        rolled_back: 0,
        selected,
        skipped: 0,
        succeeded,
    }
}

pub(super) fn wave(number: i32, name: &str, counts: FleetCounts) -> FleetWave {
    let lane = |account: &str, targets| FleetLane {
        account_id: account.to_owned(),
        region: "eu-west-1".to_owned(),
        targets,
    };
    let lanes = vec![lane("111122223333", counts.selected - 1), lane("444455556666", 1)];
    FleetWave { counts, lanes, name: name.to_owned(), number }
}

/// One of 120 instances in two waves: the canary is through, of the others 41 are, with two failures.
pub(super) fn update(status: FleetUpdateStatus) -> FleetUpdate {
    let (canary, rest) = (counts(5, 5, 0, 0), counts(115, 39, 2, 18));
    let mut all = counts(120, 44, 2, 18);
    all.skipped = 7;
    FleetUpdate {
        arn: "arn:aws:proton:eu-west-1:111122223333:fleet-update/0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11".into(),
        completed_at: None,
        counts: all,
        created_at: Timestamp::from_millis(CREATED),
        current_wave: Some(1),
        id: "0198f0c2-6f0a-7c3e-9a51-5e0f8b2d4c11".into(),
        kind: FleetUpdateKind::ServiceInstance,
        last_modified_at: Timestamp::from_millis(CREATED),
        name: None,
        planned_at: None,
        selection: FleetSelection {
            account_ids: None,
            environment_names: None,
            from_versions: None,
            service_instance_names: None,
            service_names: None,
            tags: None,
        },
        skipped: vec![
            FleetSkipCount { count: 4, reason: FleetSkipReason::UpToDate },
            FleetSkipCount { count: 3, reason: FleetSkipReason::Pinned },
        ],
        started_at: Some(Timestamp::from_millis(CREATED + 5_000)),
        started_by: Some("arn:aws:iam::111122223333:user/ada".into()),
        status,
        status_message: None,
        strategy: FleetStrategy {
            alarms: None,
            approval: None,
            bake_seconds: None,
            batch: None,
            canary: Some(FleetCanary::Count(5)),
            concurrency: Some(20),
            lane_concurrency: None,
            on_failure: None,
            tolerance: Some(FleetTolerance::Percent(2)),
        },
        targets_not_compared: None,
        template_name: "web".into(),
        to_major_version: "1".into(),
        to_minor_version: "4".into(),
        version_changes: Vec::new(),
        waiting_until: None,
        waves: vec![wave(0, "canary", canary), wave(1, "rest", rest)],
    }
}
