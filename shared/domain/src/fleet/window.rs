//! Maintenance windows: when a fleet update may touch a resource.
//!
//! A window opens every week on some days at a time of day, UTC, and stays open for a while: `sat 02:00/4h`,
//! `mon,wed 22:30/90m`, `daily 01:00/2h`. It may run past midnight, but not into its own next opening. A resource without
//! windows may be touched at any time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::time::Timestamp;

const MINUTE: i64 = 60 * 1000;
const DAY: i64 = 24 * 60 * MINUTE;
const WEEK: i64 = 7 * DAY;
/// 1970-01-01 was a Thursday; this is how far the Monday before lies back.
const EPOCH_WEEKDAY: i64 = 3 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A weekly recurring span of time, UTC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaintenanceWindow {
    /// Bit `n` is the day `DAYS[n]`.
    days: u8,
    /// Minutes after midnight.
    opens: u16,
    minutes: u16,
}

/// Why a text is no window.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "'{0}' is not a maintenance window: write days, the time of opening (UTC) and how long it is open, such as \
     'sat 02:00/4h', 'mon,wed 22:30/90m' or 'daily 01:00/2h', at most 24h"
)]
pub struct InvalidWindow(pub String);

impl MaintenanceWindow {
    /// At most so many windows belong to one resource.
    pub const MOST: usize = 10;
    const ALL_DAYS: u8 = 0b111_1111;

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        // The opening that lies closest before now decides, because openings don't overlap.
        let since = self.openings(now).map(|ahead| (WEEK - ahead).rem_euclid(WEEK)).min();
        since.is_some_and(|since| since < self.length())
    }

    /// When it opens next: now, while it is open.
    #[must_use]
    pub fn next_opening(&self, now: Timestamp) -> Timestamp {
        let ahead = if self.is_open(now) { 0 } else { self.openings(now).min().unwrap_or(0) };
        Timestamp::from_millis(now.as_millis().saturating_add(ahead))
    }

    /// How long it stays open.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60)
    }

    fn length(&self) -> i64 {
        i64::from(self.minutes) * MINUTE
    }

    /// How many milliseconds ahead of `now` it opens, for each of its days: 0 up to a week.
    fn openings(&self, now: Timestamp) -> impl Iterator<Item = i64> {
        let in_week = (now.as_millis().saturating_add(EPOCH_WEEKDAY)).rem_euclid(WEEK);
        let (days, opens) = (self.days, i64::from(self.opens) * MINUTE);
        (0..7_i64).filter(move |day| days & (1 << day) != 0).map(move |day| {
            let opening = day * DAY + opens;
            (opening - in_week).rem_euclid(WEEK)
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (days, span) = text.trim().split_once(' ')?;
        let (opens, length) = span.trim().split_once('/')?;
        let (hour, minute) = opens.split_once(':')?;
        let (hour, minute) = (digits(hour, 23)?, digits(minute, 59)?);
        let minutes = match (length.strip_suffix('h'), length.strip_suffix('m')) {
            (Some(hours), _) => digits(hours, 24)? * 60,
            (_, Some(minutes)) => digits(minutes, 24 * 60)?,
            _ => return None,
        };
        (minutes > 0).then_some(())?;
        Some(Self { days: Self::parse_days(days)?, opens: hour * 60 + minute, minutes })
    }

    fn parse_days(text: &str) -> Option<u8> {
        if text.eq_ignore_ascii_case("daily") {
            return Some(Self::ALL_DAYS);
        }
        text.split(',').try_fold(0, |days, name| {
            let day = DAYS.iter().position(|day| day.eq_ignore_ascii_case(name))?;
            Some(days | (1 << day))
        })
    }
}

/// A decimal number of one to four digits, not above `most`.
fn digits(text: &str, most: u16) -> Option<u16> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok().filter(|number| *number <= most) } else { None }
}

impl FromStr for MaintenanceWindow {
    type Err = InvalidWindow;
    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        Self::parse(text).ok_or_else(|| InvalidWindow(text.to_owned()))
    }
}

impl TryFrom<String> for MaintenanceWindow {
    type Error = InvalidWindow;
    fn try_from(text: String) -> Result<Self, InvalidWindow> {
        text.parse()
    }
}

