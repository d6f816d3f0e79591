//! The delay before a retry, as requested by a provider.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// Accepts a wrong weekday.
static DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// Reads the delay from a header, in milliseconds, seconds or as a date, or else from Google's JSON
/// body.
pub(super) fn retry_after(headers: &HeaderMap, body: &Value) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text("retry-after-ms").and_then(seconds);
    let milliseconds = milliseconds.map(|wait| wait / 1_000);
    let header = || text("retry-after").and_then(|text| seconds(text).or_else(|| until(text)));
    milliseconds.or_else(header).or_else(|| retry_info(body))
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

fn until(date: &str) -> Option<Duration> {
    let then = DATES.parse_timestamp(date).ok()?;
    // A date in the past means no delay.
    Some(Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default())
}

fn retry_info(body: &Value) -> Option<Duration> {
    let body = body.get(0).unwrap_or(body);
    let details = body.pointer("/error/details")?.as_array()?;
    details
        .iter()
        .find_map(|detail| seconds(detail.get("retryDelay")?.as_str()?.strip_suffix('s')?))
}
