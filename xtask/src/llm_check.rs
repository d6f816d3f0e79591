//! Checks `llm_generate` with a real language model served on this machine, without an API key.
//!
//! The checks are in `tests/llm`.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::python;
use crate::recipe_program::{self, Profile};

/// Builds the program, installs model and server if missing, and runs the checks in a directory.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    let home = recipe_program::target(&program).join("llm-check");
    println!("checking llm_generate with a model on this machine");
    if python::check(folder, &["check.py"], &program, &home)? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("what asks the model is in crates/recipe-llm/src: mend it and try again");
    Ok(ExitCode::FAILURE)
}
