//! Texts read as dates, token by token, as python-dateutil does it.

use std::borrow::Cow;

use jiff::ZonedDateTime;

use super::Moment;
use super::calendar::{DayParts, Number, full_year, integer};
use super::found::Found;
use super::tokens::tokens;
use super::words::{self, Unit};

/// The longest text that is read, which is more than any date takes.
const LONGEST: usize = 1000;

/// The reason why a text or a number is not read as a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::template) enum ReadError {
    /// The text has something else in it, or a day that there is not.
    #[error("text is not a date")]
    NotADate,
    /// The text has the form of a date, but is past what a date can be.
    #[error("date out of range: the years are 1 to 9999")]
    OutOfRange,
}

/// Reads a text in which year, month, day, time and zone stand in any of the usual forms. What it does not say is taken
/// from `now`, in the zone of which it is.
pub(super) fn read(text: &str, now: &ZonedDateTime) -> Result<Moment, ReadError> {
    if text.len() > LONGEST {
        return Err(ReadError::NotADate);
    }
    let text = text.replace('\0', "");
    let tokens = tokens(&text);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        this_year: now.year().into(),
        day: DayParts::default(),
        found: Found::default(),
        sign_is_turned: false,
    };
    while let Some(token) = reader.peek(0) {
        reader.read_token(token)?;
    }
    let day = reader.day.day(reader.this_year)?;
    reader.found.moment(day, now)
}

struct Reader<'t> {
    tokens: &'t [Cow<'t, str>],
    at: usize,
    this_year: i64,
    day: DayParts,
    found: Found,
    /// In `GMT+3` the sign means the opposite of what it means without the name.
    sign_is_turned: bool,
}

