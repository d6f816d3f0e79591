//! Reading and writing single files, for the steps that do.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use recipe_core::StepError;

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
    write(path, text).map_err(|source| FileError::Write {
        path: path.into(),
        source,
    })
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link is written through, as every editor does it.
    let target = match fs::canonicalize(path) {
        Ok(existing) => existing,
        Err(_) => path.to_owned(),
    };
    let existing = fs::metadata(&target).ok();
    if let Some(existing) = &existing
        && !existing.is_file()
    {
        // Devices and pipes cannot be replaced by a rename; folders refuse by themselves.
        return fs::OpenOptions::new()
            .write(true)
            .open(&target)?
            .write_all(text.as_bytes());
    }
    let folder = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut temporary = new_file(folder)?;
    temporary.write_all(text.as_bytes())?;
    if let Some(existing) = existing {
        temporary
            .as_file()
            .set_permissions(existing.permissions())?;
    }
    temporary.persist(&target)?;
    Ok(())
}

/// A temporary file with the permissions an ordinary new file gets.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.prefix(".recipe-").tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        write_text(&path, "one").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        }
        write_text(&path, "two").unwrap();
        assert_eq!(read_text(&path).unwrap(), "two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_written_through_and_devices_are_left_in_place() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        let link = folder.path().join("link");
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_text(&link, "new").unwrap();
        assert_eq!(read_text(&target).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        write_text(Path::new("/dev/null"), "gone").unwrap();
        assert!(
            fs::metadata("/dev/null")
                .unwrap()
                .file_type()
                .is_char_device()
        );
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
