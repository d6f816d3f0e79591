//! Reading and writing of single files.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use recipe_core::StepError;
use recipe_core::document::{SyntaxError, YamlError};

use recipe_process::{directory_of, write_whole_file};

/// Error of reading or writing a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file does not exist.
    #[error("file not found: {}", shown(.path))]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause of the error.
        source: io::Error,
    },
    /// The file exceeds the size limit.
    #[error("file too large: over {limit} bytes: {}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Maximum size in bytes.
        limit: u64,
    },
    /// The file is not valid UTF-8.
    #[error("invalid UTF-8 at byte {offset}: {}", .path.display())]
    InvalidUtf8 {
        /// The file.
        path: PathBuf,
        /// Offset of the first invalid byte.
        offset: usize,
    },
    /// A structured file contains a number that is not representable.
    #[error("number not representable: {}", .path.display())]
    Number {
        /// The file.
        path: PathBuf,
        /// The number and its position.
        source: NumberError,
    },
    /// The file could not be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Cause of the error.
        source: io::Error,
    },
}

/// Number in a structured file that is not representable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Number in JSON.
    #[error(transparent)]
    Json(SyntaxError),
    /// Number in YAML.
    #[error(transparent)]
    Yaml(YamlError),
}

/// Formats a path for a message, in which an empty one would not be visible.
fn shown(path: &Path) -> Cow<'_, str> {
    match path.to_string_lossy() {
        path if path.is_empty() => Cow::Borrowed("the path is empty"),
        path => path,
    }
}

impl From<FileError> for StepError {
    fn from(error: FileError) -> Self {
        StepError::failed(error)
    }
}

/// Maximum size of a file in bytes; endless devices must not fill the memory.
const MAX_SIZE: u64 = 1 << 30;

/// Reads a file as UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = read(path, MAX_SIZE).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => FileError::NotFound { path: path.into() },
        _ => FileError::Read {
            path: path.into(),
            source,
        },
    })?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(FileError::TooLarge {
            path: path.into(),
            limit: MAX_SIZE,
        });
    }
    String::from_utf8(bytes).map_err(|error| FileError::InvalidUtf8 {
        path: path.into(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// Reads up to `limit` bytes of a file, plus one if it is longer.
fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file atomically; missing directories are created.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), FileError> {
    fs::create_dir_all(directory_of(path))
        .and_then(|()| write_whole_file(path, text.as_bytes()))
        .map_err(|source| FileError::Write {
            path: path.into(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn reading_an_endless_device_stops_at_the_limit() {
        assert_eq!(read(Path::new("/dev/zero"), 1000).unwrap().len(), 1001);
    }

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bytes");
        fs::write(&path, b"ab\xff").unwrap();
        let message = read_text(&path).unwrap_err().to_string();
        assert!(
            message.starts_with("invalid UTF-8 at byte 2: "),
            "{message}"
        );
        assert!(matches!(read_text(dir.path()), Err(FileError::Read { .. })));
        assert!(matches!(
            read_text(&dir.path().join("gone")),
            Err(FileError::NotFound { .. })
        ));
        assert!(matches!(
            write_text(dir.path(), "x"),
            Err(FileError::Write { .. })
        ));
    }
}
