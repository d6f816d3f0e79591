//! Mistakes in the schema of an output format, each with its place.

use recipe_core::ConfigError;
use recipe_core::document::Pointer;

/// A mistake in a schema, and its place in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SchemaError {
    pub(super) at: Pointer,
    pub(super) mistake: Mistake,
}

/// The kinds of mistakes in schemas.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Mistake {
    #[error(
        "unsupported root with {0}: expected {{\"type\": \"object\", …}} or, for a list, {{\"type\": \"array\", …}}; anything else belongs in a property of an object"
    )]
    Root(String),
    #[error(
        "unknown type: {0}, known are array, boolean, integer, null, number, object and string"
    )]
    UnknownType(String),
    #[error("reference to another document: {0}, a schema has to be whole")]
    Remote(String),
    #[error("reference to nothing: {0}")]
    Nowhere(String),
    #[error("reference to itself: {0}")]
    Circle(String),
    #[error("unknown dialect of JSON Schema: {0}")]
    UnknownDialect(String),
    #[error("not JSON Schema: {0}")]
    Invalid(String),
}

impl SchemaError {
    pub(super) fn new(at: Pointer, mistake: Mistake) -> Self {
        Self { at, mistake }
    }

    /// The same in the schema of an item, which stands in a list.
    pub(super) fn within(self, index: usize) -> Self {
        let at = Pointer::default().index(index).join(&self.at);
        Self { at, ..self }
    }

    /// The error of a configuration whose schema stands at `field`.
    pub(crate) fn in_field(self, field: &Pointer) -> ConfigError {
        ConfigError::new(field.join(&self.at).to_string(), self.mistake)
    }
}
