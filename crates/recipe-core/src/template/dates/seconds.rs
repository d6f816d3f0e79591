//! Conversion of the input of the filters `date` and `datetime`: numbers are Unix time in seconds.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::calendar::float;
use super::error::ReadError;
use super::read::read;
use super::{EPOCH, Moment, Zone, shifted};

/// Unix times whose year fits in 32 bits.
const SECONDS: RangeInclusive<i64> = -67_768_040_609_740_800..=67_768_036_191_676_799;

impl Moment {
    /// Parses an input of `date`: `now`, `today`, digits as Unix time in seconds, or a date.
    ///
    /// Missing parts are taken from `now`, whose zone is the local one.
    pub(in crate::template) fn read(text: &str, now: &ZonedDateTime) -> Result<Self, ReadError> {
        if is_now(text) {
            return Ok(Self {
                civil: now.datetime(),
                zone: Zone::Naive(now.time_zone().clone()),
            });
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            let seconds = text.parse().map_err(|_| ReadError::OutOfRange)?;
            return Self::from_seconds(seconds, now).map_err(|_| ReadError::OutOfRange);
        }
        read(text, now)
    }

    /// Converts Unix time to local time. A number too large for any date is not one.
    pub(in crate::template) fn from_seconds(
        seconds: i64,
        now: &ZonedDateTime,
    ) -> Result<Self, ReadError> {
        if !SECONDS.contains(&seconds) {
            return Err(ReadError::NotADate);
        }
        let zone = now.time_zone();
        let instant = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        let offset = i64::from(zone.to_offset(instant).seconds());
        Ok(Self {
            civil: shifted(EPOCH, seconds.saturating_add(offset))?,
            zone: Zone::Naive(zone.clone()),
        })
    }

    /// Parses an input of `datetime`: like [`read`](Self::read), but a number may have a sign and a
    /// fraction, and a time without a zone is in UTC.
    pub(in crate::template) fn read_in_utc(
        text: &str,
        now: &ZonedDateTime,
    ) -> Result<Self, ReadError> {
        if is_now(text) {
            let offset = i64::from(now.offset().seconds());
            return Ok(Self {
                civil: shifted(now.datetime(), -offset)?,
                zone: Zone::utc(),
            });
        }
        match float(text) {
            Some(seconds) => Self::from_seconds_in_utc(seconds),
            None => read(text, now),
        }
    }

    /// Converts Unix time to UTC, rounded to microseconds.
    pub(in crate::template) fn from_seconds_in_utc(seconds: f64) -> Result<Self, ReadError> {
        if !seconds.is_finite() {
            return Err(ReadError::OutOfRange);
        }
        let microseconds = (seconds.fract() * 1e6).round_ties_even() as i64;
        // The cast saturates to a value that is out of range.
        let whole = SignedDuration::from_secs(seconds.trunc() as i64);
        let civil = EPOCH
            .checked_add(whole.saturating_add(SignedDuration::from_micros(microseconds)))
            .ok()
            .filter(|civil| civil.year() >= 1)
            .ok_or(ReadError::OutOfRange)?;
        Ok(Self {
            civil,
            zone: Zone::utc(),
        })
    }
}

fn is_now(text: &str) -> bool {
    matches!(text, "now" | "today")
}
