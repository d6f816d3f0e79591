//! Writing files so that they appear whole or not at all.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::Path;

/// What the names of temporary files begin with. A process that is killed may leave one.
pub const TEMPORARY_PREFIX: &str = ".recipe-";

/// Writes a file whole or not at all: into a temporary file beside it, which then takes its name.
///
/// A link is written through, and a file that exists keeps its permissions. What cannot be replaced is written in
/// place: devices and pipes, and a file in a folder that is not writable.
///
/// # Errors
/// When the folder does not exist or the file cannot be written.
pub fn write_whole_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let existing = fs::metadata(path).ok();
    let target = match (&existing, fs::canonicalize(path)) {
        (Some(existing), Ok(target)) if existing.is_file() => target,
        (Some(_), _) => return write_in_place(path, bytes),
        (None, _) => path.to_owned(),
    };
    let permissions = match &existing {
        Some(existing) => FilePermissions::These(existing.permissions()),
        None => FilePermissions::OfNewFiles,
    };
    match replace(&target, bytes, permissions) {
        // Better torn by a crash than not written at all. Where there is no room it would only be torn.
        Err(error) if existing.is_some() && !is_lack_of_room(&error) => {
            write_in_place(&target, bytes)
        }
        result => result,
    }
}

/// Writes a file that nobody but its owner can read, whole or not at all. Folders on the way are made, for the owner
/// alone as well; what had the name before is replaced.
///
/// # Errors
/// When a folder cannot be made, or the file not be written.
pub fn write_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders.create(folder_of(path))?;
    replace(path, bytes, FilePermissions::OfOwner)
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Who may do what with a file.
enum FilePermissions {
    /// The owner everything, nobody else anything.
    OfOwner,
    /// As with any file that a program makes.
    OfNewFiles,
    These(Permissions),
}

fn replace(target: &Path, bytes: &[u8], permissions: FilePermissions) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match permissions {
            FilePermissions::OfOwner => 0o600,
            _ => 0o666,
        },
    );
    // The error of the system alone: that of `tempfile` names the temporary file, which nobody knows.
    let mut refused = None;
    let open = |path: &Path| {
        let opened = options.open(path);
        opened.inspect_err(|error| refused = error.raw_os_error())
    };
    let made = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .make_in(folder_of(target), open);
    let mut file = made.map_err(|error| refused.map_or(error, io::Error::from_raw_os_error))?;
    file.as_file_mut().write_all(bytes)?;
    if let FilePermissions::These(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.persist(target)?;
    Ok(())
}

fn is_lack_of_room(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull)
}

fn write_in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.txt");
        write_whole_file(&path, b"one").unwrap();
        write_whole_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write_whole_file(&folder.path().join("gone/c.txt"), b"x").is_err());
        assert!(write_whole_file(folder.path(), b"x").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_does_not_name_the_temporary_file() {
        let error = write_whole_file(Path::new("/proc/no/such"), b"x").unwrap_err();
        assert_eq!(error.to_string(), "No such file or directory (os error 2)");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.txt");
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        write_whole_file(&path, b"two").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_and_its_folders_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c.txt");
        write_private_file(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("a")), 0o700);
        assert_eq!(mode(&folder.path().join("a/b")), 0o700);

        // What was open to others, or elsewhere, is not so any more.
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        write_private_file(&path, b"two").unwrap();
        assert_eq!(mode(&path), 0o600);
        let (link, elsewhere) = (folder.path().join("link"), folder.path().join("elsewhere"));
        fs::write(&elsewhere, "old").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        write_private_file(&link, b"three").unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"old");
        assert_eq!(fs::read(&link).unwrap(), b"three");
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
        write_whole_file(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        write_whole_file(Path::new("/dev/null"), b"gone").unwrap();
        assert!(
            fs::metadata("/dev/null")
                .unwrap()
                .file_type()
                .is_char_device()
        );
    }
}
