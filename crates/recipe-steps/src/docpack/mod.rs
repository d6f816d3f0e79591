//! `docpack_create` and `docpack_extract`: archives of an outline and its files.
//!
//! A docpack is a zip archive of `outline.json` and files, which unpack to the directory `files`
//! beside the outline.

mod copy;
mod create;
mod error;
mod extract;
mod install;
mod unpack;

use std::path::Path;

use recipe_core::document::parse_json_bytes;
use serde_json::{Map, Value};

pub use create::{DocpackCreate, DocpackCreateConfig};
pub use error::{DocpackError, EntryError};
pub use extract::{DocpackExtract, DocpackExtractConfig};

use crate::data_path::is_confined;

/// File name of the outline, in the archive and unpacked.
const OUTLINE: &str = "outline.json";

/// Maximum unpacked size of a docpack in bytes; a small archive can unpack to more than a disk
/// holds.
const MAX_BYTES: u64 = 1 << 30;

/// Maximum number of entries of a docpack.
const MAX_ENTRIES: usize = 10_000;

/// Parses an outline; `path` is for errors.
fn parse_outline(json: &[u8], path: &Path) -> Result<Map<String, Value>, DocpackError> {
    match parse_json_bytes(json) {
        Ok(Value::Object(outline)) => Ok(outline),
        Ok(_) => Err(DocpackError::OutlineNotAnObject { path: path.into() }),
        Err(source) => Err(DocpackError::OutlineSyntax {
            path: path.into(),
            source,
        }),
    }
}

/// Returns the paths of the resources of an outline.
fn resource_paths(outline: &mut Map<String, Value>) -> impl Iterator<Item = &mut String> {
    let resources = outline.get_mut("resources").and_then(Value::as_array_mut);
    let paths = resources
        .into_iter()
        .flatten()
        .filter_map(|resource| resource.get_mut("path"));
    paths.filter_map(|path| match path {
        Value::String(path) if !path.is_empty() => Some(path),
        _ => None,
    })
}

/// Whether an entry of this name stays in the target directory on every operating system.
fn is_entry_name(name: &str) -> bool {
    let has_drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let mut parts = name.strip_suffix('/').unwrap_or(name).split('/');
    !has_drive
        && !name.contains(['\\', '\0'])
        && is_confined(name)
        && parts.all(|part| !matches!(part, "" | "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_names_must_be_relative_on_every_system() {
        for name in ["a", "a.md", "..a", "a/b", "a/", "notes: c", "ä b"] {
            assert!(is_entry_name(name), "{name:?}");
        }
        for name in [
            "", "/", "/a", "..", "../a", "a/../b", "a/..", ".", "./a", "a//b", "a\\b", "..\\a",
            "C:a", "c:/a", "a\0b",
        ] {
            assert!(!is_entry_name(name), "{name:?}");
        }
    }
}
