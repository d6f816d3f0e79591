//! Runs programs that tasks need.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether a program is installed.
pub(crate) fn is_installed(program: &str) -> bool {
    let silent = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    silent.is_ok_and(|status| status.success())
}

/// Runs a command and returns whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> io::Result<bool> {
    Ok(command.status()?.success())
}

/// Whether the packages of a file have been installed, which leaves a copy of the file.
pub(crate) fn are_installed(wanted: &Path, copy: &Path) -> io::Result<bool> {
    match fs::read(copy) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        installed => Ok(installed? == fs::read(wanted)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_until_their_lock_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (lock, copy) = (folder.path().join("lock"), folder.path().join("copy"));
        fs::write(&lock, "1").unwrap();
        assert!(!are_installed(&lock, &copy).unwrap());
        fs::copy(&lock, &copy).unwrap();
        assert!(are_installed(&lock, &copy).unwrap());
        fs::write(&lock, "2").unwrap();
        assert!(!are_installed(&lock, &copy).unwrap());
    }

    #[test]
    fn a_missing_program_is_not_installed() {
        assert!(!is_installed("no-such-program-of-recipe"));
    }
}
