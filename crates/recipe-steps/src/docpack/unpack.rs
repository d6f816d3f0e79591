//! Unpacking of untrusted archives into an empty directory.
//!
//! All metadata is checked before the first byte is written, and enforced while unpacking.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use recipe_core::{CancellationToken, StepError};
use zip::ZipArchive;
use zip::read::ZipFileEntry;

use super::copy::{Allowance, CopyError};
use super::error::cause;
use super::{DocpackError, EntryError, MAX_BYTES, MAX_ENTRIES, OUTLINE, is_entry_name};
use crate::file::FileError;

/// Name of the directory of the files, beside the outline.
pub(super) const FILES: &str = "files";

/// Unpacked paths, relative to the target directory.
#[derive(Default)]
pub(super) struct Unpacked {
    /// Directories; parents come first.
    pub(super) directories: BTreeSet<PathBuf>,
    pub(super) files: BTreeSet<PathBuf>,
}

/// Relative path that an entry unpacks to.
enum Target {
    Directory(PathBuf),
    File(PathBuf),
}

/// Unpacks an archive into an empty directory. An error may leave it partly unpacked.
pub(super) fn unpack(
    path: &Path,
    directory: &Path,
    cancellation: CancellationToken,
) -> Result<Unpacked, StepError> {
    let mut archive = open(path)?;
    let targets = targets(&archive, path)?;
    let mut unpacking = Unpacking {
        path,
        directory,
        allowance: Allowance {
            bytes: MAX_BYTES,
            cancellation,
        },
        unpacked: Unpacked::default(),
    };
    unpacking.create_directory(Path::new(FILES))?;
    for (index, target) in targets.into_iter().enumerate() {
        unpacking.entry(&mut archive, index, target)?;
    }
    Ok(unpacking.unpacked)
}

type Archive = ZipArchive<BufReader<File>>;

fn open(path: &Path) -> Result<Archive, StepError> {
    let not_found = || FileError::NotFound { path: path.into() };
    let cannot_read = |source| DocpackError::InvalidArchive {
        path: path.into(),
        source,
    };
    let is_docpack = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("docpack"));
    // Checked before opening, which blocks on a pipe without a writer.
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(cannot_read(error).into());
        }
        Ok(metadata) if metadata.is_file() => metadata,
        _ => return Err(not_found().into()),
    };
    if !is_docpack {
        return Err(DocpackError::NotDocpack { path: path.into() }.into());
    }
    // A central directory of this size would fill the memory.
    if metadata.len() > MAX_BYTES {
        return Err(too_large(path).into());
    }
    let file = File::open(path).map_err(cannot_read)?;
    let archive = ZipArchive::new(BufReader::new(file));
    Ok(archive.map_err(|error| cannot_read(error.into()))?)
}

/// Checks the archive and returns the target of each entry.
fn targets(archive: &Archive, path: &Path) -> Result<Vec<Target>, DocpackError> {
    let entries = archive.metadata();
    if entries.len() > MAX_ENTRIES {
        return Err(DocpackError::TooManyEntries {
            path: path.into(),
            limit: MAX_ENTRIES,
        });
    }
    if entries.has_duplicate_names() {
        return Err(DocpackError::DuplicateNames { path: path.into() });
    }
    let mut targets = Vec::with_capacity(entries.len());
    let mut size: u64 = 0;
    let mut has_outline = false;
    for index in 0..entries.len() {
        let entry = entries
            .entry(index)
            .map_err(|error| DocpackError::InvalidArchive {
                path: path.into(),
                source: cause(error),
            })?;
        let target = target(&entry).map_err(|error| {
            entry_error(path, &String::from_utf8_lossy(entry.name_raw()), error)
        })?;
        has_outline |= matches!(&target, Target::File(file) if file == Path::new(OUTLINE));
        size = size.saturating_add(entry.size());
        targets.push(target);
    }
    if size > MAX_BYTES {
        return Err(too_large(path));
    }
    if !has_outline {
        return Err(DocpackError::MissingOutline { path: path.into() });
    }
    Ok(targets)
}

