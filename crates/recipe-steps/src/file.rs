//! Reading and writing single files, for the steps that do.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use recipe_core::StepError;
use recipe_core::document::{SyntaxError, YamlError};

use recipe_process::{directory_of, write_whole_file};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// There is no such file.
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
        /// Why.
        source: io::Error,
    },
    /// The file is larger than any artifact should be.
    #[error("over {limit} bytes, too large to read: {}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// The file is not UTF-8 text.
    #[error("not UTF-8 text: {}, the first wrong byte is number {offset}", .path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// How many bytes are text, from the start.
        offset: usize,
    },
    /// A structured file holds a number that could only be kept as another one.
    #[error("number cannot be kept: {}", .path.display())]
    Number {
        /// The file.
        path: PathBuf,
        /// The number, and where it stands.
        source: NumberError,
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

/// A number in a structured file that could only be kept as another one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// In JSON.
    #[error(transparent)]
    Json(SyntaxError),
    /// In YAML.
    #[error(transparent)]
    Yaml(YamlError),
}

/// A path in a message. One that a template left empty would not be seen there.
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

/// The largest file that is read, in bytes. Devices that never end must not fill the memory.
const LARGEST: u64 = 1 << 30;

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = read(path, LARGEST).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => FileError::NotFound { path: path.into() },
        _ => FileError::Read {
            path: path.into(),
            source,
        },
    })?;
    if bytes.len() as u64 > LARGEST {
        return Err(FileError::TooLarge {
            path: path.into(),
            limit: LARGEST,
        });
    }
    String::from_utf8(bytes).map_err(|error| FileError::NotText {
        path: path.into(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// The content of a file; where there is more than `limit`, one byte more than that.
fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file, whole or not at all; missing folders on the way are made.
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
    fn a_device_that_never_ends_is_not_read_for_ever() {
        assert_eq!(read(Path::new("/dev/zero"), 1000).unwrap().len(), 1001);
    }

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
