//! Words in dates.

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

/// Days of the week, from Monday.
pub(super) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Names of UTC, case-sensitive.
const UTC: [&str; 4] = ["UTC", "GMT", "Z", "z"];

/// Words and signs that are ignored anywhere.
const FILLERS: [&str; 18] = [
    " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd",
    "th",
];

/// Unit of time after a number, as in `5h 30m`.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Hour,
    Minute,
    Second,
}

impl Unit {
    /// Unit of the next number: that of the 30 in `5h30`.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Hour => Some(Self::Minute),
            Self::Minute => Some(Self::Second),
            Self::Second => None,
        }
    }
}

/// Half of the day on a 12-hour clock.
#[derive(Clone, Copy)]
pub(super) enum Half {
    Am,
    Pm,
}

impl Half {
    /// Converts an hour to the 24-hour clock. Hours past noon are unchanged.
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

/// Index of a word in a list, by its full name or first three letters.
fn index(word: &str, names: &[&str]) -> Option<usize> {
    names
        .iter()
        .position(|name| is_any(word, &[name, &name[..3]]))
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let index = index(word, &WEEKDAYS)?;
    Weekday::from_monday_zero_offset(i8::try_from(index).ok()?).ok()
}

/// Number of a month, from 1.
pub(super) fn month(word: &str) -> Option<i64> {
    if word.eq_ignore_ascii_case("sept") {
        return Some(9);
    }
    i64::try_from(index(word, &MONTHS)? + 1).ok()
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

/// Whether a word could be the abbreviation of a zone.
pub(super) fn is_zone_name(word: &str) -> bool {
    let is_short = (1..=5).contains(&word.len());
    is_short && word.bytes().all(|b| b.is_ascii_uppercase()) || UTC.contains(&word)
}

/// Whether a zone name means UTC.
pub(super) fn is_utc(zone: &str) -> bool {
    UTC.contains(&zone)
}
