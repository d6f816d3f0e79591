//! Year, month and day, distinguished by value and order.

use jiff::civil::Date;

use super::error::ReadError;
use super::tokens::is_space;

/// A number in a date: digits, optionally with a decimal point between them.
#[derive(Clone, Copy)]
pub(super) struct Number<'t> {
    pub(super) text: &'t str,
    pub(super) whole: i64,
    fraction: &'t str,
}

impl<'t> Number<'t> {
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (text, ""),
        };
        if !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            text,
            whole: integer(whole).ok()?,
            fraction,
        })
    }

    fn is_whole(self) -> bool {
        self.fraction.bytes().all(|digit| digit == b'0')
    }

    pub(super) fn is_at_most(self, limit: i64) -> bool {
        self.whole < limit || self.whole == limit && self.is_whole()
    }

    /// Returns the fraction in sixtieths, such as the minutes of 10.5 hours.
    pub(super) fn sixtieths(self) -> Option<i64> {
        if self.is_whole() {
            return None;
        }
        // Further digits do not change the result.
        let digits = &self.fraction[..self.fraction.len().min(15)];
        let power = 10_i64.pow(u32::try_from(digits.len()).ok()?);
        Some(digits.parse::<i64>().ok()? * 60 / power)
    }
}

/// Parses digits, saturating at a value too large for any part of a date.
pub(super) fn integer(digits: &str) -> Result<i64, ReadError> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ReadError::NotADate);
    }
    Ok(digits.parse().unwrap_or(i64::MAX))
}

/// Expands a two-digit year to the one within 50 years of this year.
pub(super) fn full_year(year: i64, this_year: i64) -> i64 {
    if year >= 100 {
        return year;
    }
    let year = year + this_year / 100 * 100;
    if year >= this_year + 50 {
        year - 100
    } else if year < this_year - 50 {
        year + 100
    } else {
        year
    }
}

/// Number of days of a month, in any year.
pub(super) fn days_in_month(year: i64, month: i64) -> Option<i64> {
    // The calendar repeats every 400 years.
    let year = i16::try_from(2000 + year.rem_euclid(400)).ok()?;
    let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
    Some(first.days_in_month().into())
}

/// Parts of a date in source order.
#[derive(Default)]
pub(super) struct DayParts {
    values: Vec<i64>,
    year_at: Option<usize>,
    month_at: Option<usize>,
    has_full_year: bool,
}

/// A date; any part may be missing.
#[derive(Clone, Copy, Default)]
pub(super) struct Day {
    pub(super) year: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
}

impl DayParts {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds a part that can only be a year, a month or a day. Three digits or more are a year.
    pub(super) fn push_digits(&mut self, digits: &str) -> Result<(), ReadError> {
        let value = integer(digits)?;
        if digits.len() > 2 {
            return self.push_full_year(value);
        }
        self.values.push(value);
        Ok(())
    }

    /// Adds a separate number. It is a year by its value, regardless of its digits.
    pub(super) fn push_number(&mut self, number: Number<'_>) -> Result<(), ReadError> {
        if !number.is_at_most(100) {
            return self.push_full_year(number.whole);
        }
        self.values.push(number.whole);
        Ok(())
    }

    pub(super) fn push_full_year(&mut self, year: i64) -> Result<(), ReadError> {
        self.has_full_year = true;
        set_once(&mut self.year_at, self.values.len())?;
        self.values.push(year);
        Ok(())
    }

    pub(super) fn push_month(&mut self, month: i64) -> Result<(), ReadError> {
        set_once(&mut self.month_at, self.values.len())?;
        self.values.push(month);
        Ok(())
    }

    /// Whether a number can be the day, given the known parts.
    pub(super) fn could_be_day(&self, number: Number<'_>) -> bool {
        let last = match (self.month_at, self.year_at) {
            (None, _) => Some(31),
            (Some(month), None) => days_in_month(2000, self.values[month]),
            (Some(month), Some(year)) => days_in_month(self.values[year], self.values[month]),
        };
        number.whole >= 1 && last.is_some_and(|last| number.is_at_most(last))
    }

    /// Determines the date, expanding a two-digit year.
    pub(super) fn day(&self, this_year: i64) -> Result<Day, ReadError> {
        let mut day = self.guess()?;
        if !self.has_full_year {
            day.year = day.year.map(|year| full_year(year, this_year));
        }
        Ok(day)
    }

    fn guess(&self) -> Result<Day, ReadError> {
        match self.values[..] {
            [] => Ok(Day::default()),
            [value] => Ok(match (self.year_at, self.month_at) {
                (Some(_), _) => Day::year(value),
                (_, Some(_)) => Day::month(value),
                (None, None) => Day::year_or_day(value),
            }),
            [first, second] => Ok(self.guess_two(first, second)),
            [first, second, third] => Ok(self.guess_three(first, second, third)),
            _ => Err(ReadError::NotADate),
        }
    }

    fn guess_two(&self, first: i64, second: i64) -> Day {
        let (year, month, day) = match (self.month_at, self.year_at) {
            (Some(0), Some(_)) => (Some(second), first, None),
            (Some(_), Some(_)) => (Some(first), second, None),
            (Some(0), None) => return Day::year_or_day(second).with_month(first),
            (Some(_), None) => return Day::year_or_day(first).with_month(second),
            (None, _) if first > 31 => (Some(first), second, None),
            (None, _) if second > 31 => (Some(second), first, None),
            (None, _) => (None, first, Some(second)),
        };
        Day {
            year,
            month: Some(month),
            day,
        }
    }

    fn guess_three(&self, first: i64, second: i64, third: i64) -> Day {
        let (year, month, day) = match (self.month_at, self.year_at) {
            (Some(month), Some(year)) => {
                let values = [first, second, third];
                (values[year], values[month], values[3 - year - month])
            }
            (Some(0), None) if second > 31 => (second, first, third),
            (Some(0), None) => (third, first, second),
            (Some(1), None) if first > 31 => (first, second, third),
            (Some(1), None) => (third, second, first),
            (Some(_), None) if second > 31 => (second, third, first),
            (Some(_), None) => (first, third, second),
            (None, year_at) if first > 31 || year_at == Some(0) => (first, second, third),
            // Only a day can exceed 12; if both are possible, the month comes first.
            (None, _) if first > 12 => (third, second, first),
            (None, _) => (third, first, second),
        };
        Day {
            year: Some(year),
            month: Some(month),
            day: Some(day),
        }
    }
}

impl Day {
    fn year(year: i64) -> Self {
        Self {
            year: Some(year),
            ..Self::default()
        }
    }

    fn month(month: i64) -> Self {
        Self::default().with_month(month)
    }

    fn year_or_day(value: i64) -> Self {
        if value > 31 {
            return Self::year(value);
        }
        Self {
            day: Some(value),
            ..Self::default()
        }
    }

    fn with_month(self, month: i64) -> Self {
        Self {
            month: Some(month),
            ..self
        }
    }
}

fn set_once(slot: &mut Option<usize>, index: usize) -> Result<(), ReadError> {
    match slot.replace(index) {
        None => Ok(()),
        Some(_) => Err(ReadError::NotADate),
    }
}

/// Parses a number as Python's `float` does, with surrounding white space and underscores between
/// digits.
pub(super) fn float(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let underscores = (0..bytes.len()).filter(|at| bytes[*at] == b'_');
    for at in underscores {
        if !is_digit(at.checked_sub(1)) || !is_digit(Some(at + 1)) {
            return None;
        }
    }
    text.replace('_', "").parse().ok()
}
