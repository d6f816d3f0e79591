//! Parser of dates, token by token, as in python-dateutil.

use std::borrow::Cow;

use jiff::ZonedDateTime;

use super::Moment;
use super::calendar::{DayParts, Number, full_year, integer};
use super::error::ReadError;
use super::time_parts::TimeParts;
use super::tokens::tokenize;
use super::words::{self, Unit};

/// Maximum length of a date in bytes.
const MAX_LENGTH: usize = 1000;

/// Parses year, month, day, time and zone in any common form. Missing parts are taken from `now`,
/// in its zone.
pub(super) fn read(text: &str, now: &ZonedDateTime) -> Result<Moment, ReadError> {
    if text.len() > MAX_LENGTH {
        return Err(ReadError::NotADate);
    }
    let text = text.replace('\0', "");
    let tokens = tokenize(&text);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        this_year: now.year().into(),
        day: DayParts::default(),
        time: TimeParts::default(),
        sign_is_inverted: false,
    };
    while let Some(token) = reader.peek(0) {
        reader.read_token(token)?;
    }
    let day = reader.day.day(reader.this_year)?;
    reader.time.moment(day, now)
}

struct Reader<'t> {
    tokens: &'t [Cow<'t, str>],
    at: usize,
    this_year: i64,
    day: DayParts,
    time: TimeParts,
    /// In `GMT+3`, the sign has the opposite meaning.
    sign_is_inverted: bool,
}

