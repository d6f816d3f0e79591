//! Files of JSON.

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;

/// Reads a JSON file.
pub(super) fn read<T: DeserializeOwned>(file: &Path) -> io::Result<T> {
    let failed = |error: io::Error| io::Error::other(format!("{}: {error}", file.display()));
    let text = fs::read_to_string(file).map_err(failed)?;
    serde_json::from_str(&text).map_err(|error| failed(error.into()))
}
