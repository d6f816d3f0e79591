//! Compares recipes with the newest official clients of model providers: both do the same jobs at
//! the same scripted server.
//!
//! The checks are in `tests/peers`.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::python;
use crate::recipe_program::{self, Profile};

/// Scripts, in the order in which they run.
const SCRIPTS: [&str; 2] = ["outdated.py", "providers.py"];

/// Builds the program, installs the clients if missing, and runs the checks in a directory.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    let home = recipe_program::target(&program).join("peers-check");
    println!("comparing with the official clients of the providers");
    if python::check(folder, &SCRIPTS, &program, &home)? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "make crates/recipe-llm/src/providers agree, or give the reason in {}",
        folder.join("differences.json").display()
    );
    Ok(ExitCode::FAILURE)
}
