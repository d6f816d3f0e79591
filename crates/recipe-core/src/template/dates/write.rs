//! Formatting with strftime, as Python does with the GNU C library in the C locale.

use super::words::{MONTHS, WEEKDAYS};
use super::{Moment, Zone, is_offset};

/// Error of formatting a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::template) enum WriteError {
    /// A width in the format is too large.
    #[error("invalid format: width too large")]
    TooWide,
    /// The UTC offset of the moment is a day or more.
    #[error("UTC offset out of range: must be under 24 hours")]
    Offset,
}

/// Formats a moment with strftime.
pub(in crate::template) fn write(moment: &Moment, format: &str) -> Result<String, WriteError> {
    Writer {
        moment,
        max_width: max_width(format),
        written: String::new(),
    }
    .write(format)
}

/// Maximum length of Python's output buffer.
fn max_width(format: &str) -> usize {
    (256 * format.chars().count()).next_power_of_two().max(1024) - 1
}

struct Writer<'m> {
    moment: &'m Moment,
    max_width: usize,
    written: String,
}

/// A directive: `%`, flags, width, modifier and letter.
#[derive(Clone, Copy, Default)]
struct Directive<'f> {
    /// The whole directive.
    text: &'f str,
    pad: Option<char>,
    upper: bool,
    swap: bool,
    width: usize,
    modifier: Option<char>,
    /// `None` at the end of the format.
    letter: Option<char>,
}

