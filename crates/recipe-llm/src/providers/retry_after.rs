//! For how long a provider asks to wait.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// As a header says it, in milliseconds, seconds or as a date; or else as Google says it in the body.
pub(super) fn retry_after(headers: &HeaderMap, body: &Value) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(milliseconds) = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    match text("retry-after") {
        Some(text) => seconds(text).or_else(|| until(text)),
        None => retry_info(body),
    }
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

fn until(date: &str) -> Option<Duration> {
    let then = rfc2822::parse(date).ok()?.timestamp();
    // A date that has passed: no need to wait.
    Some(Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default())
}

fn retry_info(body: &Value) -> Option<Duration> {
    let body = body.get(0).unwrap_or(body);
    let details = body.pointer("/error/details")?.as_array()?;
    details
        .iter()
        .find_map(|detail| seconds(detail.get("retryDelay")?.as_str()?.strip_suffix('s')?))
}
