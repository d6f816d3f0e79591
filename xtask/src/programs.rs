//! Running the programs that tasks need.

use std::io;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_installed_is_not_there() {
        assert!(!is_there("no-such-program-of-recipe"));
    }
}
