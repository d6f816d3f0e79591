//! `--context-file`: artifacts from a file that holds a JSON object.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recipe_core::document::{SyntaxError, parse_json};
use serde_json::{Map, Value};

/// A file that holds no artifacts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContextFileError {
    /// There is no such file.
    #[error("context file not found: {}", .0.display())]
    NotFound(PathBuf),
    /// It cannot be read, or is not UTF-8 text.
    #[error("cannot read the context file {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no JSON.
    #[error("{}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where, and why.
        source: SyntaxError,
    },
    /// It is JSON and no object.
    #[error("{}: a context file holds a JSON object, not {found}", .path.display())]
    NoObject {
        /// The file.
        path: PathBuf,
        /// What it holds, with its article.
        found: &'static str,
    },
}

/// The artifacts in a file.
pub(crate) fn read(path: &Path) -> Result<Map<String, Value>, ContextFileError> {
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ContextFileError::NotFound(path.to_owned()),
        _ => ContextFileError::Unreadable {
            path: path.to_owned(),
            source,
        },
    })?;
    // Editors on Windows may put a byte order mark first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let value = parse_json(text).map_err(|source| ContextFileError::Syntax {
        path: path.to_owned(),
        source,
    })?;
    let found = match value {
        Value::Object(artifacts) => return Ok(artifacts),
        Value::Array(_) => "a list",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Null => "null",
    };
    Err(ContextFileError::NoObject {
        path: path.to_owned(),
        found,
    })
}
