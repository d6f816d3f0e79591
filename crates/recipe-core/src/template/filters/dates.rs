//! Dates: read from text or from seconds since 1970, written by a strftime format.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::{self, BrokenDownTime, Config};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::{Arguments, Declaration, Refusal};
use crate::template::number::Number;
use crate::template::printing::text;
use crate::template::value::Value;

pub(super) const FILTERS: &[Declaration] = &[
    Declaration::new("date", (1, 1), date),
    Declaration::new("datetime", (0, 0), datetime).named(&["format"]),
];

/// A date by a strftime format. What is no date is left as it is.
fn date<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, Refusal> {
    if input.is_nil() {
        return Ok(Value::borrowed(""));
    }
    if arguments.some(0).is_none() {
        return Ok(input.clone());
    }
    match read(input) {
        Some(time) => write(&time, &arguments.text(0)),
        None if matches!(input, Value::Text(_) | Value::Number(Number::Integer(_))) => {
            Ok(input.clone())
        }
        None => Err(Refusal::new(format!("{} is no date", input.kind()))),
    }
}

/// A date as it is written in English: `format` is `short`, `medium`, `long`, `full` or a pattern such as
/// `MMM d, y`.
fn datetime<'v>(input: &Value<'v>, arguments: &Arguments<'v>) -> Result<Value<'v>, Refusal> {
    let time = read(input).ok_or_else(|| Refusal::new(format!("{} is no date", input.kind())))?;
    let format = match arguments.named("format") {
        Some(format) => text(format).into_owned(),
        None => "medium".to_owned(),
    };
    let pattern = match format.as_str() {
        "short" => "M/d/yy, h:mm\u{202f}a",
        "medium" => "MMM d, y, h:mm:ss\u{202f}a",
        "long" => "MMMM d, y, h:mm:ss\u{202f}a z",
        "full" => "EEEE, MMMM d, y, h:mm:ss\u{202f}a z",
        pattern => pattern,
    };
    write(&time, &strftime_of(pattern)?)
}

fn write<'v>(time: &ZonedDateTime, format: &str) -> Result<Value<'v>, Refusal> {
    // Directives that do not exist stay in the text, as in Python.
    let config = Config::new().lenient(true);
    let mut written = String::new();
    BrokenDownTime::from(time)
        .format_with_config(&config, format, &mut written)
        .map_err(|_| Refusal::new("the format cannot be written"))?;
    Ok(Value::text(written))
}

fn read(input: &Value<'_>) -> Option<ZonedDateTime> {
    let here = TimeZone::system();
    match input {
        Value::Number(Number::Integer(seconds)) => Some(
            Timestamp::from_second(*seconds)
                .ok()?
                .to_zoned_datetime(here),
        ),
        Value::Text(text) => read_text(text.as_str().trim(), here),
        _ => None,
    }
}

fn read_text(text: &str, here: TimeZone) -> Option<ZonedDateTime> {
    if matches!(text, "now" | "today") {
        return Some(Timestamp::now().to_zoned_datetime(here));
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(
            Timestamp::from_second(text.parse().ok()?)
                .ok()?
                .to_zoned_datetime(here),
        );
    }
    if let Ok(time) = strtime::parse("%Y-%m-%dT%H:%M:%S%.f%:z", text.replacen(' ', "T", 1)) {
        return time.to_zoned_datetime().ok();
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.to_zoned_datetime(here));
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return time.to_zoned_datetime(here).ok();
    }
    if let Ok(time) = jiff::fmt::rfc2822::parse(text) {
        return Some(time);
    }
    FORMATS.iter().find_map(|date_format| {
        TIMES.iter().find_map(|time_format| {
            let time = strtime::parse(format!("{date_format}{time_format}"), text).ok()?;
            let time = match time.to_datetime() {
                Ok(time) => time,
                Err(_) => Date::to_datetime(time.to_date().ok()?, jiff::civil::Time::midnight()),
            };
            time.to_zoned_datetime(here.clone()).ok()
        })
    })
}

const FORMATS: [&str; 10] = [
    "%Y-%m-%d",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%a %b %d %Y",
];

const TIMES: [&str; 6] = [
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %I:%M %p",
];

/// A pattern of letters such as `MMM d, y` as a strftime format.
fn strftime_of(pattern: &str) -> Result<String, Refusal> {
    let mut format = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| c != first).unwrap_or(rest.len());
        let (run, remaining) = rest.split_at(length);
        rest = remaining;
        if first == '\'' {
            let (quoted, behind) = rest.split_once('\'').unwrap_or((rest, ""));
            format.push_str(&quoted.replace('%', "%%"));
            rest = behind;
            continue;
        }
        format.push_str(match (first, run.len()) {
            ('y', 2) => "%y",
            ('y', _) => "%Y",
            ('M', 1) => "%-m",
            ('M', 2) => "%m",
            ('M', 3) => "%b",
            ('M', _) => "%B",
            ('d', 1) => "%-d",
            ('d', _) => "%d",
            ('E', ..=3) => "%a",
            ('E', _) => "%A",
            ('h', 1) => "%-I",
            ('h', _) => "%I",
            ('H', 1) => "%-H",
            ('H', _) => "%H",
            ('m', 1) => "%-M",
            ('m', _) => "%M",
            ('s', 1) => "%-S",
            ('s', _) => "%S",
            ('a', _) => "%p",
            ('z', _) => "%Z",
            ('Z', _) => "%z",
            ('%', _) => "%%",
            (letter, _) if letter.is_ascii_alphabetic() => {
                return Err(Refusal::new(format!("no such part of a date: {run}")));
            }
            _ => run,
        });
    }
    Ok(format)
}
