//! Checks the schemas in editor engines: completion, hover and diagnostics in recipes.
//!
//! The cases and expectations are in `tests/editor`.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::node;

/// Runs the checks in a directory.
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