/// Checks an entry and returns its target.
fn target(entry: &ZipFileEntry<'_>) -> Result<Target, EntryError> {
    const TYPE_MASK: u32 = 0o170_000;
    const DIRECTORY: u32 = 0o040_000;
    const FILE: u32 = 0o100_000;
    let name = entry.name().map_err(|_| EntryError::Name)?;
    if !is_entry_name(&name) {
        return Err(EntryError::Name);
    }
    let file_type = entry.unix_mode().unwrap_or(0) & TYPE_MASK;
    let expected = if entry.is_dir() { DIRECTORY } else { FILE };
    if file_type != 0 && file_type != expected {
        return Err(EntryError::Special);
    }
    if entry.encrypted() {
        return Err(EntryError::Encrypted);
    }
    Ok(match &*name {
        OUTLINE => Target::File(OUTLINE.into()),
        name if entry.is_dir() => Target::Directory(Path::new(FILES).join(name)),
        name => Target::File(Path::new(FILES).join(name)),
    })
}

/// State of unpacking an archive.
struct Unpacking<'p> {
    path: &'p Path,
    directory: &'p Path,
    allowance: Allowance,
    unpacked: Unpacked,
}

impl Unpacking<'_> {
    fn entry(
        &mut self,
        archive: &mut Archive,
        index: usize,
        target: Target,
    ) -> Result<(), StepError> {
        let file_path = match &target {
            Target::Directory(directory) => return self.create_directory(directory),
            Target::File(file) => file,
        };
        if let Some(directory) = file_path.parent() {
            self.create_directory(directory)?;
        }
        let entry_error = |error| entry_error(self.path, &entry_name(file_path), error);
        let mut entry = archive
            .by_index(index)
            .map_err(|error| entry_error(EntryError::Corrupt(cause(error))))?;
        let target = self.directory.join(file_path);
        // Only the file system knows whether two names are the same.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&target)
            .map_err(|error| self.write_error(file_path, error))?;
        let copied = self.allowance.copy(&mut entry, &mut file);
        copied.map_err(|error| match error {
            CopyError::Read(source) => entry_error(EntryError::Corrupt(source)).into(),
            CopyError::Write(source) => self.write_error(file_path, source),
            CopyError::TooLarge => too_large(self.path).into(),
            CopyError::Cancelled => StepError::Cancelled,
        })?;
        self.unpacked.files.insert(file_path.clone());
        Ok(())
    }

    /// Creates a directory and its parents.
    fn create_directory(&mut self, directory: &Path) -> Result<(), StepError> {
        fs::create_dir_all(self.directory.join(directory))
            .map_err(|error| self.write_error(directory, error))?;
        let directories = directory.ancestors().filter(|part| *part != Path::new(""));
        self.unpacked
            .directories
            .extend(directories.map(Path::to_owned));
        Ok(())
    }

    fn write_error(&self, entry: &Path, source: io::Error) -> StepError {
        use io::ErrorKind::{AlreadyExists, NotADirectory};
        match source.kind() {
            AlreadyExists | NotADirectory => {
                entry_error(self.path, &entry_name(entry), EntryError::Conflict).into()
            }
            _ => FileError::Write {
                path: self.directory.join(entry),
                source,
            }
            .into(),
        }
    }
}

/// Returns the name of an entry in the archive.
fn entry_name(target: &Path) -> String {
    let name = target.strip_prefix(FILES).unwrap_or(target);
    name.display().to_string()
}

fn entry_error(path: &Path, entry: &str, source: EntryError) -> DocpackError {
    DocpackError::Entry {
        entry: entry.to_owned(),
        path: path.into(),
        source,
    }
}

fn too_large(path: &Path) -> DocpackError {
    DocpackError::TooLarge {
        path: path.into(),
        limit: MAX_BYTES,
    }
}
