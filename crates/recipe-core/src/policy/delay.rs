//! Delays, such as before the next launch.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Seconds to wait, such as between two launches: 0 or more, fractions allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Delay(Duration);

impl Delay {
    /// The delay as a duration.
    pub fn as_duration(self) -> Duration {
        self.0
    }

    /// Whether there is nothing to wait for.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl TryFrom<f64> for Delay {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        super::duration(seconds).map(Self)
    }
}

/// Delays of the program itself; those of recipes are made from seconds.
impl From<Duration> for Delay {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl From<Delay> for f64 {
    fn from(delay: Delay) -> f64 {
        delay.0.as_secs_f64()
    }
}

impl JsonSchema for Delay {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Delay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": super::MAX_SECONDS})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_values_are_refused() {
        for text in ["-1", "1e30", "\"1\"", "null"] {
            assert!(serde_json::from_str::<Delay>(text).is_err(), "{text}");
        }
        let delay: Delay = serde_json::from_str("0.5").unwrap();
        assert_eq!(delay.as_duration(), Duration::from_millis(500));
    }
}
