//! Time and zone of a date, and its conversion to a moment.

use jiff::ZonedDateTime;
use jiff::civil::{DateTime, Weekday};

use super::calendar::{Day, Number, days_in_month, integer};
use super::error::ReadError;
use super::local::LocalZone;
use super::{Moment, Zone, shifted, words};

/// Maximum UTC offset in seconds of the reference: 999,999,999 days.
const MAX_UTC_OFFSET: i64 = 999_999_999 * 24 * 60 * 60;

/// Weekday, time and zone of a date; any part may be missing.
#[derive(Default)]
pub(super) struct TimeParts {
    pub(super) weekday: Option<Weekday>,
    pub(super) hour: Option<i64>,
    pub(super) minute: Option<i64>,
    pub(super) second: Option<i64>,
    pub(super) microsecond: Option<i64>,
    pub(super) zone: Option<String>,
    pub(super) offset: Option<i64>,
}

impl TimeParts {
    pub(super) fn set_minutes(&mut self, minutes: Number<'_>) {
        self.minute = Some(minutes.whole);
        self.second = minutes.sixtieths();
    }

    /// Sets the seconds, with up to six decimal places; further ones are dropped.
    pub(super) fn set_seconds(&mut self, text: &str) -> Result<(), ReadError> {
        let (second, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ReadError::NotADate);
        }
        self.second = Some(integer(second)?);
        let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
        self.microsecond = Some(integer(&digits)?);
        Ok(())
    }

    /// Converts to a moment; missing parts of the day are today's.
    pub(super) fn moment(self, day: Day, now: &ZonedDateTime) -> Result<Moment, ReadError> {
        let numbers = [
            day.year,
            day.month,
            day.day,
            self.hour,
            self.minute,
            self.second,
        ];
        if self.weekday.is_none() && numbers.iter().all(Option::is_none) {
            return Err(ReadError::NotADate);
        }
        let civil = self.civil(day, now)?;
        let zone = self.zone(civil, now)?;
        Ok(Moment { civil, zone })
    }

    fn civil(&self, day: Day, now: &ZonedDateTime) -> Result<DateTime, ReadError> {
        let year = day.year.unwrap_or(now.year().into());
        let month = day.month.unwrap_or(now.month().into());
        let date = match day.day {
            Some(date) => date,
            // Today's day, or the last one of a shorter month.
            None => {
                let last = days_in_month(year, month).ok_or(ReadError::NotADate)?;
                last.min(now.day().into())
            }
        };
        let time = [self.hour, self.minute, self.second].map(|part| part.unwrap_or(0));
        let [hour, minute, second] = time;
        let numbers = [year, month, date, hour, minute, second];
        if numbers.iter().any(|number| *number > i32::MAX.into()) {
            return Err(ReadError::OutOfRange);
        }
        let nanosecond = self.microsecond.unwrap_or(0) * 1000;
        let civil = date_time(numbers, nanosecond).ok_or(ReadError::NotADate)?;
        match self.weekday {
            Some(weekday) if day.day.is_none() => shifted(
                civil,
                i64::from(weekday.since(civil.weekday())) * 24 * 60 * 60,
            ),
            _ => Ok(civil),
        }
    }

    fn zone(self, civil: DateTime, now: &ZonedDateTime) -> Result<Zone, ReadError> {
        let (name, offset) = match (self.zone.as_deref(), self.offset) {
            (None, None) => return Ok(Zone::Naive(now.time_zone().clone())),
            (None | Some("Z" | "z"), Some(0)) | (Some("Z" | "z"), _) => (Some("UTC"), Some(0)),
            (Some(name), _) if words::is_utc(name) => (Some(name), Some(0)),
            found => found,
        };
        let local = name.and_then(|name| Some((name, LocalZone::new(now).named(name, civil)?)));
        Ok(match (local, offset) {
            // During local summer time, `GMT` does not mean the local zone.
            (Some((name, zone)), _) if words::is_utc(name) && !zone.is_called(name) => Zone::utc(),
            (Some((_, zone)), _) => zone,
            (None, Some(0)) => Zone::utc(),
            (None, Some(seconds)) if seconds.abs() > MAX_UTC_OFFSET => {
                return Err(ReadError::OutOfRange);
            }
            (None, Some(seconds)) => Zone::Offset {
                seconds,
                name: name.map(str::to_owned),
            },
            // An unknown zone name.
            (None, None) => Zone::Naive(now.time_zone().clone()),
        })
    }
}

fn date_time(numbers: [i64; 6], nanosecond: i64) -> Option<DateTime> {
    let [year, month, day, hour, minute, second] = numbers;
    if year < 1 {
        return None;
    }
    DateTime::new(
        i16::try_from(year).ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
        hour.try_into().ok()?,
        minute.try_into().ok()?,
        second.try_into().ok()?,
        nanosecond.try_into().ok()?,
    )
    .ok()
}
