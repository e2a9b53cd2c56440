//! What is decided, as a table.

use rstest::rstest;

use super::super::cursor::PlanSummary;
use super::super::plan::{FleetKind, FleetTemplate, LaneKey, Wave};
use super::super::retention::Retention;
use super::super::selection::Selection;
use super::super::strategy::{Alarms, Bake, Canary, Strategy};
use super::super::update::NewFleetUpdate;
use super::*;
use crate::identifier::Identifier;
use crate::name::ResourceName;
use crate::version::VersionNumber;

const NOW: Timestamp = Timestamp::from_millis(1_793_610_000_000);

fn strategy() -> Strategy {
    Strategy { canary: Some(Canary::Share("2".parse().expect("two"))), ..Strategy::default() }
}

/// RUNNING, at its canary of two, before a batch of eight.
fn running(strategy: Strategy) -> FleetUpdate {
    let new = NewFleetUpdate {
        id: Identifier::new("0190163d-8694-739b-aea5-966c26f8ad91").expect("valid"),
        name: None,
        template: FleetTemplate {
            kind: FleetKind::Environment,
            name: ResourceName::new("net").expect("valid"),
            to: VersionNumber::new(1, 1),
        },
        selection: Selection::default(),
        strategy,
        automatic: false,
        requested_by: None,
        starts_when_planned: true,
        retention: Retention::default(),
    };
    let (mut update, _) = FleetUpdate::new(new, NOW);
    let wave = |name: &str, targets| Wave { name: name.to_owned(), targets };
    let waves = vec![wave("canary", 2), wave("batch-1", 8)];
    update.planned(PlanSummary { rows: 10, waves, skipped: Vec::new() }, NOW).expect("it is planning");
    update.apply(Change::Start, NOW).expect("it is planned");
    update
}

fn lane(window: Option<&str>) -> Lane {
    let windows = window.map(|text| text.parse().expect("a window")).into_iter().collect();
    let key = LaneKey { account: "1".to_owned(), region: "r".to_owned(), windows };
    Lane { key, targets: 2, chunks: 1 }
}

/// So many of the wave succeeded, failed, were skipped and are under way.
fn progress(wave: u32, [succeeded, failed, skipped, deploying]: [u64; 4]) -> Progress {
    let counts = WaveCounts { succeeded, failed, skipped, deploying, ..WaveCounts::default() };
    Progress { waves: [(wave, counts)].into(), lanes: vec![lane(None)], ringing: Vec::new() }
}

fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Plan => "plan",
        Decision::Run(_) => "run",
        Decision::Change(Change::Bake(_)) => "bake",
        Decision::Change(Change::AskApproval) => "ask",
        Decision::Change(Change::NextWave { .. }) => "next wave",
        Decision::Change(Change::Fail(_)) => "fail",
        Decision::Change(Change::RollBack(_)) => "roll back",
        Decision::Change(_) => "another change",
        Decision::Wait(_) => "wait",
        Decision::Sleep(_) => "sleep",
        Decision::End => "end",
    }
}

#[rstest]
#[case::begin([0, 0, 0, 0], OnFailure::Stop, "run")]
#[case::rest_of_a_dead_execution([1, 0, 0, 1], OnFailure::Stop, "wait")]
#[case::one_left([1, 0, 0, 0], OnFailure::Stop, "run")]
#[case::through([2, 0, 0, 0], OnFailure::Stop, "next wave")]
#[case::all_skipped([0, 0, 2, 0], OnFailure::Stop, "next wave")]
#[case::failed_with_others_under_way([0, 1, 0, 1], OnFailure::Stop, "wait")]
#[case::failed([1, 1, 0, 0], OnFailure::Stop, "fail")]
#[case::failed_with_one_left([0, 1, 0, 0], OnFailure::RollBack, "roll back")]
#[case::failed_and_on([1, 1, 0, 0], OnFailure::Continue, "next wave")]
fn a_wave_is_judged_by_its_counts(
    #[case] counts: [u64; 4],
    #[case] on_failure: OnFailure,
    #[case] expected: &str,
) {
    let update = running(Strategy { on_failure, ..strategy() });
    assert_eq!(name(&decide(&update, &progress(0, counts), NOW)), expected);
}

