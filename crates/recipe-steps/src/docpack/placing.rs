//! Moving what was unpacked to the folder it belongs in.

use std::fs;
use std::io;
use std::path::Path;

use recipe_core::StepError;

use super::unpack::Unpacked;
use super::{DocpackError, OUTLINE};
use crate::data_path::leads_out;
use crate::file::FileError;
use recipe_process::directory_of;

/// The nearest folder on the way to `target` that exists, `target` included: what lies in it can be moved there.
pub(super) fn nearest_folder(target: &Path) -> &Path {
    let mut folders = target.ancestors();
    folders
        .find(|folder| folder.is_dir())
        .unwrap_or(Path::new("."))
}

/// Moves a folder to `target`. A folder that is there keeps what it has beside, and nothing is moved if anything of
/// it is in the way.
pub(super) fn place(folder: &Path, target: &Path, unpacked: &Unpacked) -> Result<(), StepError> {
    let write_error = |source: io::Error| FileError::Write {
        path: target.into(),
        source,
    };
    if !target.exists() {
        fs::create_dir_all(directory_of(target)).map_err(write_error)?;
        match fs::rename(folder, target) {
            Ok(()) => return Ok(()),
            // Somebody else has made it meanwhile.
            Err(_) if target.is_dir() => {}
            Err(error) => return Err(write_error(error).into()),
        }
    }
    check(target, unpacked)?;
    for part in &unpacked.folders {
        fs::create_dir_all(target.join(part)).map_err(write_error)?;
    }
    // The outline last: where it is, its files are.
    let (outline, files): (Vec<_>, Vec<_>) = unpacked
        .files
        .iter()
        .partition(|file| *file == Path::new(OUTLINE));
    for file in files.into_iter().chain(outline) {
        fs::rename(folder.join(file), target.join(file)).map_err(write_error)?;
    }
    Ok(())
}

/// Whether a folder that is there can take what was unpacked.
fn check(target: &Path, unpacked: &Unpacked) -> Result<(), DocpackError> {
    for folder in &unpacked.folders {
        let path = target.join(folder);
        if path.symlink_metadata().is_ok() && !path.is_dir() {
            return Err(DocpackError::InTheWay { path });
        }
        if leads_out(&path, target) {
            return Err(DocpackError::LeadsOut { path });
        }
    }
    for file in &unpacked.files {
        let path = target.join(file);
        if path.is_dir() {
            return Err(DocpackError::InTheWay { path });
        }
    }
    Ok(())
}
