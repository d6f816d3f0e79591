//! Running the programs that tasks need.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether a program is installed.
pub(crate) fn is_there(program: &str) -> bool {
    let silent = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    silent.is_ok_and(|status| status.success())
}

/// Runs a command to its end and tells whether it did what it was asked to.
pub(crate) fn succeeds(command: &mut Command) -> io::Result<bool> {
    Ok(command.status()?.success())
}

/// Whether what a file names has been installed: then a copy of it was left.
pub(crate) fn is_installed(wanted: &Path, copy: &Path) -> io::Result<bool> {
    match fs::read(copy) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        installed => Ok(installed? == fs::read(wanted)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_installed_when_its_lock_file_has_not_changed_since() {
        let folder = tempfile::tempdir().unwrap();
        let (lock, copy) = (folder.path().join("lock"), folder.path().join("copy"));
        fs::write(&lock, "1").unwrap();
        assert!(!is_installed(&lock, &copy).unwrap());
        fs::copy(&lock, &copy).unwrap();
        assert!(is_installed(&lock, &copy).unwrap());
        fs::write(&lock, "2").unwrap();
        assert!(!is_installed(&lock, &copy).unwrap());
    }

    #[test]
    fn a_program_that_is_not_installed_is_not_there() {
        assert!(!is_there("no-such-program-of-recipe"));
    }
}
