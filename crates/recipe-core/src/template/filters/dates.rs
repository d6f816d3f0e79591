//! Filters `date` and `datetime`, based on [dates](crate::template::dates).

use jiff::ZonedDateTime;

use super::filter::{Arguments, Declaration, FilterError};
use crate::template::dates::{Moment, ReadError, write, write_pattern};
use crate::template::number::Number;
use crate::template::printing::text;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("date", (1, 1), date),
    Declaration::new("datetime", (0, 0), datetime).named(&["format"]),
];

/// Formats a date with strftime. A string that is not a date is returned as it is.
fn date<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let format = match (input, arguments.get(0)) {
        (Value::Undefined, _) => return Ok(Value::borrowed("")),
        (_, None | Some(Value::Undefined)) => return Ok(input.clone()),
        (_, Some(format)) => format,
    };
    let now = ZonedDateTime::now();
    let moment = match input {
        Value::Number(Number::Integer(seconds)) => Moment::from_seconds(*seconds, &now),
        Value::Bool(truth) => Moment::from_seconds((*truth).into(), &now),
        Value::Number(Number::Large(_)) => Err(ReadError::NotADate),
        Value::Text(text) => Moment::read(text.as_str(), &now),
        other => return Err(not_a_date(other)),
    };
    let moment = match moment {
        Ok(moment) => moment,
        Err(ReadError::NotADate) => return Ok(input.clone()),
        Err(error) => return Err(FilterError::new(error)),
    };
    let Value::Text(format) = format else {
        let kind = format.kind();
        return Err(FilterError::new(format_args!(
            "expected a format, found {kind}"
        )));
    };
    match write(&moment, format.as_str()) {
        Ok(written) => Ok(Value::text(written)),
        Err(error) => Err(FilterError::new(error)),
    }
}

/// Formats a date in English. `format` is `short`, `medium`, `long`, `full` or a pattern such as
/// `MMM d, y`.
fn datetime<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, FilterError> {
    let moment = match input {
        Value::Number(seconds) => Moment::from_seconds_in_utc(seconds.as_float()),
        Value::Text(text) => Moment::read_in_utc(text.as_str(), &ZonedDateTime::now()),
        other => return Err(not_a_date(other)),
    };
    let moment = moment.map_err(FilterError::new)?;
    let format = arguments.named("format").map(text);
    let format = format.as_deref().filter(|format| !format.is_empty());
    write_pattern(&moment, format.unwrap_or("medium"))
        .map(Value::text)
        .map_err(FilterError::new)
}

fn not_a_date(value: &Value<'_>) -> FilterError {
    FilterError::new(format_args!("{} is not a date", value.kind()))
}
