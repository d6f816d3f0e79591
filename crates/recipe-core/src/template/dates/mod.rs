//! Parsing and formatting of dates, compatible with python-liquid 2.3.6, python-dateutil 4.0.0,
//! Babel 2.19.0 and the GNU C library.
//!
//! A string is parsed as a [`Moment`], which is formatted with a strftime [format](write) or a
//! [pattern](write_pattern) of letters. The clock and the local zone are passed in as `now`.
//!
//! `tests/conformance/dates.json` has the reference's results for thousands of strings and formats.
//! Deliberate differences:
//!
//! - `%s` counts from the moment with its offset. The reference treats the time as local.
//! - `%Z` and `%z` with a flag or width, as in `%^Z`, use the offset of the moment as well.
//! - Digits that are not ASCII are rejected.
//! - A string of more than 1000 bytes is not a date.
//! - A width for which the reference gives up and writes nothing is an error, and so is the field
//!   `O`, for which it writes the word None.
//! - The filter `datetime` writes American English in UTC. The reference can be configured.

mod calendar;
mod error;
mod local;
mod pattern;
mod read;
mod seconds;
#[cfg(test)]
mod tests;
mod time_parts;
mod tokens;
mod words;
mod write;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub(super) use error::ReadError;
pub(super) use pattern::write_pattern;
pub(super) use write::write;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A date and time with its zone, if given.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    civil: DateTime,
    zone: Zone,
}

#[derive(Clone, Debug)]
enum Zone {
    /// No zone was given. The local one is used for conversions and never printed.
    Naive(TimeZone),
    Offset {
        /// Seconds east of Greenwich. A string can give more than a day, which no zone has.
        seconds: i64,
        name: Option<String>,
    },
}

impl Zone {
    fn utc() -> Self {
        Self::Offset {
            seconds: 0,
            name: Some("UTC".to_owned()),
        }
    }

    fn is_called(&self, wanted: &str) -> bool {
        matches!(self, Self::Offset { name: Some(name), .. } if name == wanted)
    }
}

impl Moment {
    /// Returns the Unix time in seconds.
    fn unix_seconds(&self) -> i64 {
        let civil_seconds = civil_seconds(self.civil);
        match &self.zone {
            Zone::Offset { seconds, .. } => civil_seconds.saturating_sub(*seconds),
            Zone::Naive(local) => match local.to_timestamp(self.civil) {
                Ok(instant) => instant.as_millisecond().div_euclid(1000),
                // The last day of the year 9999 is past the last timestamp.
                Err(_) => civil_seconds - i64::from(local.to_offset(Timestamp::MAX).seconds()),
            },
        }
    }

    /// Converts to UTC; a time without a zone counts as UTC.
    fn in_utc(&self) -> Result<DateTime, ReadError> {
        let offset = match &self.zone {
            Zone::Naive(_) => 0,
            Zone::Offset { seconds, .. } if is_offset(*seconds) => *seconds,
            Zone::Offset { .. } => return Err(ReadError::OutOfRange),
        };
        shifted(self.civil, -offset)
    }
}

/// Whether a number of seconds is a valid UTC offset.
fn is_offset(seconds: i64) -> bool {
    seconds.abs() < 24 * 60 * 60
}

/// Returns the Unix time of a date and time taken as UTC.
fn civil_seconds(civil: DateTime) -> i64 {
    let duration = civil.duration_since(EPOCH);
    duration.as_secs() - i64::from(duration.subsec_nanos() < 0)
}

/// Adds seconds to a date and time; the result must be in the years 1 to 9999.
fn shifted(civil: DateTime, seconds: i64) -> Result<DateTime, ReadError> {
    civil
        .checked_add(SignedDuration::from_secs(seconds))
        .ok()
        .filter(|civil| civil.year() >= 1)
        .ok_or(ReadError::OutOfRange)
}
