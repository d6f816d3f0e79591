//! Checks that run on Python, each in a virtual environment of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{are_installed, is_installed, succeeds};

/// Name of the requirements file.
const REQUIREMENTS: &str = "requirements.txt";

/// Copy of the requirements, written after the installation.
const INSTALLED: &str = "installed-requirements.txt";

/// Installs the requirements of a directory into `home` if needed and runs scripts of that
/// directory in order. Returns whether all passed; failures are printed.
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
        // No bytecode beside the scripts.
        let mut check = Command::new(&python);
        if !succeeds(check.arg("-B").arg(folder.join(script)).arg(program))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns a Python with the requirements installed; `options` are for pip. `None` if the
/// installation fails; the failure is printed.
pub(crate) fn environment(
    requirements: &Path,
    home: &Path,
    options: &[&str],
) -> io::Result<Option<PathBuf>> {
    let python = home.join("bin").join("python");
    if are_installed(requirements, &home.join(INSTALLED))? {
        return Ok(Some(python));
    }
    if !is_installed("python3") {
        eprintln!("error: program not found: python3");
        eprintln!("the check needs it; install Python 3.10 or later and try again");
        return Ok(None);
    }
    println!("installing packages in {}", home.display());
    let mut environment = Command::new("python3");
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet"])
        .args(options)
        .arg("--requirement")
        .arg(requirements);
    if !succeeds(environment.args(["-m", "venv"]).arg(home))? || !succeeds(&mut install)? {
        eprintln!("error: installation failed");
        return Ok(None);
    }
    fs::copy(requirements, home.join(INSTALLED))?;
    Ok(Some(python))
}
