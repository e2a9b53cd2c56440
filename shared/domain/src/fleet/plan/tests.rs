//! Who goes, and in which wave.

use proptest::prelude::*;
use rstest::rstest;

use super::super::policy::PolicyOrigin;
use super::super::strategy::{Share, Strategy};
use super::*;

fn share(text: &str) -> Share {
    text.parse().expect("a share")
}

fn entries(count: u32, first: impl Fn(u32) -> bool) -> Vec<WaveEntry> {
    (0..count)
        .map(|ordinal| WaveEntry {
            hash: hash(&format!("environment/env-{ordinal}")),
            ordinal,
            first: first(ordinal),
        })
        .collect()
}

fn sizes(assignment: &Assignment) -> Vec<u64> {
    assignment.waves.iter().map(|wave| wave.targets).collect()
}

fn strategy(canary: Option<&str>, batch: &str) -> Strategy {
    let canary = canary.map(|text| Canary::Share(share(text)));
    Strategy { canary, batch: share(batch), ..Strategy::default() }
}

#[rstest]
#[case(None, "100%", 120, &[120])]
#[case(Some("5"), "100%", 120, &[5, 115])]
#[case(Some("10%"), "50%", 120, &[12, 54, 54])]
#[case(Some("5"), "100%", 3, &[3])]
#[case(None, "50", 120, &[50, 50, 20])]
#[case(Some("1"), "1", 4, &[1, 1, 1, 1])]
#[case(Some("5"), "20%", 0, &[])]
fn waves_are_a_canary_and_batches(
    #[case] canary: Option<&str>,
    #[case] batch: &str,
    #[case] targets: u32,
    #[case] expected: &[u64],
) {
    let assignment = assign_waves(&strategy(canary, batch), entries(targets, |_| false)).expect("few waves");
    assert_eq!(sizes(&assignment), expected);
}

#[test]
fn tags_make_the_canary() {
    let canary = Some(Canary::Tags(TagSelector::default()));
    let strategy = Strategy { canary, ..Strategy::default() };
    let assignment = assign_waves(&strategy, entries(10, |ordinal| ordinal > 7)).expect("few waves");
    assert_eq!(sizes(&assignment), [2, 8]);
    assert_eq!(
        (assignment.wave_of(8), assignment.wave_of(9), assignment.wave_of(0)),
        (Some(0), Some(0), Some(1))
    );
    let nobody = assign_waves(&strategy, entries(3, |_| false)).expect("few waves");
    assert_eq!(nobody.waves.iter().map(|wave| wave.name.as_str()).collect::<Vec<_>>(), ["batch-1"]);
}

#[test]
fn waves_are_bounded() {
    let too_many = assign_waves(&strategy(None, "1"), entries(201, |_| false));
    assert_eq!(too_many, Err(TooManyWaves(201)));
}

#[test]
fn a_canary_is_spread() {
    let assignment =
        assign_waves(&strategy(Some("10%"), "100%"), entries(1000, |_| false)).expect("two waves");
    let per_hundred = |hundred: u32| {
        (hundred * 100..hundred * 100 + 100).filter(|ordinal| assignment.wave_of(*ordinal) == Some(0)).count()
    };
    assert!((0..10).all(|hundred| (2..25).contains(&per_hundred(hundred))));
}

proptest! {
    #[test]
    fn everybody_goes_in_one_wave_whatever_the_order_they_are_read_in(
        count in 0..400_u32,
        canary in prop::option::of(1..100_u32),
        batch in 1..=100_u8,
        seed in any::<u64>(),
    ) {
        let strategy = strategy(canary.map(|count| count.to_string()).as_deref(), &format!("{batch}%"));
        let ordered = entries(count, |_| false);
        let mut shuffled = ordered.clone();
        shuffled.sort_by_key(|entry| entry.hash ^ seed);
        let assignment = assign_waves(&strategy, ordered).expect("few waves");
        prop_assert_eq!(&assignment, &assign_waves(&strategy, shuffled).expect("few waves"));
        prop_assert_eq!(sizes(&assignment).iter().sum::<u64>(), u64::from(count));
        for (number, wave) in (0..).zip(&assignment.waves) {
            let targets = (0..count).filter(|ordinal| assignment.wave_of(*ordinal) == Some(number)).count();
            prop_assert_eq!(targets as u64, wave.targets);
            prop_assert!(wave.targets > 0);
        }
    }
}

fn candidate(version: &str, status: DeploymentStatus, mode: UpdateMode) -> Candidate {
    Candidate {
        resource: DeploymentTarget::Environment { name: ResourceName::new("beta").expect("valid") },
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        version: version.parse().expect("a version"),
        made_at: Timestamp::from_millis(1),
        status,
        is_service_busy: false,
        tags: Tags::default(),
        policy: EffectivePolicy { mode, origin: PolicyOrigin::Resource, ..EffectivePolicy::default() },
    }
}

#[rstest]
#[case("1.0", DeploymentStatus::Succeeded, UpdateMode::Recommend, false, None)]
#[case("1.0", DeploymentStatus::Cancelled, UpdateMode::Recommend, false, None)]
#[case("1.0", DeploymentStatus::Succeeded, UpdateMode::AutoMinor, true, None)]
#[case("1.0", DeploymentStatus::Succeeded, UpdateMode::Recommend, true, Some(SkipReason::OptedOut))]
#[case("1.0", DeploymentStatus::Succeeded, UpdateMode::Pinned, false, Some(SkipReason::Pinned))]
#[case("1.4", DeploymentStatus::Failed, UpdateMode::Pinned, false, Some(SkipReason::UpToDate))]
#[case("2.0", DeploymentStatus::Succeeded, UpdateMode::Recommend, false, Some(SkipReason::Newer))]
#[case("1.0", DeploymentStatus::InProgress, UpdateMode::Recommend, false, Some(SkipReason::Busy))]
#[case("1.0", DeploymentStatus::Cancelling, UpdateMode::Recommend, false, Some(SkipReason::Busy))]
#[case("1.0", DeploymentStatus::DeleteInProgress, UpdateMode::Recommend, false, Some(SkipReason::Gone))]
#[case("1.0", DeploymentStatus::Failed, UpdateMode::Recommend, false, Some(SkipReason::Failed))]
#[case("1.0", DeploymentStatus::DeleteFailed, UpdateMode::Recommend, false, Some(SkipReason::Failed))]
fn reasons_to_skip(
    #[case] version: &str,
    #[case] status: DeploymentStatus,
    #[case] mode: UpdateMode,
    #[case] automatic: bool,
    #[case] expected: Option<SkipReason>,
) {
    let selection = Selection::default();
    let request = PlanRequest { to: VersionNumber::new(1, 4), selection: &selection, automatic };
    let found = match triage(&candidate(version, status, mode), &request) {
        Triage::Skipped(skip) => Some(skip.reason),
        Triage::Eligible => None,
        Triage::Unselected => panic!("everybody is meant"),
    };
    assert_eq!(found, expected);
}
