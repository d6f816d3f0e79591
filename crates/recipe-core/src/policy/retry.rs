//! Retry policy of a step.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Delay;

/// Retries of a step that fails.
///
/// Before each attempt the context is as it was before the first. Mistakes in a recipe are not
/// retried.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "retry")]
#[non_exhaustive]
pub struct Retry {
    /// Number of attempts, the first included.
    pub attempts: Attempts,
    /// Seconds before the second attempt; 1 by default.
    #[serde(default = "one_second")]
    pub delay: Delay,
    /// Factor of the delay after each attempt; 2 by default, 1 keeps the delay constant.
    #[serde(default)]
    pub backoff: Backoff,
    /// Maximum delay in seconds; by default 60, or `delay` if that is longer.
    #[serde(default)]
    pub max_delay: Option<Delay>,
    /// Whether each delay is randomly shortened, so that steps which failed together do not retry
    /// together; true by default.
    #[serde(default = "crate::serde_defaults::yes")]
    pub jitter: bool,
}

fn one_second() -> Delay {
    Delay::from(Duration::from_secs(1))
}

/// Default maximum delay, unless the first delay is longer.
const MAX_DELAY: Duration = Duration::from_secs(60);

impl Retry {
    /// Creates a policy with this number of attempts and the defaults.
    pub fn new(attempts: Attempts) -> Self {
        Self {
            attempts,
            delay: one_second(),
            backoff: Backoff::default(),
            max_delay: None,
            jitter: true,
        }
    }

    /// Iterates over the delays before each attempt but the first.
    pub fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let first = self.delay.as_duration();
        let longest = self
            .max_delay
            .map_or(MAX_DELAY.max(first), Delay::as_duration);
        let backoff = ExponentialBuilder::new()
            .with_min_delay(first.min(longest))
            .with_max_delay(longest)
            .with_factor(self.backoff.0)
            .without_max_times()
            .build();
        let jitter = self.jitter;
        let delays = backoff.take(self.attempts.count() as usize - 1);
        // The library's own jitter adds to the delay; full jitter takes any part of it.
        delays.map(move |delay| match jitter {
            true => delay.mul_f64(fastrand::f64()),
            false => delay,
        })
    }
}

/// Number of attempts, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Attempts(NonZeroU32);

impl Attempts {
    /// The number.
    pub fn count(self) -> u32 {
        self.0.get()
    }
}

impl TryFrom<i64> for Attempts {
    type Error = String;

    fn try_from(count: i64) -> Result<Self, String> {
        let attempts = u32::try_from(count).ok().and_then(NonZeroU32::new);
        attempts
            .map(Self)
            .ok_or_else(|| format!("invalid number of attempts: {count}, expected 1 or more"))
    }
}

impl From<Attempts> for i64 {
    fn from(attempts: Attempts) -> i64 {
        attempts.count().into()
    }
}

impl JsonSchema for Attempts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Attempts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": u32::MAX})
    }
}

/// Factor between one delay and the next: 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Backoff(f32);

impl Default for Backoff {
    fn default() -> Self {
        Self(2.0)
    }
}

impl TryFrom<f64> for Backoff {
    type Error = String;

    fn try_from(factor: f64) -> Result<Self, String> {
        match factor {
            1.0..=1000.0 => Ok(Self(factor as f32)),
            _ => Err(format!(
                "invalid backoff: {factor}, expected 1 (constant) to 1000"
            )),
        }
    }
}

impl From<Backoff> for f64 {
    fn from(backoff: Backoff) -> f64 {
        backoff.0.into()
    }
}

impl JsonSchema for Backoff {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Backoff".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 1, "maximum": 1000})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn retry(value: serde_json::Value) -> Retry {
        serde_json::from_value(value).unwrap()
    }

    fn seconds(retry: Retry) -> Vec<f64> {
        retry.delays().map(|delay| delay.as_secs_f64()).collect()
    }

    #[test]
    fn delays_grow_up_to_the_longest() {
        let retry = retry(
            json!({"attempts": 6, "delay": 2, "backoff": 3, "max_delay": 30, "jitter": false}),
        );
        assert_eq!(seconds(retry), [2.0, 6.0, 18.0, 30.0, 30.0]);
    }

    #[test]
    fn one_attempt_is_never_followed_by_another() {
        assert_eq!(seconds(retry(json!({"attempts": 1}))), [0.0; 0]);
    }

    #[test]
    fn the_defaults_are_those_that_are_documented() {
        let retry = retry(json!({"attempts": 9, "jitter": false}));
        assert_eq!(seconds(retry), [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
    }

    #[test]
    fn the_longest_delay_holds_for_the_first_too() {
        let retry = retry(json!({"attempts": 3, "delay": 9, "max_delay": 4, "jitter": false}));
        assert_eq!(seconds(retry), [4.0, 4.0]);
    }

    #[test]
    fn invalid_values_are_refused() {
        for text in [
            r#"{"attempts": 0}"#,
            r#"{"attempts": -1}"#,
            r#"{"attempts": 1.5}"#,
            r#"{"attempts": 2, "backoff": 0.5}"#,
            r#"{"attempts": 2, "backoff": 1e9}"#,
            r#"{"attempts": 2, "delay": -1}"#,
            r#"{"attempts": 2, "jitter": "some"}"#,
            "{}",
        ] {
            assert!(serde_json::from_str::<Retry>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn jitter_only_shortens_delays(
            delay in 0.0..3e8_f64,
            backoff in 1.0..1000.0_f64,
            attempts in 1..40_u32,
        ) {
            let given = json!({"attempts": attempts, "delay": delay, "backoff": backoff, "max_delay": 3e8});
            let full = retry(given);
            let exact = Retry { jitter: false, ..full };
            prop_assert_eq!(full.delays().count() as u32, attempts - 1);
            for (part, whole) in full.delays().zip(exact.delays()) {
                prop_assert!(part <= whole);
            }
        }
    }
}
