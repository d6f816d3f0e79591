//! Environments of Python with what tasks need in them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{is_installed, succeeds};

/// A copy of the requirements, made when everything in them had been installed.
const INSTALLED: &str = "installed-requirements.txt";

/// A Python in the folder `home` that has what the file `requirements` names; installed there unless it is already.
/// `None` if it cannot be installed; what went wrong has been printed.
pub(crate) fn environment(
    requirements: &Path,
    home: &Path,
    options: &[&str],
) -> io::Result<Option<PathBuf>> {
    let python = home.join("bin").join("python");
    if is_installed(requirements, &home.join(INSTALLED))? {
        return Ok(Some(python));
    }
    println!("installing what Python needs in {}", home.display());
    let mut environment = Command::new("python3");
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet"])
        .args(options)
        .arg("--requirement")
        .arg(requirements);
    let is_installed =
        succeeds(environment.args(["-m", "venv"]).arg(home))? && succeeds(&mut install)?;
    if is_installed {
        fs::copy(requirements, home.join(INSTALLED))?;
    }
    Ok(is_installed.then_some(python))
}
