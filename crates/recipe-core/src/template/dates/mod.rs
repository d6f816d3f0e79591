//! Dates in templates, read and written as python-liquid 2.3.6 does it with python-dateutil 4.0.0, Babel 2.19.0 and the GNU
//! C library.
//!
//! A text is read as a [`Moment`], which is written by a strftime [format](write) or a [pattern](write_pattern) of letters.
//! Nothing here looks at the clock or at the zone of the machine: both come in as `now`.
//!
//! `tests/conformance/dates.json` has what the reference makes of some thousand texts and formats. Where we differ, it is on
//! purpose:
//!
//! - `%s` counts from the moment that the text means, with its offset. The reference takes the hours for local ones.
//! - `%Z` and `%z` with a flag or width, as in `%^Z`, are those of the moment as well.
//! - Digits that are not ASCII are not read.
//! - A text of more than 1000 bytes is not a date.
//! - A width for which the reference gives up and writes nothing is an error, and so is the field `O`, for which it writes
//!   the word None.
//! - The filter `datetime` writes American English in UTC. The reference looks for variables that say otherwise.

mod calendar;
mod found;
mod local;
mod pattern;
mod read;
mod seconds;
#[cfg(test)]
mod tests;
mod tokens;
mod words;
mod write;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub(super) use pattern::write_pattern;
pub(super) use read::ReadError;
pub(super) use write::write;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A date with a time of day, and what is known of its zone.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    civil: DateTime,
    zone: Zone,
}

#[derive(Clone, Debug)]
enum Zone {
    /// Nothing was said of a zone. It is the local one where it has to be known, and is never written.
    Unsaid(TimeZone),
    Offset {
        /// Seconds east of Greenwich. A text can state more than a day, which no zone has.
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
    /// The seconds from 1970 until this moment.
    fn unix_seconds(&self) -> i64 {
        let civil_seconds = civil_seconds(self.civil);
        match &self.zone {
            Zone::Offset { seconds, .. } => civil_seconds.saturating_sub(*seconds),
            Zone::Unsaid(local) => match local.to_timestamp(self.civil) {
                Ok(instant) => instant.as_millisecond().div_euclid(1000),
                // The last day of the year 9999, which is past the last timestamp.
                Err(_) => civil_seconds - i64::from(local.to_offset(Timestamp::MAX).seconds()),
            },
        }
    }

    /// The same moment by the clock of UTC, as which a time without a zone counts.
    fn in_utc(&self) -> Result<DateTime, ReadError> {
        let offset = match &self.zone {
            Zone::Unsaid(_) => 0,
            Zone::Offset { seconds, .. } if is_offset(*seconds) => *seconds,
            Zone::Offset { .. } => return Err(ReadError::OutOfRange),
        };
        shifted(self.civil, -offset)
    }
}

/// Whether a zone can be so many seconds from Greenwich.
fn is_offset(seconds: i64) -> bool {
    seconds.abs() < 24 * 60 * 60
}

/// The seconds from 1970 until a date and time, as if it were UTC.
fn civil_seconds(civil: DateTime) -> i64 {
    let duration = civil.duration_since(EPOCH);
    duration.as_secs() - i64::from(duration.subsec_nanos() < 0)
}

/// A date and time a number of seconds later, where that is in the years 1 to 9999.
fn shifted(civil: DateTime, seconds: i64) -> Result<DateTime, ReadError> {
    civil
        .checked_add(SignedDuration::from_secs(seconds))
        .ok()
        .filter(|civil| civil.year() >= 1)
        .ok_or(ReadError::OutOfRange)
}
