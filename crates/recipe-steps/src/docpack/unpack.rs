//! Unpacking an archive that may come from anywhere into a folder of its own.
//!
//! Everything that the archive says of itself is looked at before the first byte is written; while it is unpacked, no
//! entry may turn out to be more than it says.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use recipe_core::{CancellationToken, StepError};
use zip::ZipArchive;
use zip::read::ZipFileEntry;

use super::copy::{Allowance, CopyError};
use super::error::cause;
use super::{DocpackError, EntryFault, MOST_BYTES, MOST_ENTRIES, OUTLINE, is_entry_name};
use crate::file::FileError;

/// The folder of the files, beside the outline.
pub(super) const FILES: &str = "files";

/// What was unpacked, relative to the folder it was unpacked to.
#[derive(Default)]
pub(super) struct Unpacked {
    /// Each after the one it lies in.
    pub(super) folders: BTreeSet<PathBuf>,
    pub(super) files: BTreeSet<PathBuf>,
}

/// The way of one entry.
enum Place {
    Folder(PathBuf),
    File(PathBuf),
}

/// Unpacks an archive into an empty folder. After an error some of it may be there.
pub(super) fn unpack(
    path: &Path,
    folder: &Path,
    cancellation: CancellationToken,
) -> Result<Unpacked, StepError> {
    let mut archive = open(path)?;
    let places = places(&archive, path)?;
    let mut unpacking = Unpacking {
        path,
        folder,
        allowance: Allowance {
            bytes: MOST_BYTES,
            cancellation,
        },
        unpacked: Unpacked::default(),
    };
    unpacking.make_folder(Path::new(FILES))?;
    for (index, place) in places.into_iter().enumerate() {
        unpacking.entry(&mut archive, index, place)?;
    }
    Ok(unpacking.unpacked)
}

type Archive = ZipArchive<BufReader<File>>;

fn open(path: &Path) -> Result<Archive, StepError> {
    let not_found = || FileError::NotFound { path: path.into() };
    let cannot_read = |source| DocpackError::NoArchive {
        path: path.into(),
        source,
    };
    let is_docpack = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("docpack"));
    // Before it is opened, which waits for ever where a pipe has no other end.
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
    // A directory of entries as long as that would fill the memory.
    if metadata.len() > MOST_BYTES {
        return Err(too_large(path).into());
    }
    let file = File::open(path).map_err(cannot_read)?;
    let archive = ZipArchive::new(BufReader::new(file));
    Ok(archive.map_err(|error| cannot_read(error.into()))?)
}

/// Where each entry goes, if the whole archive may be unpacked.
fn places(archive: &Archive, path: &Path) -> Result<Vec<Place>, DocpackError> {
    let entries = archive.metadata();
    if entries.len() > MOST_ENTRIES {
        return Err(DocpackError::TooManyEntries {
            path: path.into(),
            limit: MOST_ENTRIES,
        });
    }
    if entries.has_duplicate_names() {
        return Err(DocpackError::SameNames { path: path.into() });
    }
    let mut places = Vec::with_capacity(entries.len());
    let mut size: u64 = 0;
    let mut has_outline = false;
    for index in 0..entries.len() {
        let entry = entries
            .entry(index)
            .map_err(|error| DocpackError::NoArchive {
                path: path.into(),
                source: cause(error),
            })?;
        let place = place(&entry).map_err(|fault| {
            entry_error(path, &String::from_utf8_lossy(entry.name_raw()), fault)
        })?;
        has_outline |= matches!(&place, Place::File(file) if file == Path::new(OUTLINE));
        size = size.saturating_add(entry.size());
        places.push(place);
    }
    if size > MOST_BYTES {
        return Err(too_large(path));
    }
    if !has_outline {
        return Err(DocpackError::NoOutline { path: path.into() });
    }
    Ok(places)
}

/// Where an entry goes.
fn place(entry: &ZipFileEntry<'_>) -> Result<Place, EntryFault> {
    const KIND: u32 = 0o170_000;
    const FOLDER: u32 = 0o040_000;
    const FILE: u32 = 0o100_000;
    let name = entry.name().map_err(|_| EntryFault::Name)?;
    if !is_entry_name(&name) {
        return Err(EntryFault::Name);
    }
    let kind = entry.unix_mode().unwrap_or(0) & KIND;
    let usual = if entry.is_dir() { FOLDER } else { FILE };
    if kind != 0 && kind != usual {
        return Err(EntryFault::Special);
    }
    if entry.encrypted() {
        return Err(EntryFault::Encrypted);
    }
    Ok(match &*name {
        OUTLINE => Place::File(OUTLINE.into()),
        name if entry.is_dir() => Place::Folder(Path::new(FILES).join(name)),
        name => Place::File(Path::new(FILES).join(name)),
    })
}

/// An archive on its way into a folder.
struct Unpacking<'p> {
    path: &'p Path,
    folder: &'p Path,
    allowance: Allowance,
    unpacked: Unpacked,
}

impl Unpacking<'_> {
    fn entry(
        &mut self,
        archive: &mut Archive,
        index: usize,
        place: Place,
    ) -> Result<(), StepError> {
        let file_path = match &place {
            Place::Folder(folder) => return self.make_folder(folder),
            Place::File(file) => file,
        };
        if let Some(folder) = file_path.parent() {
            self.make_folder(folder)?;
        }
        let fault = |fault| entry_error(self.path, &shown(file_path), fault);
        let mut entry = archive
            .by_index(index)
            .map_err(|error| fault(EntryFault::Damaged(cause(error))))?;
        let target = self.folder.join(file_path);
        // Whether names are the same is for the file system to say.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&target)
            .map_err(|error| self.write_error(file_path, error))?;
        let copied = self.allowance.copy(&mut entry, &mut file);
        copied.map_err(|error| match error {
            CopyError::Read(source) => fault(EntryFault::Damaged(source)).into(),
            CopyError::Write(source) => self.write_error(file_path, source),
            CopyError::TooLarge => too_large(self.path).into(),
            CopyError::Cancelled => StepError::Cancelled,
        })?;
        self.unpacked.files.insert(file_path.clone());
        Ok(())
    }

    /// Makes a folder, and those it lies in.
    fn make_folder(&mut self, folder: &Path) -> Result<(), StepError> {
        fs::create_dir_all(self.folder.join(folder))
            .map_err(|error| self.write_error(folder, error))?;
        let folders = folder.ancestors().filter(|part| *part != Path::new(""));
        self.unpacked.folders.extend(folders.map(Path::to_owned));
        Ok(())
    }

    fn write_error(&self, entry: &Path, source: io::Error) -> StepError {
        use io::ErrorKind::{AlreadyExists, NotADirectory};
        match source.kind() {
            AlreadyExists | NotADirectory => {
                entry_error(self.path, &shown(entry), EntryFault::Taken).into()
            }
            _ => FileError::Write {
                path: self.folder.join(entry),
                source,
            }
            .into(),
        }
    }
}

/// The name of an entry in the archive.
fn shown(place: &Path) -> String {
    let name = place.strip_prefix(FILES).unwrap_or(place);
    name.display().to_string()
}

fn entry_error(path: &Path, entry: &str, source: EntryFault) -> DocpackError {
    DocpackError::Entry {
        entry: entry.to_owned(),
        path: path.into(),
        source,
    }
}

fn too_large(path: &Path) -> DocpackError {
    DocpackError::TooLarge {
        path: path.into(),
        limit: MOST_BYTES,
    }
}
