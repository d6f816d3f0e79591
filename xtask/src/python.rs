//! Checks that run on Python: what they need is installed in a virtual environment of their own, then they are run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{is_installed, is_there, succeeds};

/// What is to be installed.
const REQUIREMENTS: &str = "requirements.txt";

/// A copy of it, made when everything in it had been installed.
const INSTALLED: &str = "installed-requirements.txt";

/// Runs scripts in a folder with a program, one after the other, and first installs in the folder `home` what is required
/// there when it is not there. Tells whether all went well; what went wrong has been printed.
pub(crate) fn check(
    folder: &Path,
    scripts: &[&str],
    program: &Path,
    home: &Path,
) -> io::Result<bool> {
    let requirements = folder.join(REQUIREMENTS);
    let Some(python) = environment(&requirements, home, &["--no-deps"])? else {
        return Ok(false);
    };
    for script in scripts {
        // Nothing is left beside the scripts.
        let mut check = Command::new(&python);
        if !succeeds(check.arg("-B").arg(folder.join(script)).arg(program))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A Python that has what the checks need. `None` if it cannot be installed; what went wrong has been printed.
/// `options` are for pip.
pub(crate) fn environment(
    requirements: &Path,
    home: &Path,
    options: &[&str],
) -> io::Result<Option<PathBuf>> {
    let python = home.join("bin").join("python");
    if is_installed(requirements, &home.join(INSTALLED))? {
        return Ok(Some(python));
    }
    if !is_there("python3") {
        eprintln!("error: program not found: python3");
        eprintln!("the check runs on it; install Python 3.10 or later and try again");
        return Ok(None);
    }
    println!("installing what the check needs in {}", home.display());
    let mut environment = Command::new("python3");
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet"])
        .args(options)
        .arg("--requirement")
        .arg(requirements);
    if !succeeds(environment.args(["-m", "venv"]).arg(home))? || !succeeds(&mut install)? {
        eprintln!("error: it could not be installed");
        return Ok(None);
    }
    fs::copy(requirements, home.join(INSTALLED))?;
    Ok(Some(python))
}
