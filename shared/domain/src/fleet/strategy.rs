//! Strategies: how a fleet update goes about it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::selection::TagSelector;

/// A part of something that is counted: so many of it, or so many percent. Never nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share(Amount);

/// How much may fail: so many, or so many percent. May be nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tolerance(Amount);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Amount {
    Count(u32),
    Percent(u8),
}

/// Why a text is no [`Share`] or [`Tolerance`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not an amount: write a number such as 5, or a percentage up to 100% such as 20%{hint}", hint = if *.1 { ", above 0" } else { "" })]
pub struct InvalidAmount(pub String, bool);

impl Amount {
    fn parse(text: &str) -> Option<Self> {
        let (digits, percent) = match text.strip_suffix('%') {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = if is_number { digits.parse().ok()? } else { return None };
        if !percent {
            return Some(Self::Count(number));
        }
        u8::try_from(number).ok().filter(|percent| *percent <= 100).map(Self::Percent)
    }

    const fn is_nothing(self) -> bool {
        matches!(self, Self::Count(0) | Self::Percent(0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Percent(percent) => write!(formatter, "{percent}%"),
        }
    }
}

impl Share {
    /// Everything.
    pub const ALL: Self = Self(Amount::Percent(100));

    /// How many of `whole` it is: at least one, at most all. A percentage is rounded up.
    #[must_use]
    pub fn of(self, whole: u64) -> u64 {
        let part = match self.0 {
            Amount::Count(count) => u64::from(count),
            Amount::Percent(percent) => whole.saturating_mul(u64::from(percent)).div_ceil(100),
        };
        part.max(1).min(whole)
    }

    /// Whether it is a percentage, so that the whole must be known first.
    #[must_use]
    pub const fn is_percentage(self) -> bool {
        matches!(self.0, Amount::Percent(_))
    }
}

impl Tolerance {
    /// Nothing may fail: the default.
    pub const NOTHING: Self = Self(Amount::Count(0));

    /// Whether more has failed than may. A count is of the whole fleet update: `failed` in this wave and `failed_before`
    /// it. A percentage is of the `targets` of this wave, rounded down, so that a bad version can't hide in a small first
    /// wave behind the size of those that follow.
    #[must_use]
    pub fn is_exceeded(self, failed: u64, failed_before: u64, targets: u64) -> bool {
        match self.0 {
            Amount::Count(most) => failed.saturating_add(failed_before) > u64::from(most),
            Amount::Percent(percent) => failed > targets.saturating_mul(u64::from(percent)) / 100,
        }
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::NOTHING
    }
}

macro_rules! amount_text {
    ($type:ident, $positive:literal) => {
        impl FromStr for $type {
            type Err = InvalidAmount;
            fn from_str(text: &str) -> Result<Self, InvalidAmount> {
                let amount = Amount::parse(text).filter(|amount| !($positive && amount.is_nothing()));
                amount.map(Self).ok_or_else(|| InvalidAmount(text.to_owned(), $positive))
            }
        }
        impl TryFrom<String> for $type {
            type Error = InvalidAmount;
            fn try_from(text: String) -> Result<Self, InvalidAmount> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(amount: $type) -> Self {
                amount.0.to_string()
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

amount_text!(Share, true);
amount_text!(Tolerance, false);

/// How many resources are deployed at once: 1 to [`Concurrency::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Concurrency(u32);

/// Why a number is no [`Concurrency`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} is not a concurrency: it must be 1 to 1000")]
pub struct InvalidConcurrency(pub u32);

impl Concurrency {
    /// Above it the Lambda functions of the steps would need a raised quota of the account.
    pub const MOST: u32 = 1000;

    /// Checks a number.
    ///
    /// # Errors
    /// [`InvalidConcurrency`] for 0 and above [`Concurrency::MOST`].
    pub fn new(number: u32) -> Result<Self, InvalidConcurrency> {
        if (1..=Self::MOST).contains(&number) { Ok(Self(number)) } else { Err(InvalidConcurrency(number)) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for Concurrency {
    fn default() -> Self {
        Self(10)
    }
}

impl TryFrom<u32> for Concurrency {
    type Error = InvalidConcurrency;
    fn try_from(number: u32) -> Result<Self, InvalidConcurrency> {
        Self::new(number)
    }
}

impl From<Concurrency> for u32 {
    fn from(concurrency: Concurrency) -> Self {
        concurrency.0
    }
}

/// Who goes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Canary {
    /// So many of all targets, spread evenly.
    Share(Share),
    /// All that have these tags, such as `stage=dev`.
    Tags(TagSelector),
}

/// How long to watch after a wave: up to seven days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Bake(u32);

/// Too long a [`Bake`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a wave is watched for at most 7 days, which are 604800 seconds, not for {0} seconds")]
pub struct InvalidBake(pub u32);

impl Bake {
    /// The longest, in seconds.
    pub const LONGEST: u32 = 7 * 24 * 60 * 60;

    /// A bake of so many seconds; 0 is none.
    ///
    /// # Errors
    /// [`InvalidBake`] above [`Bake::LONGEST`].
    pub fn seconds(seconds: u32) -> Result<Self, InvalidBake> {
        if seconds <= Self::LONGEST { Ok(Self(seconds)) } else { Err(InvalidBake(seconds)) }
    }

    /// How long it is.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl TryFrom<u32> for Bake {
    type Error = InvalidBake;
    fn try_from(seconds: u32) -> Result<Self, InvalidBake> {
        Self::seconds(seconds)
    }
}

impl From<Bake> for u32 {
    fn from(bake: Bake) -> Self {
        bake.0
    }
}

/// CloudWatch alarms, by name or ARN.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Alarms(Vec<String>);

/// Why texts are no [`Alarms`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidAlarms {
    /// More than [`Alarms::MOST`].
    #[error("a strategy names at most 20 alarms, but {0} are given")]
    TooMany(usize),
    /// A text that is no alarm.
    #[error("'{0}' is not the name or ARN of an alarm: 1 to 1600 characters")]
    Text(String),
}

impl Alarms {
    /// At most so many.
    pub const MOST: usize = 20;

    /// Checks names and ARNs.
    ///
    /// # Errors
    /// [`InvalidAlarms`] for too many, and for texts that can't name an alarm.
    pub fn new(alarms: Vec<String>) -> Result<Self, InvalidAlarms> {
        if alarms.len() > Self::MOST {
            return Err(InvalidAlarms::TooMany(alarms.len()));
        }
        match alarms.iter().find(|alarm| !(1..=1600).contains(&alarm.chars().count())) {
            Some(wrong) => Err(InvalidAlarms::Text(wrong.clone())),
            None => Ok(Self(alarms)),
        }
    }

    /// The names and ARNs.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<String>> for Alarms {
    type Error = InvalidAlarms;
    fn try_from(alarms: Vec<String>) -> Result<Self, InvalidAlarms> {
        Self::new(alarms)
    }
}

impl From<Alarms> for Vec<String> {
    fn from(alarms: Alarms) -> Self {
        alarms.0
    }
}

/// Where people are asked before the next wave begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Approval {
    /// Nowhere.
    #[default]
    None,
    /// After the canary.
    AfterCanary,
    /// After every wave but the last.
    EveryWave,
}

/// What happens when more fails than may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OnFailure {
    /// Nothing more is begun; what was deployed stays. The default.
    #[default]
    Stop,
    /// It goes on to the end, and ends FAILED.
    Continue,
    /// What was deployed goes back to the version and spec that it had.
    RollBack,
}

/// How a fleet update goes about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Strategy {
    /// Who goes first, as a wave of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
    /// The size of the waves after the canary.
    pub batch: Share,
    /// How many resources are deployed at once.
    pub concurrency: Concurrency,
    /// How many of them in one account and region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane_concurrency: Option<Concurrency>,
    /// How much may fail.
    pub tolerance: Tolerance,
    /// How long to watch after a wave, before the next one.
    #[serde(rename = "bakeSeconds")]
    pub bake: Bake,
    /// What counts as a failure when it rings between waves.
    #[serde(skip_serializing_if = "Alarms::is_empty")]
    pub alarms: Alarms,
    /// Where people are asked.
    pub approval: Approval,
    /// What happens when too much fails.
    pub on_failure: OnFailure,
}

impl Default for Strategy {
    fn default() -> Self {
        Self {
            canary: None,
            batch: Share::ALL,
            concurrency: Concurrency::default(),
            lane_concurrency: None,
            tolerance: Tolerance::default(),
            bake: Bake::default(),
            alarms: Alarms::default(),
            approval: Approval::default(),
            on_failure: OnFailure::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("5", true, true)]
    #[case("20%", true, true)]
    #[case("0", false, true)]
    #[case("0%", false, true)]
    #[case("101%", false, false)]
    #[case("-1", false, false)]
    #[case("1.5", false, false)]
    #[case("%", false, false)]
    #[case("", false, false)]
    #[case("99999999999", false, false)]
    fn amounts_are_read_strictly(#[case] text: &str, #[case] is_share: bool, #[case] is_tolerance: bool) {
        assert_eq!(text.parse::<Share>().is_ok(), is_share);
        assert_eq!(text.parse::<Tolerance>().is_ok(), is_tolerance);
    }

    #[rstest]
    #[case("5", 3, 3)]
    #[case("5", 100, 5)]
    #[case("1%", 10, 1)]
    #[case("20%", 101, 21)]
    #[case("100%", 7, 7)]
    #[case("10%", 0, 0)]
    fn a_share_is_at_least_one_and_at_most_all(#[case] text: &str, #[case] whole: u64, #[case] part: u64) {
        assert_eq!(text.parse::<Share>().expect("a share").of(whole), part);
    }

    #[rstest]
    #[case("0", 1, 0, 100, true)]
    #[case("2", 2, 0, 100, false)]
    #[case("2", 1, 2, 100, true)]
    #[case("2%", 1, 50, 5, true)]
    #[case("20%", 1, 50, 5, false)]
    #[case("2%", 3, 0, 120, true)]
    #[case("100%", 5, 0, 5, false)]
    fn counts_are_of_the_whole_and_percentages_of_the_wave(
        #[case] tolerance: &str,
        #[case] failed: u64,
        #[case] before: u64,
        #[case] targets: u64,
        #[case] exceeded: bool,
    ) {
        let tolerance: Tolerance = tolerance.parse().expect("a tolerance");
        assert_eq!(tolerance.is_exceeded(failed, before, targets), exceeded);
    }

    #[test]
    fn bakes_and_alarms_are_bounded() {
        assert!(Bake::seconds(Bake::LONGEST).is_ok() && Bake::seconds(Bake::LONGEST + 1).is_err());
        assert!(Alarms::new(vec!["errors".to_owned()]).is_ok());
        assert!(Alarms::new(vec![String::new()]).is_err());
        assert!(Alarms::new(vec!["a".to_owned(); 21]).is_err());
    }

    #[test]
    fn an_empty_object_is_the_default() {
        assert_eq!(serde_json::from_str::<super::Strategy>("{}").expect("json"), super::Strategy::default());
    }

    proptest! {
        #[test]
        fn shares_round_trip(count in 1..1_000_000_u32, percent in 1..=100_u8) {
            for share in [Share(Amount::Count(count)), Share(Amount::Percent(percent))] {
                prop_assert_eq!(share.to_string().parse(), Ok(share));
            }
        }
    }
}
