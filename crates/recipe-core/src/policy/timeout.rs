//! Time limits.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Seconds after which something is cancelled and fails: more than 0, fractions allowed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Timeout(Duration);

impl Timeout {
    /// The timeout as a duration.
    pub fn as_duration(self) -> Duration {
        self.0
    }
}

impl TryFrom<f64> for Timeout {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        let duration = super::duration(seconds)?;
        if duration.is_zero() {
            return Err("invalid timeout: 0 seconds, expected more".into());
        }
        Ok(Self(duration))
    }
}

impl From<Timeout> for f64 {
    fn from(timeout: Timeout) -> f64 {
        timeout.0.as_secs_f64()
    }
}

/// `0.5 seconds`
impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let unit = if seconds == 1.0 { "second" } else { "seconds" };
        write!(f, "{seconds} {unit}")
    }
}

impl JsonSchema for Timeout {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timeout".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "exclusiveMinimum": 0, "maximum": super::MAX_SECONDS})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_positive() {
        for text in ["0", "-0.5", "1e300"] {
            assert!(serde_json::from_str::<Timeout>(text).is_err(), "{text}");
        }
        let timeout: Timeout = serde_json::from_str("0.5").unwrap();
        assert_eq!(timeout.to_string(), "0.5 seconds");
    }
}
