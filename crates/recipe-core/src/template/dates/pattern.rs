//! Formatting in American English with a pattern of letters such as `MMM d, y`, as Babel does.

use jiff::civil::{Date, DateTime};

use super::words::{MONTHS, WEEKDAYS};
use super::{Moment, ReadError, civil_seconds};

/// Error of formatting a moment with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::template) enum PatternError {
    /// A letter is repeated a number of times that has no meaning.
    #[error("invalid pattern: unknown field `{0}`")]
    Field(String),
    /// The moment is outside the years 1 to 9999 in UTC.
    #[error(transparent)]
    Moment(#[from] ReadError),
}

/// Formats a moment in UTC with a pattern, or with one named `short`, `medium`, `long` or `full`.
///
/// Unknown letters and quoted text are copied.
pub(in crate::template) fn write_pattern(
    moment: &Moment,
    pattern: &str,
) -> Result<String, PatternError> {
    let civil = moment.in_utc()?;
    let pattern = match pattern {
        "short" => "M/d/yy, h:mm\u{202f}a",
        "medium" => "MMM d, y, h:mm:ss\u{202f}a",
        "long" => "MMMM d, y, h:mm:ss\u{202f}a z",
        "full" => "EEEE, MMMM d, y, h:mm:ss\u{202f}a zzzz",
        pattern => pattern,
    };
    let mut written = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("''") {
            written.push('\'');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\'') {
            rest = write_quoted(after, &mut written);
        } else {
            let length = rest.find(|c| c != first).unwrap_or(rest.len());
            let (run, after) = rest.split_at(length);
            written.push_str(&field(civil, first, run)?);
            rest = after;
        }
    }
    Ok(written)
}

/// Copies up to the closing quote and returns the rest; without a closing quote copies nothing.
fn write_quoted<'p>(quoted: &'p str, written: &mut String) -> &'p str {
    let mut text = String::new();
    let mut rest = quoted;
    while let Some((before, after)) = rest.split_once('\'') {
        text.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                text.push('\'');
                rest = after;
            }
            None => {
                written.push_str(&text);
                return after;
            }
        }
    }
    ""
}

/// Formats a run of one letter.
fn field(civil: DateTime, letter: char, run: &str) -> Result<String, PatternError> {
    let length = run.len();
    let is_field = match letter {
        'y' | 'Y' | 'u' | 'g' | 'S' | 'A' => true,
        'W' | 'F' => length == 1,
        'w' | 'h' | 'H' | 'K' | 'k' | 'm' | 's' => length <= 2,
        'd' | 'D' => length <= 3,
        'z' | 'V' => length <= 4,
        'G' | 'Q' | 'q' | 'M' | 'L' | 'a' | 'b' | 'B' | 'Z' | 'x' | 'X' => length <= 5,
        'E' | 'e' => length <= 6,
        'c' => length <= 6 && length != 2,
        'v' => matches!(length, 1 | 4),
        // Babel prints the word None for a single one.
        'O' => length == 4,
        _ => return Ok(run.to_owned()),
    };
    if !is_field {
        return Err(PatternError::Field(run.to_owned()));
    }
    let hour = i64::from(civil.hour());
    let number = |value: i64| Ok(format!("{value:0length$}"));
    let text = |text: &str| Ok(text.to_owned());
    match letter {
        'G' => text(["AD", "Anno Domini", "A"][length.saturating_sub(3)]),
        'y' | 'u' => Ok(year(civil.year().into(), length)),
        'Y' => Ok(year(week_year(civil), length)),
        'Q' | 'q' => Ok(quarter(civil, length)),
        'M' | 'L' => match length {
            1 | 2 => number(civil.month().into()),
            _ => text(shortened(MONTHS[civil.month() as usize - 1], length)),
        },
        'w' => number(week_of_year(civil)),
        'W' => number(week(civil.day().into(), civil.date())),
        'd' => number(civil.day().into()),
        'D' => number(civil.day_of_year().into()),
        'F' => number((i64::from(civil.day()) - 1) / 7 + 1),
        'g' => number(civil_seconds(civil).div_euclid(24 * 60 * 60) + JULIAN_DAY_OF_1970),
        'e' | 'c' if length <= 2 => number(civil.weekday().to_sunday_zero_offset() as i64 + 1),
        'E' | 'e' | 'c' => {
            let name = WEEKDAYS[civil.weekday().to_monday_zero_offset() as usize];
            text(shortened(name, length))
        }
        'a' => text(match (length, hour < 12) {
            (5, true) => "a",
            (5, false) => "p",
            (_, true) => "AM",
            (_, false) => "PM",
        }),
        'b' => text(period(civil, false)),
        'B' => text(match (length, period(civil, true)) {
            (5, "midnight") => "mi",
            (5, "noon") => "n",
            (_, period) => period,
        }),
        'h' => number((hour + 11) % 12 + 1),
        'H' => number(hour),
        'K' => number(hour % 12),
        'k' => number(if hour == 0 { 24 } else { hour }),
        'm' => number(civil.minute().into()),
        's' => number(civil.second().into()),
        'S' => Ok(fraction(civil, length)),
        'A' => {
            let of_day = civil.duration_since(civil.date().into());
            number(of_day.as_millis() as i64)
        }
        _ => text(utc(letter, length)),
    }
}

