//! `--context-out`: where the final artifacts go.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use recipe_core::Context;

use crate::stdout;

/// Where the final artifacts go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContextOut {
    /// Standard output, written `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl From<OsString> for ContextOut {
    fn from(argument: OsString) -> Self {
        if argument == "-" {
            Self::Stdout
        } else {
            Self::File(argument.into())
        }
    }
}

/// Artifacts that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContextOutError {
    /// There is no folder to put the file into.
    #[error("cannot write {}: folder not found: {}", .path.display(), .folder.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
        /// The folder that is missing, or is no folder.
        folder: PathBuf,
    },
    /// It is a folder.
    #[error("cannot write {}: it is a folder", .0.display())]
    Folder(PathBuf),
    /// The operating system refuses.
    #[error("cannot write {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write the context to standard output")]
    Stdout(#[source] io::Error),
}

impl ContextOut {
    /// Makes sure, as far as that is possible before a run, that its results can be written.
    pub(crate) fn check(&self) -> Result<(), ContextOutError> {
        let Self::File(path) = self else {
            return Ok(());
        };
        match fs::metadata(path) {
            Ok(existing) if existing.is_dir() => Err(ContextOutError::Folder(path.clone())),
            Ok(_) => Ok(()),
            Err(_) => {
                let folder = folder_of(path);
                if folder.is_dir() {
                    return Ok(());
                }
                Err(ContextOutError::NoFolder {
                    path: path.clone(),
                    folder: folder.to_owned(),
                })
            }
        }
    }

    /// Writes the artifacts as indented JSON.
    pub(crate) fn write(&self, context: &Context) -> Result<(), ContextOutError> {
        let json = serde_json::to_string_pretty(context).map_err(io::Error::from);
        let json = json.map(|json| json + "\n");
        match self {
            Self::Stdout => json
                .and_then(|json| stdout::print(&json))
                .map_err(ContextOutError::Stdout),
            Self::File(path) => json
                .and_then(|json| write_file(path, json.as_bytes()))
                .map_err(|source| ContextOutError::File {
                    path: path.clone(),
                    source,
                }),
        }
    }
}

/// Writes a file, whole or not at all.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let existing = fs::metadata(path).ok();
    // A link is written through. Devices and pipes, and files without a name of their own, are written in place.
    let target = match (&existing, fs::canonicalize(path)) {
        (Some(existing), Ok(target)) if existing.is_file() => target,
        (Some(_), _) => return write_in_place(path, bytes),
        (None, _) => path.to_owned(),
    };
    match replace(&target, bytes, existing.as_ref()) {
        // A file may be writable in a folder that is not. Better torn by a crash than not written at all.
        Err(_) if existing.is_some() => write_in_place(&target, bytes),
        result => result,
    }
}

fn replace(target: &Path, bytes: &[u8], existing: Option<&fs::Metadata>) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What an ordinary new file gets: temporary files are for their owner alone otherwise.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(".recipe-").tempfile_in(folder_of(target))?;
    file.write_all(bytes)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.persist(target)?;
    Ok(())
}

fn write_in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    match file.write_all(bytes) {
        // The reader of a pipe has gone, as in `--context-out /dev/stdout | head -1`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
