//! Why a docpack could not be made or unpacked.

use std::io;
use std::path::PathBuf;

use recipe_core::StepError;
use recipe_core::document::SyntaxError;
use zip::result::ZipError;

/// A docpack that could not be made or unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocpackError {
    /// A path that must be there is empty.
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
    /// The file to unpack is no zip archive, or a damaged one.
    #[error("cannot read the archive {}", .path.display())]
    NoArchive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The archive holds no outline.
    #[error("no outline.json in the archive {}", .path.display())]
    NoOutline {
        /// The archive.
        path: PathBuf,
    },
    /// The outline is not JSON.
    #[error("the outline is not JSON: {}", .path.display())]
    OutlineSyntax {
        /// The outline, or the archive that holds it.
        path: PathBuf,
        /// What is wrong with it.
        source: SyntaxError,
    },
    /// The outline is JSON, but no object.
    #[error("the outline is no JSON object: {}", .path.display())]
    OutlineForm {
        /// The outline, or the archive that holds it.
        path: PathBuf,
    },
    /// There are more entries than a docpack may have.
    #[error("over {limit} entries, too many for a docpack: {}", .path.display())]
    TooManyEntries {
        /// The archive.
        path: PathBuf,
        /// The most there may be.
        limit: usize,
    },
    /// The entries hold more than a docpack may.
    #[error("over {limit} bytes when unpacked, too large for a docpack: {}", .path.display())]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// The most that may be, in bytes.
        limit: u64,
    },
    /// A file cannot be packed under its name, which other systems would take for a path.
    #[error("the name of a file in a docpack must be UTF-8 and no path on any system: {path:?}")]
    ResourceName {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be packed.
    #[error("cannot pack {}", .path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Two entries have the same name.
    #[error("two entries have the same name in the archive {}", .path.display())]
    SameNames {
        /// The archive.
        path: PathBuf,
    },
    /// An entry cannot be unpacked.
    #[error("cannot unpack {entry:?} from {}", .path.display())]
    Entry {
        /// The name of the entry.
        entry: String,
        /// The archive.
        path: PathBuf,
        /// Why.
        source: EntryFault,
    },
    /// A folder stands where a file belongs, or the other way round.
    #[error("something else stands where the docpack unpacks to: {}", .path.display())]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
    },
    /// A link in the target folder leads out of it.
    #[error("a link leads out of the folder that the docpack unpacks to: {}", .path.display())]
    LeadsOut {
        /// A path through the link.
        path: PathBuf,
    },
}

/// Why an entry of an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// Its name leads out of the target folder, perhaps on another system.
    #[error("its name leads out of the target folder, or is no plain path")]
    Name,
    /// It is a link, a device or the like.
    #[error("it is neither a file nor a folder")]
    Special,
    /// It is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// Its name is the name of another entry.
    #[error("another entry takes its place")]
    Taken,
    /// It is damaged, or compressed in a way that docpacks are not.
    #[error("it is damaged, or not a docpack's")]
    Damaged(#[source] io::Error),
}

impl From<DocpackError> for StepError {
    fn from(error: DocpackError) -> Self {
        StepError::failed(error)
    }
}

/// What the library for archives says; an I/O error once, where it would say it twice.
pub(super) fn cause(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => other.into(),
    }
}