const JULIAN_DAY_OF_1970: i64 = 2_440_588;

fn year(year: i64, length: usize) -> String {
    let written = format!("{year:0length$}");
    match length {
        2 => written[written.len() - 2..].to_owned(),
        _ => written,
    }
}

/// Returns the year that the week belongs to.
fn week_year(civil: DateTime) -> i64 {
    let is_next = civil.month() == 12 && week_of_year(civil) == 1;
    i64::from(civil.year()) + i64::from(is_next)
}

/// Returns the week of the year; weeks start on Sunday, and the first contains January 1.
fn week_of_year(civil: DateTime) -> i64 {
    let to_saturday = 6 - i64::from(civil.weekday().to_sunday_zero_offset());
    if civil.month() == 12 && i64::from(civil.day()) + to_saturday > 31 {
        return 1;
    }
    week(civil.day_of_year().into(), civil.date())
}

/// Returns the week within the month or year in which `day` is the number of the day.
fn week(day: i64, date: Date) -> i64 {
    let from_sunday = i64::from(date.weekday().to_sunday_zero_offset());
    let before_first = (from_sunday - day + 1).rem_euclid(7);
    (day + before_first - 1) / 7 + 1
}

fn quarter(civil: DateTime, length: usize) -> String {
    let quarter = (civil.month() - 1) / 3 + 1;
    match length {
        3 => format!("Q{quarter}"),
        4 => {
            let ending = ["st", "nd", "rd", "th"][quarter as usize - 1];
            format!("{quarter}{ending} quarter")
        }
        5 => format!("{quarter}"),
        _ => format!("{quarter:0length$}"),
    }
}

/// Shortens the name of a month or day to the form for a number of letters.
fn shortened(name: &str, letters: usize) -> &str {
    match letters {
        4 => name,
        5 => &name[..1],
        6 => &name[..2],
        _ => &name[..3],
    }
}

/// Returns the name of the part of the day, standalone or for use in a sentence.
fn period(civil: DateTime, in_sentence: bool) -> &'static str {
    let [morning, afternoon, evening, night] = match in_sentence {
        true => [
            "in the morning",
            "in the afternoon",
            "in the evening",
            "at night",
        ],
        false => ["morning", "afternoon", "evening", "night"],
    };
    match (civil.hour(), civil.minute(), civil.second()) {
        (0, 0, 0) => "midnight",
        (12, 0, 0) => "noon",
        (0..12, ..) => morning,
        (12..18, ..) => afternoon,
        (18..21, ..) => evening,
        _ => night,
    }
}

/// Formats the fraction of a second with `length` digits.
fn fraction(civil: DateTime, length: usize) -> String {
    let mut digits = format!("{:06}", civil.subsec_nanosecond() / 1000);
    digits.truncate(length);
    format!("{digits:0<length$}")
}

/// Formats the zone, which is always UTC.
fn utc(letter: char, length: usize) -> &'static str {
    match (letter, length) {
        ('z', 4) => "Coordinated Universal Time",
        ('z', _) | ('V', 3) => "UTC",
        ('V', 2) => "Etc/UTC",
        ('v' | 'V', _) => "Unknown Region (UTC) Time",
        ('Z' | 'O', 4) => "GMT+00:00",
        ('Z', 5) | ('X', _) => "Z",
        ('x', 1) => "+00",
        ('x', 3 | 5) => "+00:00",
        _ => "+0000",
    }
}