#[test]
fn a_canary_that_fails_entirely_is_never_tolerated() {
    let tolerant = Strategy { tolerance: "5".parse().expect("five"), ..strategy() };
    let update = running(tolerant);
    assert_eq!(name(&decide(&update, &progress(0, [0, 2, 0, 0]), NOW)), "fail");
    assert_eq!(name(&decide(&update, &progress(0, [1, 1, 0, 0]), NOW)), "next wave");
}

#[rstest]
#[case(0, Approval::None, "next wave")]
#[case(0, Approval::AfterCanary, "ask")]
#[case(0, Approval::EveryWave, "ask")]
#[case(60, Approval::EveryWave, "bake")]
fn between_waves_it_bakes_then_asks(#[case] bake: u32, #[case] approval: Approval, #[case] expected: &str) {
    let update = running(Strategy { bake: Bake::seconds(bake).expect("short"), approval, ..strategy() });
    assert_eq!(name(&decide(&update, &progress(0, [2, 0, 0, 0]), NOW)), expected);
}

#[test]
fn a_bake_ends_in_time_or_by_an_alarm() {
    let alarms = Alarms::new(vec!["errors".to_owned()]).expect("an alarm");
    let bake = Bake::seconds(600).expect("short");
    let mut update = running(Strategy { bake, alarms, on_failure: OnFailure::RollBack, ..strategy() });
    let through = progress(0, [2, 0, 0, 0]);
    update.apply(Change::Bake(NOW.plus(Duration::from_secs(600))), NOW).expect("running");
    assert_eq!(decide(&update, &through, NOW), Decision::Wait(ALARM_PAUSE));
    let late = NOW.plus(Duration::from_secs(590));
    assert_eq!(decide(&update, &through, late), Decision::Wait(Duration::from_secs(10)));
    assert_eq!(name(&decide(&update, &through, NOW.plus(Duration::from_secs(600)))), "next wave");
    let rings = Progress { ringing: vec!["errors".to_owned()], ..through };
    assert_eq!(name(&decide(&update, &rings, NOW)), "roll back");
}

#[test]
fn long_pauses_are_slept_through() {
    let bake = Bake::seconds(3600).expect("an hour");
    let mut update = running(Strategy { bake, ..strategy() });
    let until = NOW.plus(Duration::from_secs(3600));
    update.apply(Change::Bake(until), NOW).expect("running");
    assert_eq!(decide(&update, &progress(0, [2, 0, 0, 0]), NOW), Decision::Sleep(until));
}

#[test]
fn closed_lanes_are_left_out_and_waited_for() {
    let mut update = running(strategy());
    // NOW is a Monday, 04:20.
    let mut found = progress(0, [0, 0, 0, 0]);
    found.lanes = vec![lane(None), lane(Some("daily 12:00/1h"))];
    let Decision::Run(round) = decide(&update, &found, NOW) else { panic!("a lane is open") };
    let lanes: Vec<u32> =
        round.tracks.iter().flat_map(|track| &track.chunks).map(|chunk| chunk.lane).collect();
    assert_eq!(lanes, [0]);
    update.open_round(round.id);
    assert!(update.close_round(round.id) && !update.close_round(round.id));
    let half = Progress { waves: progress(0, [1, 0, 0, 0]).waves, ..found };
    assert_eq!(decide(&update, &half, NOW), Decision::Change(Change::NextPass { left: 1 }));
    update.apply(Change::NextPass { left: 1 }, NOW).expect("running");
    let Decision::Sleep(until) = decide(&update, &half, NOW) else { panic!("nothing is open") };
    assert!(windows_open(&half.lanes[1].key.windows, until));
    assert_eq!(name(&decide(&update, &half, until)), "run");
}

#[test]
fn passes_that_move_nothing_come_to_an_end() {
    let mut update = running(strategy());
    let (mut now, stuck) = (NOW, progress(0, [1, 0, 0, 0]));
    for _ in 0..100 {
        match decide(&update, &stuck, now) {
            Decision::Run(round) => {
                update.open_round(round.id);
                update.close_round(round.id);
            }
            Decision::Change(Change::Fail(reason)) => {
                assert!(reason.contains("1 targets could not be begun"), "{reason}");
                assert!(now.since(NOW) < Duration::from_secs(3600));
                return;
            }
            Decision::Change(change) => drop(update.apply(change, now).expect("legal")),
            Decision::Wait(pause) => now = now.plus(pause),
            Decision::Sleep(until) => now = until,
            other => panic!("{other:?}"),
        }
    }
    panic!("it never ends");
}