impl From<MaintenanceWindow> for String {
    fn from(window: MaintenanceWindow) -> Self {
        window.to_string()
    }
}

impl fmt::Display for MaintenanceWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<&str> =
            (0..7).filter(|day| self.days & (1 << day) != 0).map(|day: usize| DAYS[day]).collect();
        let days = if self.days == Self::ALL_DAYS { "daily".to_owned() } else { days.join(",") };
        write!(formatter, "{days} {:02}:{:02}/", self.opens / 60, self.opens % 60)?;
        if self.minutes.is_multiple_of(60) {
            write!(formatter, "{}h", self.minutes / 60)
        } else {
            write!(formatter, "{}m", self.minutes)
        }
    }
}

/// Whether something with these windows may be touched: one of them is open, or there are none.
#[must_use]
pub fn windows_open(windows: &[MaintenanceWindow], now: Timestamp) -> bool {
    windows.is_empty() || windows.iter().any(|window| window.is_open(now))
}

/// When something with these windows may be touched next: now, where it may be now.
#[must_use]
pub fn windows_next_opening(windows: &[MaintenanceWindow], now: Timestamp) -> Timestamp {
    windows.iter().map(|window| window.next_opening(now)).min().unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// 2026-11-21 was a Saturday; `minute` counts from its midnight.
    fn saturday(minute: i64) -> Timestamp {
        Timestamp::from_millis(20_778 * DAY + minute * MINUTE)
    }

    fn window(text: &str) -> MaintenanceWindow {
        text.parse().expect("a window")
    }

    #[rstest]
    #[case("sat 02:00/4h", true)]
    #[case("SAT,sun 02:00/4h", true)]
    #[case("daily 23:59/24h", true)]
    #[case("mon,wed 22:30/90m", true)]
    #[case("sat 02:00", false)]
    #[case("sat 24:00/4h", false)]
    #[case("sat 02:00/25h", false)]
    #[case("sat 02:00/0h", false)]
    #[case("sat 02:00/-1h", false)]
    #[case("someday 02:00/4h", false)]
    #[case("sat, 02:00/4h", false)]
    #[case("", false)]
    #[case("ſat 02:00/4h", false)]
    fn windows_are_read_strictly(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(text.parse::<MaintenanceWindow>().is_ok(), valid);
    }

    #[rstest]
    #[case("sat 02:00/4h", 119, false, 120)]
    #[case("sat 02:00/4h", 120, true, 120)]
    #[case("sat 02:00/4h", 359, true, 359)]
    #[case("sat 02:00/4h", 360, false, 120 + 7 * 1440)]
    #[case("fri 23:00/2h", 30, true, 30)]
    #[case("fri 23:00/2h", 60, false, 1380 + 6 * 1440)]
    #[case("daily 12:00/24h", 5, true, 5)]
    #[case("sun 00:00/1h", 0, false, 1440)]
    fn it_opens_and_closes(
        #[case] text: &str,
        #[case] minute: i64,
        #[case] is_open: bool,
        #[case] next: i64,
    ) {
        assert_eq!(window(text).is_open(saturday(minute)), is_open);
        assert_eq!(window(text).next_opening(saturday(minute)), saturday(next));
    }

    #[test]
    fn without_windows_it_is_always_open() {
        assert!(windows_open(&[], saturday(0)));
        assert_eq!(windows_next_opening(&[], saturday(7)), saturday(7));
    }

    proptest! {
        #[test]
        fn text_round_trips(days in 1..128_u8, opens in 0..1440_u16, minutes in 1..=1440_u16) {
            let window = MaintenanceWindow { days, opens, minutes };
            prop_assert_eq!(window.to_string().parse(), Ok(window));
        }

        #[test]
        fn it_is_open_whenever_it_opens(days in 1..128_u8, opens in 0..1440_u16, minutes in 1..=1440_u16, now in any::<i32>()) {
            let window = MaintenanceWindow { days, opens, minutes };
            let now = Timestamp::from_millis(i64::from(now) * 977);
            let next = window.next_opening(now);
            prop_assert!(window.is_open(next));
            prop_assert!(next >= now && next.since(now) < Duration::from_secs(7 * 24 * 3600));
        }
    }
}
