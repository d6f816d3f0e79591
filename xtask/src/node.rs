//! Checks that run on Node.js, with the packages of their lock file.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::programs::{are_installed, is_installed, succeeds};

/// Name of the lock file.
const LOCK: &str = "package-lock.json";

/// Copy of the lock file, written after the installation.
const INSTALLED: &str = "node_modules/.installed-lock.json";

/// Installs the packages of a directory if needed and runs its `check.mjs`. Returns whether it
/// passed; failures are printed.
pub(crate) fn check(folder: &Path, arguments: &[&OsStr]) -> io::Result<bool> {
    if !install(folder)? {
        return Ok(false);
    }
    let check = folder.join("check.mjs");
    succeeds(Command::new("node").arg(check).args(arguments))
}

/// Installs the packages of a directory's lock file if needed. Returns whether they are installed;
/// failures are printed.
pub(crate) fn install(folder: &Path) -> io::Result<bool> {
    for (program, package) in [("node", "Node.js 20 or later"), ("npm", "npm")] {
        if !is_installed(program) {
            eprintln!("error: program not found: {program}");
            eprintln!("the check needs it; install {package} and try again");
            return Ok(false);
        }
    }
    if !are_installed(&folder.join(LOCK), &folder.join(INSTALLED))? {
        println!("installing packages in {}", folder.display());
        let mut npm = Command::new("npm");
        if !succeeds(npm.args(["ci", "--silent"]).current_dir(folder))? {
            eprintln!("error: installation failed");
            eprintln!("run `npm ci` in {} to see why", folder.display());
            return Ok(false);
        }
        fs::copy(folder.join(LOCK), folder.join(INSTALLED))?;
    }
    Ok(true)
}
