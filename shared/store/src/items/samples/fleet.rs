//! The records of fleet updates.

use protium_app::ports::Entity;
use protium_domain::deployable::DeploymentOutcome;
use protium_domain::deployment::{DeploymentKind, DeploymentTarget};
use protium_domain::fleet::{
    Alarms, Approval, Bake, Canary, Change, Concurrency, FleetKind, FleetOrigin, FleetTarget, FleetTemplate,
    FleetUpdate, NewFleetTarget, NewFleetUpdate, OnFailure, PlanCursor, PlanSummary, Retention, RoundId,
    Selection, SkipReason, Strategy, TagSelector, TargetStatus, TaskToken, UpdateMode, UpdatePolicy, Wave,
};
use protium_domain::identifier::Identifier;
use protium_domain::tally::FleetSlot;
use protium_domain::template::TemplateKind;
use protium_domain::version::VersionNumber;
use protium_testkit::SequentialIds;
use protium_testkit::records::{self, name};

use super::NOW;

fn id() -> Identifier {
    SequentialIds::nth(20)
}

pub(super) fn slot() -> FleetSlot {
    FleetSlot { fleet_update_id: id(), wave: 1, status: TargetStatus::Failed }
}

/// In the middle of its second wave.
pub(super) fn fleet_update() -> Entity {
    let (mut update, _) = FleetUpdate::new(new(), NOW);
    let waves = ["canary", "batch-1"].map(|name| Wave { name: name.to_owned(), targets: 3 });
    let mut cursor = PlanCursor { after: Some("[]".to_owned()), rows: 7, ..PlanCursor::default() };
    cursor.count_skip(SkipReason::Pinned);
    let plan = PlanSummary { rows: 7, waves: waves.into(), skipped: cursor.skipped.clone() };
    update.note_planning(cursor, NOW);
    update.planned(plan, NOW).expect("it is planning");
    for change in [
        Change::Start,
        Change::Bake(NOW),
        Change::NextWave { failed: 1, excess: Some("too many".to_owned()) },
        Change::NextPass { left: 2 },
    ] {
        update.apply(change, NOW).expect("it is legal");
    }
    update.open_round(RoundId { wave: 1, roll_back: false, pass: 1, round: 0 });
    update.pause(NOW).expect("it is running");
    update.into()
}

fn new() -> NewFleetUpdate {
    let selector = TagSelector([("stage".to_owned(), "dev".to_owned())].into());
    NewFleetUpdate {
        id: id(),
        name: Some("Friday".to_owned()),
        template: FleetTemplate {
            kind: FleetKind::ServiceInstance,
            name: name("web"),
            to: VersionNumber::new(1, 4),
        },
        selection: Selection {
            from_version: Some(VersionNumber::new(1, 0)),
            below_version: Some(VersionNumber::new(1, 4)),
            environments: vec![name("beta")],
            services: vec![name("shop")],
            instances: vec![name("shop-beta")],
            accounts: vec!["111122223333".to_owned()],
            tags: selector.clone(),
        },
        strategy: strategy(selector),
        automatic: true,
        requested_by: Some("arn:aws:iam::111122223333:role/platform".to_owned()),
        starts_when_planned: true,
        retention: Retention::default(),
    }
}

fn strategy(selector: TagSelector) -> Strategy {
    Strategy {
        canary: Some(Canary::Tags(selector)),
        batch: "20%".parse().expect("a share"),
        concurrency: Concurrency::new(20).expect("valid"),
        lane_concurrency: Concurrency::new(5).ok(),
        tolerance: "2%".parse().expect("a tolerance"),
        approval: Approval::AfterCanary,
        on_failure: OnFailure::RollBack,
        bake: Bake::seconds(600).expect("a short bake"),
        alarms: Alarms::new(vec!["errors".to_owned()]).expect("an alarm"),
    }
}

/// On its way back, after it failed.
pub(super) fn fleet_target() -> Entity {
    let mut target = target();
    (target.changed_inputs, target.expires_at) = (Vec::new(), None);
    target.into()
}

/// Likewise, with the inputs that change and the time at which it goes.
pub(super) fn fleet_target_kept() -> Entity {
    target().into()
}

fn target() -> FleetTarget {
    let new = NewFleetTarget {
        fleet_update_id: id(),
        ordinal: 17,
        resource: DeploymentTarget::ServiceInstance {
            service: name("shop"),
            name: name("shop-beta"),
            environment: name("beta"),
        },
        account: "111122223333".to_owned(),
        wave: 1,
        to: VersionNumber::new(1, 4),
        changed_inputs: vec!["size".to_owned()],
        expires_at: NOW.plus(std::time::Duration::from_secs(187 * 24 * 60 * 60)),
    };
    let token = |text: &str| Some(TaskToken(text.to_owned()));
    let mut target =
        FleetTarget::deploying(new, records::state("web"), SequentialIds::nth(21), token("one"), NOW);
    target.finish(DeploymentOutcome::Failed, Some("why".to_owned()), NOW).expect("under way");
    target.roll_back(SequentialIds::nth(22), token("two"), NOW).expect("ended");
    target.counted = Some(TargetStatus::RollingBack);
    target
}

pub(super) fn deployment() -> Entity {
    let target = DeploymentTarget::Environment { name: name("beta") };
    let mut deployment =
        records::deployment_open(SequentialIds::nth(22), target, DeploymentKind::RollBack, "net", NOW);
    deployment.fleet = Some(FleetOrigin { fleet_update_id: id(), ordinal: 17, roll_back: true });
    deployment.into()
}

pub(super) fn template_with_policy() -> Entity {
    let mut template = records::template(TemplateKind::Service, "policed", NOW);
    let windows = vec!["sat,sun 02:00/4h".parse().expect("a window")];
    template.update_policy = UpdatePolicy::new(UpdateMode::AutoMinor, windows).ok();
    template.into()
}
