//! Limit of things that run at the same time.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Maximum number of things that run at the same time; 0 or less means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "i64", into = "i64")]
pub struct MaxConcurrency(Option<NonZeroUsize>);

impl MaxConcurrency {
    /// No limit.
    pub const UNLIMITED: Self = Self(None);
    /// Runs things one after the other.
    pub const ONE: Self = Self(Some(NonZeroUsize::MIN));

    /// Whether another one may start while `running` run.
    pub fn admits(self, running: usize) -> bool {
        self.0.is_none_or(|limit| running < limit.get())
    }
}

impl From<i64> for MaxConcurrency {
    fn from(limit: i64) -> Self {
        Self(usize::try_from(limit).ok().and_then(NonZeroUsize::new))
    }
}

impl From<MaxConcurrency> for i64 {
    fn from(limit: MaxConcurrency) -> i64 {
        limit
            .0
            .map_or(0, |n| i64::try_from(n.get()).unwrap_or(i64::MAX))
    }
}

impl JsonSchema for MaxConcurrency {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MaxConcurrency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_or_less_means_unlimited() {
        for limit in [0, -1, i64::MIN] {
            assert_eq!(MaxConcurrency::from(limit), MaxConcurrency::UNLIMITED);
        }
        assert!(MaxConcurrency::from(2).admits(1) && !MaxConcurrency::from(2).admits(2));
    }
}
