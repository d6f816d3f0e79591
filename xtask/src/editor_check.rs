//! The schemas in the engines of editors: what they complete, show and mark in recipes.
//!
//! The cases and what is expected of them are in `tests/editor`; here is only what is needed to run them.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// Runs the checks in a folder, and first installs the engines when they are not the ones its lock file names.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    for (program, package) in [("node", "Node.js 20 or later"), ("npm", "npm")] {
        if !is_there(program) {
            eprintln!("error: program not found: {program}");
            eprintln!(
                "the editors' engines run on it; install {package} and run `cargo xtask editor-check` again"
            );
            return Ok(ExitCode::FAILURE);
        }
    }
    if !is_installed(folder)? {
        println!("installing the engines in {}", folder.display());
        if !succeeds(
            Command::new("npm")
                .args(["ci", "--silent"])
                .current_dir(folder),
        )? {
            eprintln!("error: the engines could not be installed");
            eprintln!("run `npm ci` in {} to see why", folder.display());
            return Ok(ExitCode::FAILURE);
        }
        fs::copy(folder.join(LOCK), folder.join(INSTALLED))?;
    }
    println!("checking the schemas with the engines of editors");
    if succeeds(Command::new("node").arg(folder.join("check.mjs")))? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "the schemas are made by crates/recipe-core/src/registry/schema.rs and the doc comments of the steps:"
    );
    eprintln!("mend them, run `cargo xtask schemas`, and then `cargo xtask editor-check` again");
    eprintln!(
        "where the new behaviour is right, change the cases in {}",
        folder.join("cases").display()
    );
    Ok(ExitCode::FAILURE)
}

/// What is to be installed.
const LOCK: &str = "package-lock.json";

/// A copy of the lock file, made when everything in it had been installed.
const INSTALLED: &str = "node_modules/.installed-lock.json";

fn is_installed(folder: &Path) -> io::Result<bool> {
    match fs::read(folder.join(INSTALLED)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        installed => Ok(installed? == fs::read(folder.join(LOCK))?),
    }
}

fn is_there(program: &str) -> bool {
    let silent = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    silent.is_ok_and(|status| status.success())
}

fn succeeds(command: &mut Command) -> io::Result<bool> {
    Ok(command.status()?.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_installed_when_the_lock_file_has_not_changed_since() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join(LOCK), "1").unwrap();
        assert!(!is_installed(folder).unwrap());
        fs::create_dir(folder.join("node_modules")).unwrap();
        fs::copy(folder.join(LOCK), folder.join(INSTALLED)).unwrap();
        assert!(is_installed(folder).unwrap());
        fs::write(folder.join(LOCK), "2").unwrap();
        assert!(!is_installed(folder).unwrap());
    }

    #[test]
    fn a_program_that_is_not_installed_is_not_there() {
        assert!(!is_there("no-such-program-of-recipe"));
    }
}
