//! Errors in the schema of an output format, each with its location.

use recipe_core::ConfigError;
use recipe_core::document::Pointer;

/// An error in a schema, with its location.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SchemaError {
    pub(super) at: Pointer,
    pub(super) kind: SchemaErrorKind,
}

/// Kinds of schema errors.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum SchemaErrorKind {
    #[error(
        "unsupported root with {0}: expected {{\"type\": \"object\", …}} or, for a list, {{\"type\": \"array\", …}}; anything else belongs in a property of an object"
    )]
    Root(String),
    #[error("unknown type: {0}, expected array, boolean, integer, null, number, object or string")]
    UnknownType(String),
    #[error("reference to another document: {0} (a schema must be self-contained)")]
    Remote(String),
    #[error("reference without a target: {0}")]
    NoTarget(String),
    #[error("circular reference: {0}")]
    Circle(String),
    #[error("unknown JSON Schema dialect: {0}")]
    UnknownDialect(String),
    #[error("invalid JSON Schema: {0}")]
    Invalid(String),
}

impl SchemaError {
    pub(super) fn new(at: Pointer, kind: SchemaErrorKind) -> Self {
        Self { at, kind }
    }

    /// Moves the error into the schema of a list item.
    pub(super) fn within(self, index: usize) -> Self {
        let at = Pointer::default().index(index).join(&self.at);
        Self { at, ..self }
    }

    /// Converts to a configuration error; the schema is the value of `field`.
    pub(crate) fn in_field(self, field: &Pointer) -> ConfigError {
        ConfigError::new(field.join(&self.at).to_string(), self.kind)
    }
}
