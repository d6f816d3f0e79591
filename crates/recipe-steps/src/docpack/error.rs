//! Errors of creating and unpacking docpacks.

use std::io;
use std::path::PathBuf;

use recipe_core::StepError;
use recipe_core::document::SyntaxError;
use zip::result::ZipError;

/// Error of creating or unpacking a docpack.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocpackError {
    /// A required path is empty.
    #[error("{field} is empty after rendering")]
    EmptyPath {
        /// The field.
        field: &'static str,
    },
    /// The file to unpack has another extension.
    #[error("not a .docpack file: {}", .path.display())]
    NotDocpack {
        /// The file.
        path: PathBuf,
    },
    /// The file to unpack is not a valid zip archive.
    #[error("cannot read archive {}", .path.display())]
    InvalidArchive {
        /// The archive.
        path: PathBuf,
        /// Cause of the error.
        source: io::Error,
    },
    /// The archive has no outline.
    #[error("missing outline.json in archive {}", .path.display())]
    MissingOutline {
        /// The archive.
        path: PathBuf,
    },
    /// The outline is not valid JSON.
    #[error("invalid outline: {}", .path.display())]
    OutlineSyntax {
        /// The outline, or the archive that contains it.
        path: PathBuf,
        /// Cause of the error.
        source: SyntaxError,
    },
    /// The outline is not a JSON object.
    #[error("outline is not a JSON object: {}", .path.display())]
    OutlineNotAnObject {
        /// The outline, or the archive that contains it.
        path: PathBuf,
    },
    /// The docpack exceeds the limit of entries.
    #[error("too many entries: over {limit}: {}", .path.display())]
    TooManyEntries {
        /// The archive.
        path: PathBuf,
        /// Maximum number of entries.
        limit: usize,
    },
    /// The docpack exceeds the size limit.
    #[error("docpack too large: over {limit} bytes when unpacked: {}", .path.display())]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// Maximum size in bytes.
        limit: u64,
    },
    /// The name of a file would be a path on another operating system.
    #[error("invalid file name for a docpack, expected UTF-8 and no path separators: {path:?}")]
    ResourceName {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be packed.
    #[error("cannot pack {}", .path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// Cause of the error.
        source: io::Error,
    },
    /// Two entries have the same name.
    #[error("duplicate entry names in archive {}", .path.display())]
    DuplicateNames {
        /// The archive.
        path: PathBuf,
    },
    /// An entry cannot be unpacked.
    #[error("cannot unpack {entry:?} from {}", .path.display())]
    Entry {
        /// Name of the entry.
        entry: String,
        /// The archive.
        path: PathBuf,
        /// Cause of the error.
        source: EntryError,
    },
    /// A path to unpack to exists and is not a directory.
    #[error("output path exists and is not a directory: {}", .path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A file to unpack exists as a directory.
    #[error("output path is a directory: {}", .path.display())]
    IsADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A symbolic link in the target directory points out of it.
    #[error("output path is outside the target directory because of a link: {}", .path.display())]
    OutsideTarget {
        /// Path that contains the link.
        path: PathBuf,
    },
}

/// Cause for which an entry cannot be unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The name is outside the target directory, on some operating system.
    #[error("invalid name, expected a relative path inside the target directory")]
    Name,
    /// The entry is a link, a device or another special file.
    #[error("not a file or a directory")]
    Special,
    /// The entry is encrypted.
    #[error("encrypted")]
    Encrypted,
    /// The name is the same as that of another entry for the file system.
    #[error("name conflicts with another entry")]
    Conflict,
    /// The entry is corrupt, or uses an unsupported compression.
    #[error("corrupt, or not a docpack entry")]
    Corrupt(#[source] io::Error),
}

impl From<DocpackError> for StepError {
    fn from(error: DocpackError) -> Self {
        StepError::failed(error)
    }
}

/// Converts an error of the archive library without wrapping I/O errors twice.
pub(super) fn cause(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => other.into(),
    }
}
