//! From arguments to requests.

use crate::args::fleet::{
    Amount, ApproveWhen, CanaryShare, FleetKind, OnFailure, PlanningArgs, SelectionArgs, StrategyArgs,
    VersionRange,
};
use protium_wire::{
    common::Tag,
    fleet::{
        FleetApproval, FleetBatch, FleetCanary, FleetFailureAction, FleetSelection, FleetStrategy,
        FleetTolerance, FleetUpdateKind, FleetVersionRange, PlanFleetUpdateInput, StartFleetUpdateInput,
    },
};

/// The request for a plan; `token` makes its repetition harmless, unless the arguments bring a token.
///
/// # Errors
///
/// What contradicts itself, for people.
pub(super) fn plan(
    template: &str,
    args: &PlanningArgs,
    token: String,
) -> Result<PlanFleetUpdateInput, String> {
    Ok(PlanFleetUpdateInput {
        client_token: Some(args.client_token.clone().unwrap_or(token)),
        kind: args.kind.map(kind),
        name: args.name.clone(),
        selection: selection(&args.selection),
        strategy: strategy(&args.strategy)?,
        template_name: template.to_owned(),
        to_major_version: args.to.map(|version| version.major.to_string()),
        to_minor_version: args.to.and_then(|version| version.minor).map(|minor| minor.to_string()),
    })
}

/// The request that plans and starts at once.
pub(super) fn start(plan: PlanFleetUpdateInput) -> StartFleetUpdateInput {
    StartFleetUpdateInput {
        client_token: plan.client_token,
        fleet_update_id: None,
        kind: plan.kind,
        name: plan.name,
        selection: plan.selection,
        strategy: plan.strategy,
        template_name: Some(plan.template_name),
        to_major_version: plan.to_major_version,
        to_minor_version: plan.to_minor_version,
    }
}

/// The request that starts what is planned.
pub(super) fn start_planned(id: String, token: String) -> StartFleetUpdateInput {
    StartFleetUpdateInput {
        client_token: Some(token),
        fleet_update_id: Some(id),
        kind: None,
        name: None,
        selection: None,
        strategy: None,
        template_name: None,
        to_major_version: None,
        to_minor_version: None,
    }
}

/// A fresh client token.
#[allow(clippy::disallowed_methods, reason = "the edge of this program")]
pub(super) fn token() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn kind(kind: FleetKind) -> FleetUpdateKind {
    match kind {
        FleetKind::Environments => FleetUpdateKind::Environment,
        FleetKind::Instances => FleetUpdateKind::ServiceInstance,
        FleetKind::Pipelines => FleetUpdateKind::ServicePipeline,
    }
}

fn selection(args: &SelectionArgs) -> Option<FleetSelection> {
    let some = |names: &[String]| (!names.is_empty()).then(|| names.to_vec());
    let selection = FleetSelection {
        account_ids: some(&args.account),
        environment_names: some(&args.environment),
        from_versions: args.from.map(range),
        service_instance_names: some(&args.instance),
        service_names: some(&args.service),
        tags: (!args.tag.is_empty()).then(|| tags(&args.tag)),
    };
    let everyone = FleetSelection {
        account_ids: None,
        environment_names: None,
        from_versions: None,
        service_instance_names: None,
        service_names: None,
        tags: None,
    };
    (selection != everyone).then_some(selection)
}

fn range(range: VersionRange) -> FleetVersionRange {
    let text = |(major, minor): (u64, u64)| format!("{major}.{minor}");
    FleetVersionRange { at_least: range.at_least.map(text), below: range.below.map(text) }
}

fn tags(tags: &[(String, String)]) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

fn strategy(args: &StrategyArgs) -> Result<Option<FleetStrategy>, String> {
    let strategy = FleetStrategy {
        alarms: (!args.alarm.is_empty()).then(|| args.alarm.clone()),
        approval: args.approve.map(approval),
        bake_seconds: args.bake.map(|bake| i32::try_from(bake.as_secs()).unwrap_or(i32::MAX)),
        batch: args.batch.map(|batch| match batch {
            Amount::Count(count) => FleetBatch::Count(count),
            Amount::Percent(percent) => FleetBatch::Percent(percent),
        }),
        canary: canary(&args.canary)?,
        concurrency: args.concurrency,
        lane_concurrency: args.lane_concurrency,
        on_failure: args.on_failure.map(|action| match action {
            OnFailure::Stop => FleetFailureAction::Stop,
            OnFailure::Continue => FleetFailureAction::Continue,
            OnFailure::Rollback => FleetFailureAction::RollBack,
        }),
        tolerance: args.tolerate.map(|tolerance| match tolerance {
            Amount::Count(count) => FleetTolerance::Count(count),
            Amount::Percent(percent) => FleetTolerance::Percent(percent),
        }),
    };
    let is_default = serde_json::to_value(&strategy).is_ok_and(|strategy| strategy == serde_json::json!({}));
    Ok((!is_default).then_some(strategy))
}