#[test]
fn a_roll_back_goes_from_the_newest_wave_to_the_first() {
    let mut update = running(strategy());
    update.apply(Change::NextWave { failed: 0, excess: None }, NOW).expect("running");
    update.roll_back(None, NOW).expect("it began");
    let mut counts = progress(1, [3, 1, 0, 0]);
    counts.waves.insert(0, WaveCounts { succeeded: 2, ..WaveCounts::default() });
    let Decision::Run(round) = decide(&update, &counts, NOW) else { panic!("there is something to do") };
    assert_eq!((round.id.wave, round.id.roll_back), (1, true));
    counts.waves.insert(1, WaveCounts { rolled_back: 3, superseded: 1, ..WaveCounts::default() });
    assert_eq!(decide(&update, &counts, NOW), Decision::Change(Change::PreviousWave));
    update.apply(Change::PreviousWave, NOW).expect("rolling back");
    assert_eq!(name(&decide(&update, &counts, NOW)), "run");
    counts.waves.insert(0, WaveCounts { rolled_back: 1, roll_back_failed: 1, ..WaveCounts::default() });
    assert_eq!(name(&decide(&update, &counts, NOW)), "fail");
    counts.waves.insert(0, WaveCounts { rolled_back: 2, ..WaveCounts::default() });
    assert_eq!(decide(&update, &counts, NOW), Decision::Change(Change::RolledBack));
}

#[test]
fn a_round_that_was_overtaken_moves_nothing_on() {
    let mut update = running(strategy());
    let Decision::Run(round) = decide(&update, &progress(0, [0; 4]), NOW) else { panic!("it begins") };
    update.open_round(round.id);
    update.roll_back(None, NOW).expect("it began");
    let before = update.place();
    assert!(update.close_round(round.id) && !update.has_open_round());
    assert_eq!(update.place(), before);
}

#[test]
fn what_waits_for_people_ends_the_execution() {
    let mut update = running(strategy());
    update.pause(NOW).expect("running");
    assert_eq!(decide(&update, &progress(0, [0; 4]), NOW), Decision::End);
    assert_eq!(update.watch, None, "nobody looks after what is paused");
    update.resume(NOW).expect("paused");
    update.apply(Change::AskApproval, NOW).expect("running");
    assert_eq!(decide(&update, &progress(0, [2, 0, 0, 0]), NOW), Decision::End);
    let next = next_wave(&update, &WaveCounts::default());
    update.approve(next.clone(), NOW).expect("it waits");
    assert_eq!(update.wave(), 1);
    assert!(update.approve(next, NOW).is_err());
}

#[test]
fn a_cancellation_waits_for_what_is_under_way() {
    let mut update = running(strategy());
    assert_eq!(update.clone().cancel(0, NOW).expect("running").to, FleetUpdateStatus::Cancelled);
    assert_eq!(update.cancel(1, NOW).expect("running").to, FleetUpdateStatus::Cancelling);
    assert_eq!(name(&decide(&update, &progress(0, [0, 0, 0, 1]), NOW)), "wait");
    assert_eq!(decide(&update, &progress(0, [1, 0, 0, 0]), NOW), Decision::Change(Change::Cancelled));
}

#[test]
fn it_is_stopped_when_it_is_not_kept_any_longer() {
    let end = NOW.plus(Retention::default().duration());
    let before = Timestamp::from_millis(end.as_millis() - 1);
    let mut update = running(strategy());
    let idle = progress(0, [1, 0, 0, 0]);
    assert_eq!(name(&decide(&update, &idle, before)), "run");
    assert_eq!(name(&decide(&update, &progress(0, [1, 0, 0, 1]), end)), "wait", "until nothing is under way");
    assert_eq!(name(&decide(&update, &idle, end)), "fail");
    assert!(update.targets_until() > end);

    update.pause(NOW).expect("it is running");
    assert_eq!(decide(&update, &idle, end), Decision::End, "what rests stays as it is");
    let refused = update.clone().resume(end).expect_err("too late").to_string();
    assert!(refused.contains("180 days"), "{refused}");
    assert!(update.clone().roll_back(None, end).is_err());
    assert!(update.clone().cancel(0, end).is_ok(), "that begins nothing");
    assert!(update.resume(before).is_ok());
}
