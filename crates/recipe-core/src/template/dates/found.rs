//! The parts of a date put together.

use jiff::ZonedDateTime;
use jiff::civil::{DateTime, Weekday};

use super::calendar::{Day, Number, days_in_month, integer};
use super::local::LocalZone;
use super::read::ReadError;
use super::{Moment, Zone, shifted, words};

/// The seconds from UTC that the reference can hold, a thousand million days.
const FARTHEST: i64 = 999_999_999 * 24 * 60 * 60;

/// The parts of a text besides the day, as far as it has them.
#[derive(Default)]
pub(super) struct Found {
    pub(super) weekday: Option<Weekday>,
    pub(super) hour: Option<i64>,
    pub(super) minute: Option<i64>,
    pub(super) second: Option<i64>,
    pub(super) microsecond: Option<i64>,
    pub(super) zone: Option<String>,
    pub(super) offset: Option<i64>,
}

impl Found {
    pub(super) fn set_minutes(&mut self, minutes: Number<'_>) {
        self.minute = Some(minutes.whole);
        self.second = minutes.sixtieths();
    }

    /// Seconds with up to six decimal places; what is behind them is dropped.
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

    /// The moment, of which the parts that are missing are those of today.
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
            // The day of today, or the last one of a month that does not have it.
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
        let civil = civil_of(numbers, nanosecond).ok_or(ReadError::NotADate)?;
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
            (None, None) => return Ok(Zone::Unsaid(now.time_zone().clone())),
            (None | Some("Z" | "z"), Some(0)) | (Some("Z" | "z"), _) => (Some("UTC"), Some(0)),
            (Some(name), _) if words::is_utc(name) => (Some(name), Some(0)),
            found => found,
        };
        let local = name.and_then(|name| Some((name, LocalZone::of(now).named(name, civil)?)));
        Ok(match (local, offset) {
            // Where it is summer time, a text that says GMT does not mean the local zone.
            (Some((name, zone)), _) if words::is_utc(name) && !zone.is_called(name) => Zone::utc(),
            (Some((_, zone)), _) => zone,
            (None, Some(0)) => Zone::utc(),
            (None, Some(seconds)) if seconds.abs() > FARTHEST => return Err(ReadError::OutOfRange),
            (None, Some(seconds)) => Zone::Offset {
                seconds,
                name: name.map(str::to_owned),
            },
            // The name of a zone that is not known here.
            (None, None) => Zone::Unsaid(now.time_zone().clone()),
        })
    }
}

fn civil_of(numbers: [i64; 6], nanosecond: i64) -> Option<DateTime> {
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
