//! The filters `date` and `datetime` over [dates](super::super::dates).

use jiff::ZonedDateTime;
use liquid_core::error::Result;
use liquid_core::model::{Value, ValueView};

use super::{Arguments, Declaration, refused};
use crate::template::dates::{Moment, ReadError, write, write_pattern};
use crate::template::model::Kind;
use crate::template::printing::text;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("date", (1, 1), date),
    Declaration::new("datetime", (0, 0), datetime).keywords(&["format"]),
];

/// A date by a strftime format. A text that is not a date is left as it is.
fn date(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    if input.is_nil() {
        return Ok(Value::scalar(""));
    }
    if arguments.some(0).is_none() {
        return Ok(input.to_value());
    }
    let now = ZonedDateTime::now();
    let moment = match Kind::of(input) {
        Kind::Integer(seconds) => Moment::from_seconds(seconds, &now),
        Kind::Large(_) => Err(ReadError::NotADate),
        Kind::Text(text) => Moment::read(&text, &now),
        kind => return Err(refused("date", format!("{} is not a date", kind.name()))),
    };
    match moment.map(|moment| write(&moment, &arguments.text(0))) {
        Ok(Ok(written)) => Ok(Value::scalar(written)),
        Ok(Err(error)) => Err(refused("date", error)),
        Err(ReadError::NotADate) => Ok(input.to_value()),
        Err(error) => Err(refused("date", error)),
    }
}

/// A date as it is written in English: `format` is `short`, `medium`, `long`, `full` or a pattern such as
/// `MMM d, y`.
fn datetime(input: &dyn ValueView, arguments: &Arguments<'_>) -> Result<Value> {
    let moment = match Kind::of(input) {
        Kind::Integer(seconds) => Moment::from_seconds_in_utc(seconds as f64),
        Kind::Float(seconds) => Moment::from_seconds_in_utc(seconds),
        Kind::Text(text) => Moment::read_in_utc(&text, &ZonedDateTime::now()),
        kind => {
            return Err(refused(
                "datetime",
                format!("{} is not a date", kind.name()),
            ));
        }
    };
    let moment = moment.map_err(|error| refused("datetime", error))?;
    let format = arguments.keyword("format").map(text);
    let format = format.as_deref().filter(|format| !format.is_empty());
    match write_pattern(&moment, format.unwrap_or("medium")) {
        Ok(written) => Ok(Value::scalar(written)),
        Err(error) => Err(refused("datetime", error)),
    }
}