impl<'f> Directive<'f> {
    /// Parses the directive at the start of `text`, which starts with `%`.
    fn parse(text: &'f str) -> Self {
        let mut found = Self::default();
        let mut rest = &text[1..];
        while let Some(flag) = rest.chars().next() {
            match flag {
                '_' | '-' | '0' => found.pad = Some(flag),
                '^' => found.upper = true,
                '#' => found.swap = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit());
        let (width, after) = rest.split_at(digits.unwrap_or(rest.len()));
        if !width.is_empty() {
            found.width = width.parse().unwrap_or(usize::MAX);
        }
        rest = after;
        if let Some(modifier @ ('E' | 'O')) = rest.chars().next() {
            found.modifier = Some(modifier);
            rest = &rest[1..];
        }
        found.letter = rest.chars().next();
        let after = found.letter.map_or(0, char::len_utf8);
        found.text = &text[..text.len() - rest.len() + after];
        found
    }

    fn allows_modifier(&self) -> bool {
        match (self.modifier, self.letter) {
            (Some('E'), Some(letter)) => !"aAbBhdDeFgGHIjklmMSUVwW".contains(letter),
            (Some(_), Some(letter)) => !"aAcDFxXY".contains(letter),
            _ => true,
        }
    }
}

impl Writer<'_> {
    fn write(mut self, format: &str) -> Result<String, WriteError> {
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            let (plain, after) = rest.split_at(at);
            self.written.push_str(plain);
            let directive = Directive::parse(after);
            self.write_directive(&directive)?;
            rest = &after[directive.text.len()..];
        }
        self.written.push_str(rest);
        Ok(self.written)
    }

    fn write_directive(&mut self, directive: &Directive<'_>) -> Result<(), WriteError> {
        let civil = self.moment.civil;
        let (year, hour) = (i64::from(civil.year()), i64::from(civil.hour()));
        let week_date = civil.iso_week_date();
        let from_sunday = i64::from(civil.weekday().to_sunday_zero_offset());
        let from_monday = i64::from(civil.weekday().to_monday_zero_offset());
        let day_of_year = i64::from(civil.day_of_year());
        let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
        let weekday = WEEKDAYS[civil.weekday().to_monday_zero_offset() as usize];
        let month = MONTHS[civil.month() as usize - 1];
        let Some(letter) = directive.letter.filter(|_| directive.allows_modifier()) else {
            return self.pad(directive, directive.text);
        };
        match letter {
            'a' => self.name(directive, &weekday[..3]),
            'A' => self.name(directive, weekday),
            'b' | 'h' => self.name(directive, &month[..3]),
            'B' => self.name(directive, month),
            'c' => self.composed(directive, "%a %b %e %H:%M:%S %Y"),
            'C' => self.number(directive, 1, year / 100),
            'd' => self.number(directive, 2, civil.day().into()),
            'D' | 'x' => self.composed(directive, "%m/%d/%y"),
            'e' => self.spaced(directive, civil.day().into()),
            'f' if directive.text == "%f" => {
                let microsecond = civil.subsec_nanosecond() / 1000;
                self.pad(directive, &format!("{microsecond:06}"))
            }
            'F' => self.composed(directive, "%Y-%m-%d"),
            'g' => self.number(directive, 2, i64::from(week_date.year()).rem_euclid(100)),
            'G' => self.number(directive, 1, week_date.year().into()),
            'H' => self.number(directive, 2, hour),
            'I' => self.number(directive, 2, twelve),
            'j' => self.number(directive, 3, day_of_year),
            'k' => self.spaced(directive, hour),
            'l' => self.spaced(directive, twelve),
            'm' => self.number(directive, 2, civil.month().into()),
            'M' => self.number(directive, 2, civil.minute().into()),
            'n' => self.pad(directive, "\n"),
            'p' if !directive.swap => self.pad(directive, if hour < 12 { "AM" } else { "PM" }),
            'p' | 'P' => {
                let half = if hour < 12 { "am" } else { "pm" };
                let plain = Directive {
                    upper: false,
                    ..*directive
                };
                self.pad(&plain, half)
            }
            'r' => self.composed(directive, "%I:%M:%S %p"),
            'R' => self.composed(directive, "%H:%M"),
            's' => self.number(directive, 1, self.moment.unix_seconds()),
            'S' => self.number(directive, 2, civil.second().into()),
            't' => self.pad(directive, "\t"),
            'T' | 'X' => self.composed(directive, "%H:%M:%S"),
            'u' => self.number(directive, 1, from_monday + 1),
            'U' => self.number(directive, 2, (day_of_year + 6 - from_sunday) / 7),
            'V' => self.number(directive, 2, week_date.week().into()),
            'w' => self.number(directive, 1, from_sunday),
            'W' => self.number(directive, 2, (day_of_year + 6 - from_monday) / 7),
            'y' => self.number(directive, 2, year % 100),
            'Y' => self.number(directive, 1, year),
            'z' => self.offset(directive),
            'Z' => self.zone_name(directive),
            '%' => self.pad(directive, "%"),
            _ => self.pad(directive, directive.text),
        }
    }

    /// Writes the name of a month or day, in capitals if its case is to be swapped.
    fn name(&mut self, directive: &Directive<'_>, name: &str) -> Result<(), WriteError> {
        let upper = directive.upper || directive.swap;
        self.pad(
            &Directive {
                upper,
                ..*directive
            },
            name,
        )
    }

    fn composed(&mut self, directive: &Directive<'_>, format: &str) -> Result<(), WriteError> {
        let text = write(self.moment, format)?;
        self.pad(directive, &text)
    }

    fn spaced(&mut self, directive: &Directive<'_>, number: i64) -> Result<(), WriteError> {
        let pad = directive.pad.or(Some('_'));
        self.number(&Directive { pad, ..*directive }, 2, number)
    }

    fn number(
        &mut self,
        directive: &Directive<'_>,
        digits: usize,
        number: i64,
    ) -> Result<(), WriteError> {
        let width = match directive.pad {
            Some('-') => directive.width,
            _ => directive.width.max(digits),
        };
        self.check(width)?;
        self.written.push_str(&match directive.pad {
            Some('-' | '_') => format!("{number:width$}"),
            _ => format!("{number:0width$}"),
        });
        Ok(())
    }

    /// Writes `text`, padded on the left to the width of the directive.
    fn pad(&mut self, directive: &Directive<'_>, text: &str) -> Result<(), WriteError> {
        self.check(directive.width)?;
        let fill = if directive.pad == Some('0') { '0' } else { ' ' };
        let missing = directive.width.saturating_sub(text.chars().count());
        self.written.extend(std::iter::repeat_n(fill, missing));
        if directive.upper {
            self.written.push_str(&text.to_uppercase());
        } else {
            self.written.push_str(text);
        }
        Ok(())
    }

    fn check(&self, width: usize) -> Result<(), WriteError> {
        match width <= self.max_width.saturating_sub(self.written.len()) || width == 0 {
            true => Ok(()),
            false => Err(WriteError::TooWide),
        }
    }

    fn offset(&mut self, directive: &Directive<'_>) -> Result<(), WriteError> {
        let text = match self.moment.zone {
            Zone::Naive(_) => String::new(),
            Zone::Offset { seconds, .. } if !is_offset(seconds) => return Err(WriteError::Offset),
            Zone::Offset { seconds, .. } => {
                let sign = if seconds < 0 { '-' } else { '+' };
                let (minutes, seconds) = (seconds.abs() / 60, seconds.abs() % 60);
                let (hours, minutes) = (minutes / 60, minutes % 60);
                match seconds {
                    0 => format!("{sign}{hours:02}{minutes:02}"),
                    _ => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
                }
            }
        };
        self.pad(directive, &text)
    }

    fn zone_name(&mut self, directive: &Directive<'_>) -> Result<(), WriteError> {
        let name = match &self.moment.zone {
            Zone::Naive(_) => "",
            Zone::Offset { name, .. } => name.as_deref().unwrap_or_default(),
        };
        match directive.swap {
            true => self.pad(
                &Directive {
                    upper: false,
                    ..*directive
                },
                &name.to_ascii_lowercase(),
            ),
            false => self.pad(directive, name),
        }
    }
}