impl<'t> Reader<'t> {
    fn peek(&self, ahead: usize) -> Option<&'t str> {
        Some(self.tokens.get(self.at + ahead)?)
    }

    /// Returns a required token.
    fn need(&self, ahead: usize) -> Result<&'t str, ReadError> {
        self.peek(ahead).ok_or(ReadError::NotADate)
    }

    fn read_token(&mut self, token: &'t str) -> Result<(), ReadError> {
        if let Some(number) = Number::parse(token) {
            return self.read_number(number);
        }
        if let Some(weekday) = words::weekday(token) {
            self.time.weekday = Some(weekday);
        } else if let Some(month) = words::month(token) {
            return self.read_month(month);
        } else if let Some(half) = words::half(token) {
            match self.time.hour {
                Some(hour @ 0..=12) => self.time.hour = Some(half.hour(hour)),
                _ => return Err(ReadError::NotADate),
            }
        } else if self.expects_zone() && words::is_zone_name(token) {
            self.read_zone_name(token);
        } else if self.time.hour.is_some() && matches!(token, "+" | "-") {
            return self.read_offset(token);
        } else if !words::is_filler(token) {
            return Err(ReadError::NotADate);
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a month by name and the numbers joined to it, as in `Jan-15-2024` and `Jan of 24`.
    fn read_month(&mut self, month: i64) -> Result<(), ReadError> {
        self.day.push_month(month)?;
        match self.peek(1) {
            Some(mark @ ("-" | "/")) => {
                self.day.push_digits(self.need(2)?)?;
                self.at += 3;
                if self.peek(0) == Some(mark) {
                    self.day.push_digits(self.need(1)?)?;
                    self.at += 2;
                }
            }
            Some(" ") if self.is_followed_by_of() => {
                // A value that is not a year is ignored.
                if let Ok(year) = integer(self.need(4)?) {
                    self.day.push_full_year(full_year(year, self.this_year))?;
                }
                self.at += 5;
            }
            _ => self.at += 1,
        }
        Ok(())
    }

    fn is_followed_by_of(&self) -> bool {
        let of = self.peek(2).is_some_and(|t| t.eq_ignore_ascii_case("of"));
        of && self.peek(3) == Some(" ") && self.peek(4).is_some()
    }

    fn read_number(&mut self, number: Number<'t>) -> Result<(), ReadError> {
        let digits = number.text;
        let next = self.peek(1);
        let is_time_after_date = self.day.len() == 3
            && matches!(digits.len(), 2 | 4)
            && self.time.hour.is_none()
            && next.is_none_or(|next| next != ":" && words::unit(next).is_none());
        if is_time_after_date {
            self.time.hour = Some(integer(&digits[..2])?);
            if digits.len() == 4 {
                self.time.minute = Some(integer(&digits[2..])?);
            }
        } else if digits.len() == 6 || digits.len() > 6 && digits.find('.') == Some(6) {
            self.read_six_digits(digits)?;
        } else if matches!(digits.len(), 8 | 12 | 14) {
            self.read_joined(digits)?;
        } else if let Some((unit, last)) = self.unit_of_number() {
            self.read_with_unit(number, unit)?;
            self.at = last;
        } else if next == Some(":") && self.peek(2).is_some() {
            return self.read_clock(number);
        } else if let Some(mark @ ("-" | "/" | ".")) = next {
            return self.read_joined_day(digits, mark);
        } else if next.is_none_or(words::is_filler) {
            match self.peek(2).and_then(words::half) {
                Some(half) => {
                    self.time.hour = Some(half.hour(number.whole));
                    self.at += 1;
                }
                None => self.day.push_number(number)?,
            }
            self.at += 1;
        } else if let Some(half) = next.and_then(words::half).filter(|_| number.whole < 24) {
            self.time.hour = Some(half.hour(number.whole));
            self.at += 1;
        } else if self.day.could_be_day(number) {
            self.day.push_number(number)?;
        } else {
            return Err(ReadError::NotADate);
        }
        self.at += 1;
        Ok(())
    }

    /// Reads `240305`, or `103015` after a date, with or without a fraction.
    fn read_six_digits(&mut self, digits: &str) -> Result<(), ReadError> {
        if self.day.len() == 0 && !digits.contains('.') {
            self.day.push_digits(&digits[..2])?;
            self.day.push_digits(&digits[2..4])?;
            return self.day.push_digits(&digits[4..]);
        }
        self.time.hour = Some(integer(&digits[..2])?);
        self.time.minute = Some(integer(&digits[2..4])?);
        self.time.set_seconds(&digits[4..])
    }

    /// Reads `20240305`, `202403051030` and `20240305103015`.
    fn read_joined(&mut self, digits: &str) -> Result<(), ReadError> {
        self.day.push_digits(&digits[..4])?;
        self.day.push_digits(&digits[4..6])?;
        self.day.push_digits(&digits[6..8])?;
        if digits.len() > 8 {
            self.time.hour = Some(integer(&digits[8..10])?);
            self.time.minute = Some(integer(&digits[10..12])?);
        }
        if digits.len() > 12 {
            self.time.second = Some(integer(&digits[12..])?);
        }
        Ok(())
    }

    /// Returns the unit of the current number and the index of its last token: the unit after it,
    /// or else the one that follows the unit before it.
    fn unit_of_number(&self) -> Option<(Option<Unit>, usize)> {
        let unit_at = |at: Option<usize>| words::unit(self.tokens.get(at?)?);
        let blank_at = |at: Option<usize>| at.is_some_and(|at| self.tokens[at] == " ");
        let (next, before) = (self.at + 1, self.at.checked_sub(1));
        if let Some(unit) = unit_at(Some(next)) {
            return Some((Some(unit), next));
        }
        if let Some(unit) = unit_at(Some(next + 1)).filter(|_| self.tokens[next] == " ") {
            return Some((Some(unit), next + 1));
        }
        if let Some(unit) = unit_at(before) {
            return Some((unit.next(), self.at));
        }
        let is_last = next == self.tokens.len();
        let unit = unit_at(self.at.checked_sub(2)).filter(|_| is_last && blank_at(before))?;
        Some((unit.next(), self.at))
    }

    fn read_with_unit(&mut self, number: Number<'_>, unit: Option<Unit>) -> Result<(), ReadError> {
        match unit {
            Some(Unit::Hour) => {
                self.time.hour = Some(number.whole);
                self.time.minute = number.sixtieths().or(self.time.minute);
            }
            Some(Unit::Minute) => self.time.set_minutes(number),
            Some(Unit::Second) => self.time.set_seconds(number.text)?,
            None => {}
        }
        Ok(())
    }

    /// Reads `10:30`, `10:30:15` and `10:30:15.5`.
    fn read_clock(&mut self, hour: Number<'_>) -> Result<(), ReadError> {
        self.time.hour = Some(hour.whole);
        let minutes = Number::parse(self.need(2)?).ok_or(ReadError::NotADate)?;
        self.time.set_minutes(minutes);
        self.at += 3;
        if let (Some(":"), Some(seconds)) = (self.peek(0), self.peek(1)) {
            self.time.set_seconds(seconds)?;
            self.at += 2;
        }
        Ok(())
    }

    /// Reads two or three parts of a date with the same separator between them.
    fn read_joined_day(&mut self, digits: &str, mark: &str) -> Result<(), ReadError> {
        self.day.push_digits(digits)?;
        self.at += 2;
        let Some(second) = self.peek(0).filter(|token| !words::is_filler(token)) else {
            return Ok(());
        };
        self.push_day_part(second)?;
        self.at += 1;
        if self.peek(0) == Some(mark) {
            self.push_day_part(self.need(1)?)?;
            self.at += 2;
        }
        Ok(())
    }

    fn push_day_part(&mut self, token: &str) -> Result<(), ReadError> {
        match words::month(token) {
            Some(month) => self.day.push_month(month),
            None => self.day.push_digits(token),
        }
    }

    /// Whether a time but no zone has been read.
    fn expects_zone(&self) -> bool {
        self.time.hour.is_some() && self.time.zone.is_none() && self.time.offset.is_none()
    }

    fn read_zone_name(&mut self, name: &str) {
        self.time.zone = Some(name.to_owned());
        if name == "z" {
            self.time.offset = Some(0);
        }
        if matches!(self.peek(1), Some("+" | "-")) {
            self.sign_is_inverted = true;
            self.time.offset = None;
            if words::is_utc(name) {
                self.time.zone = None;
            }
        }
    }

    /// Reads `+0100`, `+01:00` and `+1`, optionally followed by a name in parentheses.
    fn read_offset(&mut self, sign: &str) -> Result<(), ReadError> {
        let digits = self.need(1)?;
        let (hours, minutes) = if digits.len() == 4 {
            let (hours, minutes) = digits.split_at_checked(2).ok_or(ReadError::NotADate)?;
            (integer(hours)?, integer(minutes)?)
        } else if self.peek(2) == Some(":") {
            let parts = (integer(digits)?, integer(self.need(3)?)?);
            self.at += 2;
            parts
        } else if digits.len() <= 2 {
            (integer(digits)?, 0)
        } else {
            return Err(ReadError::NotADate);
        };
        let seconds = hours
            .saturating_mul(60)
            .saturating_add(minutes)
            .saturating_mul(60);
        let is_west = (sign == "-") != self.sign_is_inverted;
        self.sign_is_inverted = false;
        self.time.offset = Some(if is_west { -seconds } else { seconds });
        self.at += 2;
        if let (Some(filler), Some("("), Some(name), Some(")")) =
            (self.peek(0), self.peek(1), self.peek(2), self.peek(3))
        {
            let can_be_name = name.len() >= 3 && words::is_zone_name(name);
            if words::is_filler(filler) && can_be_name && self.time.zone.is_none() {
                self.time.zone = Some(name.to_owned());
                self.at += 4;
            }
        }
        Ok(())
    }
}
