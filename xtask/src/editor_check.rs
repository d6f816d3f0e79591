//! The schemas in the engines of editors: what they complete, show and mark in recipes.
//!
//! The cases and what is expected of them are in `tests/editor`; here is only what is needed to run them.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::node;

/// Runs the checks in a folder.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    println!("checking the schemas with the engines of editors");
    if node::check(folder, &[])? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "the schemas are made by crates/recipe-core/src/registry/schema.rs and the doc comments of the steps:"
    );
    eprintln!("mend them, run `cargo xtask schemas`, and then `cargo xtask editor-check` again");
    eprintln!(
        "where the new behaviour is right, change the cases in {}",
        folder.join("cases").display()
    );
    Ok(ExitCode::FAILURE)
}
