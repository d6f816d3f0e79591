//! The program `recipe`, with the steps that this workspace has.

use std::process::ExitCode;

fn main() -> ExitCode {
    recipe_cli::main(recipe_cli::registry())
}
