//! Words for what the API says in capitals, and for times.

use crate::output::{BAD, DOUBTFUL, FAINT, GOOD, HINT, visible_line};
use anstyle::Style;
use protium_wire::{
    Timestamp,
    fleet::{FleetSkipReason, FleetTargetStatus, FleetUpdate, FleetUpdateKind, FleetUpdateStatus},
};
use std::time::{Duration, SystemTime};

/// What is updated and to what: `web → 1.4`.
pub(in crate::fleet) fn title(update: &FleetUpdate) -> String {
    const BOLD: Style = Style::new().bold();
    let name = update.name.as_ref().map_or_else(String::new, |name| format!("  “{}”", visible_line(name)));
    format!("{BOLD}{} → {}{BOLD:#}{name}", visible_line(&update.template_name), version(update))
}

/// The version that everyone goes to.
pub(in crate::fleet) fn version(update: &FleetUpdate) -> String {
    format!("{}.{}", update.to_major_version, update.to_minor_version)
}

/// What is updated, so many of it.
pub(in crate::fleet) fn kind_word(kind: FleetUpdateKind, count: i32) -> &'static str {
    match (kind, count) {
        (FleetUpdateKind::Environment, 1) => "environment",
        (FleetUpdateKind::Environment, _) => "environments",
        (FleetUpdateKind::ServiceInstance, 1) => "service instance",
        (FleetUpdateKind::ServiceInstance, _) => "service instances",
        (FleetUpdateKind::ServicePipeline, 1) => "pipeline",
        (FleetUpdateKind::ServicePipeline, _) => "pipelines",
    }
}

/// A status in its colour.
pub(in crate::fleet) fn status(status: FleetUpdateStatus) -> String {
    use FleetUpdateStatus as S;
    let style = match status {
        S::Succeeded => GOOD,
        S::Failed => BAD,
        S::RolledBack | S::RollingBack | S::Cancelled | S::Cancelling => DOUBTFUL,
        S::AwaitingApproval | S::Paused => DOUBTFUL,
        S::Planning | S::Planned | S::Running | S::Baking => HINT,
    };
    format!("{style}{status}{style:#}")
}

/// The status of a target in its colour.
pub(in crate::fleet) fn target_status(status: FleetTargetStatus) -> String {
    use FleetTargetStatus as S;
    let style = match status {
        S::Succeeded => GOOD,
        S::Failed | S::RollBackFailed => BAD,
        S::RollingBack | S::RolledBack | S::Superseded => DOUBTFUL,
        S::Deploying => HINT,
        S::Pending | S::Skipped => FAINT,
    };
    format!("{style}{status}{style:#}")
}

/// Why a resource is left alone, to be read behind a number of resources.
pub(in crate::fleet) fn reason(reason: FleetSkipReason) -> &'static str {
    match reason {
        FleetSkipReason::Pinned => "pinned by their policy",
        FleetSkipReason::Busy => "being deployed by somebody else",
        FleetSkipReason::IncompatibleSpec => "with a spec that doesn't fit the version",
        FleetSkipReason::Failed => "whose last deployment failed",
        FleetSkipReason::OptedOut => "whose policy isn't auto-minor",
        FleetSkipReason::UpToDate => "at the version already",
        FleetSkipReason::Newer => "at a newer version",
        FleetSkipReason::Changed => "changed since the plan was made",
        FleetSkipReason::Gone => "gone since the plan was made",
        FleetSkipReason::EnvironmentIncompatible => "in an environment that the version doesn't go with",
    }
}

/// What people call a resource, of its ARN: `shop/prod`, `beta`, `shop/pipeline`.
pub(in crate::fleet) fn resource(arn: &str) -> String {
    let path = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let short = match path.split('/').collect::<Vec<_>>()[..] {
        ["environment", name] => name.to_owned(),
        ["service", service, "service-instance", name] => format!("{service}/{name}"),
        ["service", service, "pipeline", ..] => format!("{service}/pipeline"),
        _ => path.to_owned(),
    };
    visible_line(&short).into_owned()
}

/// What a fleet update is at that isn't deploying, and what people can do about it.
pub(super) fn progress_note(update: &FleetUpdate, now: SystemTime) -> Option<String> {
    use FleetUpdateStatus as S;
    let id = &update.id;
    let wave =
        || update.current_wave.and_then(|number| update.waves.iter().find(|wave| wave.number == number));
    let wave_name =
        || wave().map_or_else(|| "the wave".to_owned(), |wave| visible_line(&wave.name).into_owned());
    let left = update.waiting_until.map(|until| duration(between(now, instant_of(until))));
    match (update.status, left) {
        (S::Planning, _) => Some("finding out who is to go".to_owned()),
        (S::Baking, Some(left)) => Some(format!("watching {} for {left} more", wave_name())),
        (S::Baking, None) => Some(format!("watching {}", wave_name())),
        (S::Running, Some(left)) => Some(format!("the next maintenance window opens in {left}")),
        (S::AwaitingApproval, _) => Some(format!("waits for somebody to say: protium fleet approve {id}")),
        (S::Paused, _) => Some(format!("paused; go on with: protium fleet resume {id}")),
        (S::RollingBack, _) => Some("taking everyone back to what they had".to_owned()),
        (S::Cancelling, _) => Some("what is under way comes to its end".to_owned()),
        _ => None,
    }
}

/// How long, in its two greatest units: `45s`, `12m 40s`, `3h 5m`, `2d 4h`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => two(minutes, "m", seconds % 60, "s"),
        (0, _, _) => two(hours, "h", minutes, "m"),
        _ => two(days, "d", hours, "h"),
    }
}

fn two(greater: u64, unit: &str, less: u64, of: &str) -> String {
    if less == 0 { format!("{greater}{unit}") } else { format!("{greater}{unit} {less}{of}") }
}

/// A point in time as programs and people take it: `2026-11-21T10:12:03Z`.
pub(in crate::fleet) fn instant(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default();
    time.to_string()
}

pub(super) fn instant_of(time: Timestamp) -> SystemTime {
    let millis = u64::try_from(time.millis()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

/// From one time to another; nothing when the clocks disagree.
pub(super) fn between(from: SystemTime, to: SystemTime) -> Duration {
    to.duration_since(from).unwrap_or_default()
}

/// How long a fleet update has been going, or took.
pub(super) fn age(update: &FleetUpdate, now: SystemTime) -> Duration {
    let from = instant_of(update.started_at.unwrap_or(update.created_at));
    between(from, update.completed_at.map_or(now, instant_of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0s")]
    #[case(45, "45s")]
    #[case(760, "12m 40s")]
    #[case(600, "10m")]
    #[case(11_100, "3h 5m")]
    #[case(187_200, "2d 4h")]
    fn durations(#[case] seconds: u64, #[case] expected: &str) {
        assert_eq!(duration(Duration::from_secs(seconds)), expected);
    }

    #[rstest]
    #[case("arn:aws:proton:eu-west-1:111122223333:environment/beta", "beta")]
    #[case("arn:aws:proton:eu-west-1:111122223333:service/shop/service-instance/prod", "shop/prod")]
    #[case("arn:aws:proton:eu-west-1:111122223333:service/shop/pipeline", "shop/pipeline")]
    #[case("arn:aws:proton:eu-west-1:111122223333:service/shop/pipeline/0190163d-8694", "shop/pipeline")]
    #[case("odd\u{1b}[31m", "odd␛[31m")]
    fn resources(#[case] arn: &str, #[case] expected: &str) {
        assert_eq!(resource(arn), expected);
    }
}
