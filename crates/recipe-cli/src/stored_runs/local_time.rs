//! Times as the people see them who look at stored runs.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `2026-11-24 22:50`, in local time.
pub(crate) fn minute(time: SystemTime) -> String {
    local(time, "%Y-%m-%d %H:%M")
}

/// `2026-11-24 22:50:14`, in local time.
pub(crate) fn second(time: SystemTime) -> String {
    local(time, "%Y-%m-%d %H:%M:%S")
}

/// `2026-11-24T22:50:14.123456Z`
pub(crate) fn rfc3339(time: SystemTime) -> String {
    format!("{:.6}", timestamp(time))
}

fn local(time: SystemTime, format: &str) -> String {
    let time = timestamp(time).to_zoned_datetime(TimeZone::system());
    time.strftime(format).to_string()
}

fn timestamp(time: SystemTime) -> Timestamp {
    // A clock that is off by thousands of years shows as the beginning of time.
    Timestamp::try_from(time).unwrap_or_default()
}
