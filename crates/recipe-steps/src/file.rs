//! Reading and writing single files, for the steps that do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recipe_core::StepError;

use crate::whole_file::{folder_of, write_whole_file};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is no such file.
    #[error("file not found: {}", .path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not UTF-8 text.
    #[error("not UTF-8 text: {}, the first wrong byte is number {offset}", .path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// How many bytes are text, from the start.
        offset: usize,
    },
    /// The file could not be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<FileError> for StepError {
    fn from(error: FileError) -> Self {
        StepError::failed(error)
    }
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => FileError::NotFound { path: path.into() },
        _ => FileError::Read {
            path: path.into(),
            source,
        },
    })?;
    String::from_utf8(bytes).map_err(|error| FileError::NotText {
        path: path.into(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// Writes a file, whole or not at all; missing folders on the way are made.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), FileError> {
    fs::create_dir_all(folder_of(path))
        .and_then(|()| write_whole_file(path, text.as_bytes()))
        .map_err(|source| FileError::Write {
            path: path.into(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bytes");
        fs::write(&path, b"ab\xff").unwrap();
        let message = read_text(&path).unwrap_err().to_string();
        assert!(
            message.ends_with("bytes, the first wrong byte is number 2"),
            "{message}"
        );
        assert!(matches!(
            read_text(folder.path()),
            Err(FileError::Read { .. })
        ));
        assert!(matches!(
            read_text(&folder.path().join("gone")),
            Err(FileError::NotFound { .. })
        ));
        assert!(matches!(
            write_text(folder.path(), "x"),
            Err(FileError::Write { .. })
        ));
    }
}
