//! Errors of configurations.

use std::error::Error;

/// Invalid configuration of the right types.
#[derive(Debug, thiserror::Error)]
#[error("{field}")]
#[non_exhaustive]
pub struct ConfigError {
    /// Field, as a path such as `files[0].path`.
    pub field: String,
    /// Kind of the error.
    pub kind: ConfigErrorKind,
    /// Cause.
    pub source: Box<dyn Error + Send + Sync>,
}

/// Kind of a [`ConfigError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// An invalid value.
    Value,
    /// A condition that does not parse.
    Condition,
}

impl ConfigError {
    /// Returns the error of an invalid value in `field`.
    pub fn new(field: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            field: field.into(),
            kind: ConfigErrorKind::Value,
            source: source.into(),
        }
    }

    /// Returns the error of a condition in `field` that does not parse.
    pub fn condition(
        field: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind: ConfigErrorKind::Condition,
            ..Self::new(field, source)
        }
    }
}
