//! Atomic file writes.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::Path;

/// Prefix of the names of temporary files. A process that is killed may leave one behind.
pub const TEMPORARY_PREFIX: &str = ".recipe-";

/// Writes a file atomically: into a temporary file beside it, which is then renamed.
///
/// A link is written through, and an existing file keeps its permissions. Devices, pipes, and files
/// in a directory that is not writable cannot be replaced and are written in place.
///
/// # Errors
/// Fails if the directory does not exist or the file cannot be written.
pub fn write_whole_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let existing = fs::metadata(path).ok();
    let target = match (&existing, fs::canonicalize(path)) {
        (Some(existing), Ok(target)) if existing.is_file() => target,
        (Some(_), _) => return write_in_place(path, bytes),
        (None, _) => path.to_owned(),
    };
    let permissions = match &existing {
        Some(existing) => FilePermissions::Existing(existing.permissions()),
        None => FilePermissions::Default,
    };
    match replace(&target, bytes, permissions) {
        // A file that a crash may tear is better than none; without room it would only be torn.
        Err(error) if existing.is_some() && !is_lack_of_room(&error) => {
            write_in_place(&target, bytes)
        }
        result => result,
    }
}

/// Atomically writes a file that is readable only by its owner, replacing an existing one. Missing
/// directories are created for the owner alone.
///
/// # Errors
/// Fails if a directory cannot be created or the file cannot be written.
pub fn write_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut directories = DirBuilder::new();
    directories.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut directories, 0o700);
    directories.create(directory_of(path))?;
    replace(path, bytes, FilePermissions::Private)
}

/// Returns the directory of a file.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Permissions of a written file.
enum FilePermissions {
    /// Read and write for the owner alone.
    Private,
    /// The default of new files.
    Default,
    /// The permissions of the replaced file.
    Existing(Permissions),
}

fn replace(target: &Path, bytes: &[u8], permissions: FilePermissions) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match permissions {
            FilePermissions::Private => 0o600,
            _ => 0o666,
        },
    );
    // The error of `tempfile` names the temporary file, which means nothing to a reader.
    let mut refused = None;
    let open = |path: &Path| {
        let opened = options.open(path);
        opened.inspect_err(|error| refused = error.raw_os_error())
    };
    let made = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .make_in(directory_of(target), open);
    let mut file = made.map_err(|error| refused.map_or(error, io::Error::from_raw_os_error))?;
    file.as_file_mut().write_all(bytes)?;
    if let FilePermissions::Existing(permissions) = permissions {
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
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("b.txt");
        write_whole_file(&path, b"one").unwrap();
        write_whole_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(write_whole_file(&directory.path().join("gone/c.txt"), b"x").is_err());
        assert!(write_whole_file(directory.path(), b"x").is_err());
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
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("b.txt");
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
    fn a_private_file_and_its_directories_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/c.txt");
        write_private_file(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&directory.path().join("a")), 0o700);
        assert_eq!(mode(&directory.path().join("a/b")), 0o700);

        // Files that were open to others, or links to elsewhere, are replaced.
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        write_private_file(&path, b"two").unwrap();
        assert_eq!(mode(&path), 0o600);
        let (link, elsewhere) = (
            directory.path().join("link"),
            directory.path().join("elsewhere"),
        );
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
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("target");
        let link = directory.path().join("link");
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
