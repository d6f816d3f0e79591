//! Checks the output of `recipe graph` with Mermaid and Graphviz.
//!
//! The recipes are in `tests/graph`, the examples and the conformance cases.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::node;
use crate::recipe_program::{self, Profile};

/// Runs the checks in a directory.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    let Some(recipe) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    println!("checking graphs with Mermaid and Graphviz");
    if node::check(folder, &[recipe.as_os_str()])? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "the graphs are made in crates/recipe-cli/src/commands/graph: mend them, and run `cargo xtask graph-check` again"
    );
    Ok(ExitCode::FAILURE)
}
