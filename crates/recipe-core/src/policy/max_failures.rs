//! Failure tolerance.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Maximum number of tolerated failures: a count, or a percentage such as `"25%"`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum MaxFailures {
    /// A number.
    Count(u64),
    /// A percentage, at most 100.
    Percent(f64),
}

impl MaxFailures {
    /// Tolerates no failure.
    pub const NONE: Self = Self::Count(0);
    /// Tolerates any number of failures.
    pub const ALL: Self = Self::Percent(100.0);

    /// Whether `failed` of `total` are tolerated.
    pub fn admits(self, failed: usize, total: usize) -> bool {
        match self {
            Self::Count(most) => failed as u64 <= most,
            Self::Percent(most) => failed as f64 * 100.0 <= most * total as f64,
        }
    }

    fn parse(value: &Value) -> Option<Self> {
        match value {
            Value::Number(count) => count.as_u64().map(Self::Count),
            Value::String(text) => {
                let digits = text.strip_suffix('%')?.trim_end();
                let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                let percent: f64 = digits.parse().ok().filter(|_| is_plain)?;
                (0.0..=100.0)
                    .contains(&percent)
                    .then_some(Self::Percent(percent))
            }
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for MaxFailures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::parse(&value).ok_or_else(|| {
            D::Error::custom(format!(
                "invalid number of failures: {value}, expected a count such as 3 or a percentage such as \"25%\""
            ))
        })
    }
}

impl Serialize for MaxFailures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Percent(percent) => serializer.collect_str(&format_args!("{percent}%")),
        }
    }
}

impl JsonSchema for MaxFailures {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MaxFailures".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": r"^(100(\.0*)?|\d{1,2}(\.\d*)?) *%$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<MaxFailures, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_count_or_a_part_is_admitted() {
        let three = parse("3").unwrap();
        assert!(three.admits(3, 3) && !three.admits(4, 100));
        let quarter = parse("\"25%\"").unwrap();
        assert!(quarter.admits(1, 4) && !quarter.admits(2, 7) && quarter.admits(2, 8));
        let half = parse("\"12.5 %\"").unwrap();
        assert!(half.admits(1, 8) && !half.admits(1, 7));
        assert!(MaxFailures::NONE.admits(0, 0) && !MaxFailures::NONE.admits(1, 9));
        assert!(MaxFailures::ALL.admits(9, 9));
    }

    #[test]
    fn invalid_values_are_refused() {
        for text in [
            "-1", "1.5", "\"25\"", "\"101%\"", "\"-1%\"", "\"%\"", "\"1e1%\"", "\"inf%\"", "true",
            "[]", "null",
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.contains("invalid number of failures"),
                "{text}: {error}"
            );
        }
    }
}
