//! The Model Context Protocol with the official Python SDK at the other end: recipes that call its tools, and its client
//! that calls recipes.
//!
//! The checks are in `tests/mcp`; here is only what is needed to run them.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::python;
use crate::recipe_program::{self, Profile};

/// What is run, in this order.
const SCRIPTS: [&str; 2] = ["tools_of_servers.py", "recipes_as_tools.py"];

/// Builds the program, installs the SDK where it is not, and runs the checks in a folder.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    let home = recipe_program::target(&program).join("mcp-check");
    println!("checking tools and recipes as tools with the official SDK");
    if python::check(folder, &SCRIPTS, &program, &home)? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("what speaks the protocol is in crates/recipe-llm/src: mend it and try again");
    Ok(ExitCode::FAILURE)
}
