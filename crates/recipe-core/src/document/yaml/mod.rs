//! YAML, read by one rule wherever it is read: recipes, and files that steps read.
//!
//! The rule is the core schema of YAML 1.2: unquoted `true`, `null`, `12`, `0o17`, `0x1f`, `1.5` and the like are what
//! they look like in JSON, everything else is text, `yes`, `no` and `1_000` included. Anchors and merge keys (`<<`) are
//! resolved. What JSON cannot hold is an error: keys that are lists or objects, infinities, and integers beyond 64 bits.

mod error;
mod number;
mod places;
mod plain;
mod reader;
mod scalar;
mod size;
mod tag;
mod template;

use serde_json::Value;

pub use error::{YamlError, YamlErrorKind};
pub(super) use places::places;
pub use plain::PlainScalar;
pub(super) use plain::plain_scalars;
use reader::Reader;

/// The value that a text is the YAML of; null for a text without content.
///
/// # Errors
/// When the text does not parse, has several documents, or holds what JSON cannot, with the place.
pub fn parse_yaml(text: &str) -> Result<Value, YamlError> {
    Ok(Reader::new(text).one_document()?.unwrap_or_default())
}

/// The values of all documents in a text, which `---` separates. Documents without content are left out.
///
/// # Errors
/// When the text does not parse or holds what JSON cannot, with the place.
pub fn parse_yaml_documents(text: &str) -> Result<Vec<Value>, YamlError> {
    Reader::new(text).all_documents()
}
