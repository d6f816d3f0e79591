//! The words that can be part of a date.

use jiff::civil::Weekday;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week, from Monday.
pub(super) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The zones that are UTC, in the case in which they are names of zones.
const UTC: [&str; 4] = ["UTC", "GMT", "Z", "z"];

/// The words and signs that may stand anywhere and say nothing.
const FILLERS: [&str; 18] = [
    " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd",
    "th",
];

/// A part of the time of day that stands by its number, as in `5h 30m`.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Hour,
    Minute,
    Second,
}

impl Unit {
    /// The unit of the number behind: that of the 30 in `5h30`.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Hour => Some(Self::Minute),
            Self::Minute => Some(Self::Second),
            Self::Second => None,
        }
    }
}

/// A half of the day on a clock of twelve hours.
#[derive(Clone, Copy)]
pub(super) enum Half {
    Am,
    Pm,
}

impl Half {
    /// An hour of the clock of twelve hours on that of 24. Hours past noon are left as they are.
    pub(super) fn hour(self, hour: i64) -> i64 {
        match self {
            Self::Am if hour == 12 => 0,
            Self::Pm if hour < 12 => hour + 12,
            Self::Am | Self::Pm => hour,
        }
    }
}

fn is_any(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(word))
}

/// The place of a word in a list, whole or by its first three letters.
fn place(word: &str, names: &[&str]) -> Option<usize> {
    names
        .iter()
        .position(|name| is_any(word, &[name, &name[..3]]))
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let place = place(word, &WEEKDAYS)?;
    Weekday::from_monday_zero_offset(i8::try_from(place).ok()?).ok()
}

/// The number of a month.
pub(super) fn month(word: &str) -> Option<i64> {
    if word.eq_ignore_ascii_case("sept") {
        return Some(9);
    }
    i64::try_from(place(word, &MONTHS)? + 1).ok()
}

pub(super) fn unit(word: &str) -> Option<Unit> {
    if is_any(word, &["h", "hour", "hours"]) {
        Some(Unit::Hour)
    } else if is_any(word, &["m", "minute", "minutes"]) {
        Some(Unit::Minute)
    } else if is_any(word, &["s", "second", "seconds"]) {
        Some(Unit::Second)
    } else {
        None
    }
}

pub(super) fn half(word: &str) -> Option<Half> {
    if is_any(word, &["a", "am"]) {
        Some(Half::Am)
    } else if is_any(word, &["p", "pm"]) {
        Some(Half::Pm)
    } else {
        None
    }
}

pub(super) fn is_filler(word: &str) -> bool {
    is_any(word, &FILLERS)
}

/// Whether a word could be the short name of a zone.
pub(super) fn is_zone_name(word: &str) -> bool {
    let is_short = (1..=5).contains(&word.len());
    is_short && word.bytes().all(|b| b.is_ascii_uppercase()) || UTC.contains(&word)
}

/// Whether a name of a zone means UTC.
pub(super) fn is_utc(zone: &str) -> bool {
    UTC.contains(&zone)
}