fn approval(when: ApproveWhen) -> FleetApproval {
    match when {
        ApproveWhen::None => FleetApproval::None,
        ApproveWhen::Canary => FleetApproval::AfterCanary,
        ApproveWhen::EveryWave => FleetApproval::EveryWave,
    }
}

/// One amount, or any number of tags.
fn canary(shares: &[CanaryShare]) -> Result<Option<FleetCanary>, String> {
    let tag = |share: &CanaryShare| match share {
        CanaryShare::Tag(key, value) => Some(Tag { key: key.clone(), value: value.clone() }),
        CanaryShare::Amount(_) => None,
    };
    match shares {
        [] => Ok(None),
        [CanaryShare::Amount(Amount::Count(count))] => Ok(Some(FleetCanary::Count(*count))),
        [CanaryShare::Amount(Amount::Percent(percent))] => Ok(Some(FleetCanary::Percent(*percent))),
        shares => match shares.iter().map(tag).collect() {
            Some(tags) => Ok(Some(FleetCanary::Tags(tags))),
            None => Err("--canary: say it once with an amount, or with tags only".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command, fleet::FleetCommand};
    use clap::Parser;
    use rstest::rstest;
    use serde_json::{Value, json};

    /// The request of a `protium fleet plan …`.
    fn planned(line: &str) -> Result<Value, String> {
        let arguments = format!("protium fleet plan {line}");
        let cli = Cli::try_parse_from(arguments.split_whitespace()).map_err(|error| error.to_string())?;
        let Command::Fleet(args) = cli.command else { panic!("not fleet") };
        let FleetCommand::Plan(args) = args.command else { panic!("not plan") };
        plan(&args.template, &args.planning, "t".to_owned()).map(|input| serde_json::to_value(input).unwrap())
    }

    #[rstest]
    #[case::least("--template web", json!({"clientToken": "t", "templateName": "web"}))]
    #[case::all_of_it(
        "--template web --to 1.4 --kind instances --name patch --client-token mine --from <1.4 --environment a \
         --environment b --service s --instance i --tag stage=dev --account 111122223333 --canary 5 --batch 10% \
         --concurrency 20 --lane-concurrency 7 --tolerate 2% --bake 10m --alarm a1 --alarm a2 --approve every-wave \
         --on-failure rollback",
        json!({
            "clientToken": "mine", "kind": "SERVICE_INSTANCE", "name": "patch", "templateName": "web",
            "toMajorVersion": "1", "toMinorVersion": "4",
            "selection": {
                "accountIds": ["111122223333"], "environmentNames": ["a", "b"], "fromVersions": {"below": "1.4"},
                "serviceInstanceNames": ["i"], "serviceNames": ["s"], "tags": [{"key": "stage", "value": "dev"}],
            },
            "strategy": {
                "alarms": ["a1", "a2"], "approval": "EVERY_WAVE", "bakeSeconds": 600, "batch": {"percent": 10},
                "canary": {"count": 5}, "concurrency": 20, "laneConcurrency": 7, "onFailure": "ROLL_BACK",
                "tolerance": {"percent": 2},
            },
        })
    )]
    #[case::tags_first(
        "--template web --to 2 --canary stage=dev --canary team=a",
        json!({
            "clientToken": "t", "templateName": "web", "toMajorVersion": "2",
            "strategy": {"canary": {"tags": [{"key": "stage", "value": "dev"}, {"key": "team", "value": "a"}]}},
        })
    )]
    #[case::pipelines("--template web --kind pipelines --approve canary --on-failure continue", json!({
        "clientToken": "t", "templateName": "web", "kind": "SERVICE_PIPELINE",
        "strategy": {"approval": "AFTER_CANARY", "onFailure": "CONTINUE"},
    }))]
    fn arguments_become_requests(#[case] line: &str, #[case] expected: Value) {
        assert_eq!(planned(line), Ok(expected));
    }

    #[rstest]
    #[case::two_amounts("--template web --canary 5 --canary 10%", "say it once with an amount")]
    #[case::amount_and_tag("--template web --canary 5 --canary stage=dev", "say it once with an amount")]
    #[case::no_template("--to 1.4", "--template")]
    #[case::bad_version("--template web --to latest", "a version looks like 1.4")]
    #[case::bad_time("--template web --bake soon", "a time looks like")]
    fn misuse_is_told(#[case] line: &str, #[case] why: &str) {
        let error = planned(line).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}
