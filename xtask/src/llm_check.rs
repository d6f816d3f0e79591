//! `llm_generate` with a real language model, served on this machine: no key and no other computer is needed.
//!
//! The checks are in `tests/llm`; here is only what is needed to run them.

use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::programs::{is_there, succeeds};
use crate::python;
use crate::recipe_program::{self, Profile};

/// What is to be installed.
const REQUIREMENTS: &str = "requirements.txt";

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
    let Some(python) = python::environment(&folder.join(REQUIREMENTS), &home, &["--no-deps"])?
    else {
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
