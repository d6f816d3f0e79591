//! Checks that run on Node.js: what they need is installed as their lock file says, then they are run.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::programs::{is_installed, is_there, succeeds};

/// What is to be installed.
const LOCK: &str = "package-lock.json";

/// A copy of the lock file, made when everything in it had been installed.
const INSTALLED: &str = "node_modules/.installed-lock.json";

/// Runs `check.mjs` in a folder, and first installs what its lock file names when that is not there. Tells whether it
/// went well; what went wrong has been printed.
pub(crate) fn check(folder: &Path, arguments: &[&OsStr]) -> io::Result<bool> {
    if !install(folder)? {
        return Ok(false);
    }
    let check = folder.join("check.mjs");
    succeeds(Command::new("node").arg(check).args(arguments))
}

/// Installs what the lock file of a folder names when it is not there. Tells whether it is; what went wrong has been printed.
pub(crate) fn install(folder: &Path) -> io::Result<bool> {
    for (program, package) in [("node", "Node.js 20 or later"), ("npm", "npm")] {
        if !is_there(program) {
            eprintln!("error: program not found: {program}");
            eprintln!("the check runs on it; install {package} and try again");
            return Ok(false);
        }
    }
    if !is_installed(&folder.join(LOCK), &folder.join(INSTALLED))? {
        println!("installing what the check needs in {}", folder.display());
        let mut npm = Command::new("npm");
        if !succeeds(npm.args(["ci", "--silent"]).current_dir(folder))? {
            eprintln!("error: it could not be installed");
            eprintln!("run `npm ci` in {} to see why", folder.display());
            return Ok(false);
        }
        fs::copy(folder.join(LOCK), folder.join(INSTALLED))?;
    }
    Ok(true)
}
