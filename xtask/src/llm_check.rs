//! `llm_generate` with a real language model, served on this machine: no key and no other computer is needed.
//!
//! The checks are in `tests/llm`; here is only what is needed to run them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::programs::{is_installed, is_there, succeeds};
use crate::recipe_program::{self, Profile};

/// What is to be installed.
const REQUIREMENTS: &str = "requirements.txt";

/// A copy of it, made when everything in it had been installed.
const INSTALLED: &str = "installed-requirements.txt";

/// Builds the program, installs model and server where they are not, and runs the checks in a folder.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    if !is_there("python3") {
        eprintln!("error: program not found: python3");
        eprintln!("install Python 3.10 or later and run `cargo xtask llm-check` again");
        return Ok(ExitCode::FAILURE);
    }
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    let target = program.ancestors().nth(2);
    let home = target
        .expect("the program lies in target/debug")
        .join("llm-check");
    let Some(python) = python(folder, &home)? else {
        eprintln!("error: the model or its server could not be installed");
        return Ok(ExitCode::FAILURE);
    };
    println!("checking llm_generate with a model on this machine");
    let mut check = Command::new(python);
    if succeeds(check.arg(folder.join("check.py")).arg(program))? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("what asks the model is in crates/recipe-llm/src: mend it and try again");
    Ok(ExitCode::FAILURE)
}

/// A Python that has what the checks need. `None` if it cannot be installed; what went wrong has been printed.
fn python(folder: &Path, home: &Path) -> io::Result<Option<PathBuf>> {
    let requirements = folder.join(REQUIREMENTS);
    let python = home.join("bin").join("python");
    if is_installed(&requirements, &home.join(INSTALLED))? {
        return Ok(Some(python));
    }
    println!("installing what the check needs in {}", home.display());
    let mut environment = Command::new("python3");
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--requirement",
        ])
        .arg(&requirements);
    let is_installed =
        succeeds(environment.args(["-m", "venv"]).arg(home))? && succeeds(&mut install)?;
    if is_installed {
        fs::copy(&requirements, home.join(INSTALLED))?;
    }
    Ok(is_installed.then_some(python))
}