impl<'t> Reader<'t> {
    fn peek(&self, ahead: usize) -> Option<&'t str> {
        Some(self.tokens.get(self.at + ahead)?)
    }

    /// A token that the form needs.
    fn need(&self, ahead: usize) -> Result<&'t str, ReadError> {
        self.peek(ahead).ok_or(ReadError::NotADate)
    }

    fn read_token(&mut self, token: &'t str) -> Result<(), ReadError> {
        if let Some(number) = Number::parse(token) {
            return self.read_number(number);
        }
        if let Some(weekday) = words::weekday(token) {
            self.found.weekday = Some(weekday);
        } else if let Some(month) = words::month(token) {
            return self.read_month(month);
        } else if let Some(half) = words::half(token) {
            match self.found.hour {
                Some(hour @ 0..=12) => self.found.hour = Some(half.hour(hour)),
                _ => return Err(ReadError::NotADate),
            }
        } else if self.expects_zone() && words::is_zone_name(token) {
            self.read_zone_name(token);
        } else if self.found.hour.is_some() && matches!(token, "+" | "-") {
            return self.read_offset(token);
        } else if !words::is_filler(token) {
            return Err(ReadError::NotADate);
        }
        self.at += 1;
        Ok(())
    }

    /// A month by its name, and the numbers that are joined to it, as in `Jan-15-2024` and `Jan of 24`.
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
            Some(" ") if self.is_of_behind() => {
                // Whatever it is, nothing else is made of it.
                if let Ok(year) = integer(self.need(4)?) {
                    self.day.push_full_year(full_year(year, self.this_year))?;
                }
                self.at += 5;
            }
            _ => self.at += 1,
        }
        Ok(())
    }

    fn is_of_behind(&self) -> bool {
        let of = self.peek(2).is_some_and(|t| t.eq_ignore_ascii_case("of"));
        of && self.peek(3) == Some(" ") && self.peek(4).is_some()
    }

    fn read_number(&mut self, number: Number<'t>) -> Result<(), ReadError> {
        let digits = number.text;
        let next = self.peek(1);
        let is_time_behind_date = self.day.len() == 3
            && matches!(digits.len(), 2 | 4)
            && self.found.hour.is_none()
            && next.is_none_or(|next| next != ":" && words::unit(next).is_none());
        if is_time_behind_date {
            self.found.hour = Some(integer(&digits[..2])?);
            if digits.len() == 4 {
                self.found.minute = Some(integer(&digits[2..])?);
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
                    self.found.hour = Some(half.hour(number.whole));
                    self.at += 1;
                }
                None => self.day.push_number(number)?,
            }
            self.at += 1;
        } else if let Some(half) = next.and_then(words::half).filter(|_| number.whole < 24) {
            self.found.hour = Some(half.hour(number.whole));
            self.at += 1;
        } else if self.day.could_be_day(number) {
            self.day.push_number(number)?;
        } else {
            return Err(ReadError::NotADate);
        }
        self.at += 1;
        Ok(())
    }

    /// `240305`, or `103015` behind a date, with or without a fraction.
    fn read_six_digits(&mut self, digits: &str) -> Result<(), ReadError> {
        if self.day.len() == 0 && !digits.contains('.') {
            self.day.push_digits(&digits[..2])?;
            self.day.push_digits(&digits[2..4])?;
            return self.day.push_digits(&digits[4..]);
        }
        self.found.hour = Some(integer(&digits[..2])?);
        self.found.minute = Some(integer(&digits[2..4])?);
        self.found.set_seconds(&digits[4..])
    }

    /// `20240305`, `202403051030` and `20240305103015`.
    fn read_joined(&mut self, digits: &str) -> Result<(), ReadError> {
        self.day.push_digits(&digits[..4])?;
        self.day.push_digits(&digits[4..6])?;
        self.day.push_digits(&digits[6..8])?;
        if digits.len() > 8 {
            self.found.hour = Some(integer(&digits[8..10])?);
            self.found.minute = Some(integer(&digits[10..12])?);
        }
        if digits.len() > 12 {
            self.found.second = Some(integer(&digits[12..])?);
        }
        Ok(())
    }

    /// The unit of the number here, and the last token that belongs to it: its own behind it, or else the one that comes
    /// after the unit before it.
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
                self.found.hour = Some(number.whole);
                self.found.minute = number.sixtieths().or(self.found.minute);
            }
            Some(Unit::Minute) => self.found.set_minutes(number),
            Some(Unit::Second) => self.found.set_seconds(number.text)?,
            None => {}
        }
        Ok(())
    }

    /// `10:30`, `10:30:15` and `10:30:15.5`.
    fn read_clock(&mut self, hour: Number<'_>) -> Result<(), ReadError> {
        self.found.hour = Some(hour.whole);
        let minutes = Number::parse(self.need(2)?).ok_or(ReadError::NotADate)?;
        self.found.set_minutes(minutes);
        self.at += 3;
        if let (Some(":"), Some(seconds)) = (self.peek(0), self.peek(1)) {
            self.found.set_seconds(seconds)?;
            self.at += 2;
        }
        Ok(())
    }

    /// Two or three parts of a date with the same mark between them.
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

    /// Whether there is a time and no zone yet.
    fn expects_zone(&self) -> bool {
        self.found.hour.is_some() && self.found.zone.is_none() && self.found.offset.is_none()
    }

    fn read_zone_name(&mut self, name: &str) {
        self.found.zone = Some(name.to_owned());
        if name == "z" {
            self.found.offset = Some(0);
        }
        if matches!(self.peek(1), Some("+" | "-")) {
            self.sign_is_turned = true;
            self.found.offset = None;
            if words::is_utc(name) {
                self.found.zone = None;
            }
        }
    }

    /// `+0100`, `+01:00` and `+1`, with or without a name in parentheses behind it.
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
        let is_west = (sign == "-") != self.sign_is_turned;
        self.sign_is_turned = false;
        self.found.offset = Some(if is_west { -seconds } else { seconds });
        self.at += 2;
        if let (Some(filler), Some("("), Some(name), Some(")")) =
            (self.peek(0), self.peek(1), self.peek(2), self.peek(3))
        {
            let can_be_name = name.len() >= 3 && words::is_zone_name(name);
            if words::is_filler(filler) && can_be_name && self.found.zone.is_none() {
                self.found.zone = Some(name.to_owned());
                self.at += 4;
            }
        }
        Ok(())
    }
}
