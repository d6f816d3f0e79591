//! YAML parsing for recipes and for files that steps read.
//!
//! It follows the core schema of YAML 1.2: unquoted `true`, `null`, `12`, `0o17`, `0x1f`, `1.5` and
//! the like mean the same as in JSON, everything else is text, including `yes`, `no` and `1_000`.
//! Anchors and merge keys (`<<`) are resolved. Values that JSON cannot represent are errors: keys
//! that are lists or objects, infinities, and integers beyond 64 bits.

mod error;
mod number;
mod plain;
mod reader;
mod scalar;
mod size;
mod tag;
mod template;
mod value_spans;

use serde_json::Value;

pub use error::{YamlError, YamlErrorKind};
pub use plain::PlainScalar;
pub(super) use plain::plain_scalars;
use reader::Reader;
pub(super) use value_spans::value_spans;

/// Parses a YAML document; null for a text without content.
///
/// # Errors
/// Fails if the text does not parse, has several documents, or holds values that JSON cannot
/// represent, with the position.
pub fn parse_yaml(text: &str) -> Result<Value, YamlError> {
    Ok(Reader::new(text).one_document()?.unwrap_or_default())
}

/// Parses all documents of a text, separated by `---`. Documents without content are left out.
///
/// # Errors
/// Fails if the text does not parse or holds values that JSON cannot represent, with the position.
pub fn parse_yaml_documents(text: &str) -> Result<Vec<Value>, YamlError> {
    Reader::new(text).all_documents()
}
