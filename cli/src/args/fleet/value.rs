//! Values that people write short: versions, ranges of them, amounts, times.

use jiff::SignedDuration;
use protium_wire::fleet::{FleetTargetStatus, FleetUpdateStatus};
use std::{str::FromStr, time::Duration};

/// A version to go to: `1.4`, or `1` for its recommended minor version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WantedVersion {
    pub(crate) major: u64,
    pub(crate) minor: Option<u64>,
}

impl FromStr for WantedVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a version looks like 1.4, or 1 for the recommended minor version of 1".to_owned();
        let (major, minor) = text.split_once('.').map_or((text, None), |(major, minor)| (major, Some(minor)));
        let major = number(major).ok_or_else(wrong)?;
        let minor = minor.map(|minor| number(minor).ok_or_else(wrong)).transpose()?;
        Ok(Self { major, minor })
    }
}

/// A decimal number as versions have them: digits only, no leading zeros.
fn number(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}

/// A version, major and minor.
type Version = (u64, u64);

/// Versions from one to before another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct VersionRange {
    pub(crate) at_least: Option<Version>,
    pub(crate) below: Option<Version>,
}

impl FromStr for VersionRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut range = Self::default();
        for condition in text.split(',') {
            let part = Self::condition(condition.trim())
                .ok_or_else(|| format!("'{condition}' is none of 1.3, 1.x, <1.4, <=1.3, >1.2 and >=1.2"))?;
            range.at_least = range.at_least.max(part.at_least);
            range.below = [range.below, part.below].into_iter().flatten().min();
        }
        match (range.at_least.unwrap_or_default(), range.below) {
            (from, Some(below)) if below <= from => Err("no version lies between the two".to_owned()),
            _ => Ok(range),
        }
    }
}

impl VersionRange {
    fn condition(text: &str) -> Option<Self> {
        let compared = |prefix: &str| text.strip_prefix(prefix).map(|rest| version(rest.trim()));
        let (at_least, below) = if let Some(version) = compared("<=") {
            (None, Some(after(version?)?))
        } else if let Some(version) = compared("<") {
            (None, Some(version?))
        } else if let Some(version) = compared(">=") {
            (Some(version?), None)
        } else if let Some(version) = compared(">") {
            (Some(after(version?)?), None)
        } else if let Some(major) = text.strip_suffix(".x").or_else(|| text.strip_suffix(".*")) {
            let major = number(major)?;
            (Some((major, 0)), Some((major.checked_add(1)?, 0)))
        } else {
            let version = version(text.strip_prefix('=').unwrap_or(text).trim())?;
            (Some(version), Some(after(version)?))
        };
        Some(Self { at_least, below })
    }
}

fn version(text: &str) -> Option<Version> {
    let (major, minor) = text.split_once('.')?;
    Some((number(major)?, number(minor)?))
}

fn after((major, minor): Version) -> Option<Version> {
    Some((major, minor.checked_add(1)?))
}

/// So many, or so many percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    Count(i32),
    Percent(i32),
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "an amount is a number such as 5, or a percentage such as 10%".to_owned();
        let (digits, percent) = text.strip_suffix('%').map_or((text, false), |digits| (digits, true));
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| is_plain).ok_or_else(wrong)?;
        match (number, percent) {
            (101.., true) => Err("a percentage is at most 100%".to_owned()),
            (_, true) => Ok(Self::Percent(number)),
            (_, false) => Ok(Self::Count(number)),
        }
    }
}

/// Who goes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CanaryShare {
    Amount(Amount),
    Tag(String, String),
}

impl FromStr for CanaryShare {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(_) => tag(text).map(|(key, value)| Self::Tag(key, value)),
            None => text.parse().map(Self::Amount).map_err(|_| {
                "a canary is a number such as 5, a percentage such as 10%, or a tag such as stage=dev"
                    .to_owned()
            }),
        }
    }
}

/// `KEY=VALUE`
pub(super) fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a tag looks like stage=dev".to_owned()),
    }
}

/// A time such as `10m`, `90s`, `1h30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time looks like 90s, 10m or 1h30m".to_owned();
    let parsed: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(parsed).map_err(|_| wrong())
}

/// A status in any spelling: `running`, `AWAITING_APPROVAL`, `awaiting-approval`.
pub(super) fn update_status(text: &str) -> Result<FleetUpdateStatus, String> {
    FleetUpdateStatus::from_wire(&on_the_wire(text)).ok_or_else(|| one_of(FleetUpdateStatus::ALL))
}

