//! Installation of unpacked files in the target directory.

use std::fs;
use std::io;
use std::path::Path;

use recipe_core::StepError;

use super::unpack::Unpacked;
use super::{DocpackError, OUTLINE};
use crate::data_path::escapes;
use crate::file::FileError;
use recipe_process::directory_of;

/// Returns the nearest existing directory among `target` and its ancestors; renaming from it to
/// `target` does not cross file systems.
pub(super) fn nearest_directory(target: &Path) -> &Path {
    let mut directories = target.ancestors();
    directories
        .find(|directory| directory.is_dir())
        .unwrap_or(Path::new("."))
}

/// Moves a directory to `target`. An existing directory keeps its other content; nothing is moved
/// if a path conflicts.
pub(super) fn install(
    directory: &Path,
    target: &Path,
    unpacked: &Unpacked,
) -> Result<(), StepError> {
    let write_error = |source: io::Error| FileError::Write {
        path: target.into(),
        source,
    };
    if !target.exists() {
        fs::create_dir_all(directory_of(target)).map_err(write_error)?;
        match fs::rename(directory, target) {
            Ok(()) => return Ok(()),
            // Created by another process in the meantime.
            Err(_) if target.is_dir() => {}
            Err(error) => return Err(write_error(error).into()),
        }
    }
    check(target, unpacked)?;
    for part in &unpacked.directories {
        fs::create_dir_all(target.join(part)).map_err(write_error)?;
    }
    // The outline comes last, so that its files exist once it does.
    let (outline, files): (Vec<_>, Vec<_>) = unpacked
        .files
        .iter()
        .partition(|file| *file == Path::new(OUTLINE));
    for file in files.into_iter().chain(outline) {
        fs::rename(directory.join(file), target.join(file)).map_err(write_error)?;
    }
    Ok(())
}

/// Checks an existing directory for conflicts with the unpacked paths.
fn check(target: &Path, unpacked: &Unpacked) -> Result<(), DocpackError> {
    for directory in &unpacked.directories {
        let path = target.join(directory);
        if path.symlink_metadata().is_ok() && !path.is_dir() {
            return Err(DocpackError::NotADirectory { path });
        }
        if escapes(&path, target) {
            return Err(DocpackError::OutsideTarget { path });
        }
    }
    for file in &unpacked.files {
        let path = target.join(file);
        if path.is_dir() {
            return Err(DocpackError::IsADirectory { path });
        }
    }
    Ok(())
}