/// As [`update_status`], of targets.
pub(super) fn target_status(text: &str) -> Result<FleetTargetStatus, String> {
    FleetTargetStatus::from_wire(&on_the_wire(text)).ok_or_else(|| one_of(FleetTargetStatus::ALL))
}

fn on_the_wire(text: &str) -> String {
    text.to_ascii_uppercase().replace('-', "_")
}

fn one_of(all: &[impl ToString]) -> String {
    let names: Vec<_> =
        all.iter().map(|status| status.to_string().to_lowercase().replace('_', "-")).collect();
    format!("a status is one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1.4", Some((1, Some(4))))]
    #[case("0.0", Some((0, Some(0))))]
    #[case("12", Some((12, None)))]
    #[case("1.", None)]
    #[case(".4", None)]
    #[case("1.4.2", None)]
    #[case("01.4", None)]
    #[case("v1", None)]
    #[case("1.+4", None)]
    #[case("", None)]
    fn versions_to_go_to(#[case] text: &str, #[case] expected: Option<(u64, Option<u64>)>) {
        let found = text.parse::<WantedVersion>().ok();
        assert_eq!(found.map(|version| (version.major, version.minor)), expected);
    }

    #[rstest]
    #[case("1.3", Some((1, 3)), Some((1, 4)))]
    #[case("=1.3", Some((1, 3)), Some((1, 4)))]
    #[case("<1.4", None, Some((1, 4)))]
    #[case("<= 1.4", None, Some((1, 5)))]
    #[case(">1.2", Some((1, 3)), None)]
    #[case(">=1.2", Some((1, 2)), None)]
    #[case("1.x", Some((1, 0)), Some((2, 0)))]
    #[case("2.*", Some((2, 0)), Some((3, 0)))]
    #[case(">=1.2, <2.0", Some((1, 2)), Some((2, 0)))]
    #[case(">=1.2,>=1.1,<3.0,<2.0", Some((1, 2)), Some((2, 0)))]
    fn ranges(#[case] text: &str, #[case] at_least: Option<Version>, #[case] below: Option<Version>) {
        assert_eq!(text.parse(), Ok(VersionRange { at_least, below }));
    }

    #[rstest]
    #[case("")]
    #[case("1")]
    #[case("<")]
    #[case("<1")]
    #[case("~1.2")]
    #[case("<1.4,")]
    #[case("<1.2,>=1.2")]
    #[case("<0.0")]
    #[case("<=1.18446744073709551615")]
    fn no_ranges(#[case] text: &str) {
        assert!(text.parse::<VersionRange>().is_err());
    }

    #[rstest]
    #[case("5", Ok(Amount::Count(5)))]
    #[case("0", Ok(Amount::Count(0)))]
    #[case("100%", Ok(Amount::Percent(100)))]
    #[case("101%", Err(()))]
    #[case("-1", Err(()))]
    #[case("+1", Err(()))]
    #[case("1.5%", Err(()))]
    #[case("%", Err(()))]
    #[case("99999999999", Err(()))]
    fn amounts(#[case] text: &str, #[case] expected: Result<Amount, ()>) {
        assert_eq!(text.parse::<Amount>().map_err(|_| ()), expected);
    }

    #[rstest]
    #[case("5", Some(CanaryShare::Amount(Amount::Count(5))))]
    #[case("10%", Some(CanaryShare::Amount(Amount::Percent(10))))]
    #[case("stage=dev", Some(CanaryShare::Tag("stage".into(), "dev".into())))]
    #[case("stage=a=b", Some(CanaryShare::Tag("stage".into(), "a=b".into())))]
    #[case("=dev", None)]
    #[case("dev", None)]
    fn canaries(#[case] text: &str, #[case] expected: Option<CanaryShare>) {
        assert_eq!(text.parse().ok(), expected);
    }

    #[rstest]
    #[case("10m", Some(600))]
    #[case("1h30m", Some(5400))]
    #[case("90s", Some(90))]
    #[case("0s", Some(0))]
    #[case("-10m", None)]
    #[case("10", None)]
    #[case("soon", None)]
    fn times(#[case] text: &str, #[case] seconds: Option<u64>) {
        assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs));
    }

    #[test]
    fn statuses_in_any_spelling() {
        for text in ["awaiting-approval", "AWAITING_APPROVAL", "Awaiting-Approval"] {
            assert_eq!(update_status(text), Ok(FleetUpdateStatus::AwaitingApproval));
        }
        assert_eq!(target_status("roll-back-failed"), Ok(FleetTargetStatus::RollBackFailed));
        assert!(update_status("done").unwrap_err().contains("awaiting-approval"));
    }
}
