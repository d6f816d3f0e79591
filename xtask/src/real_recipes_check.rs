//! Runs third-party recipes, unchanged and from start to end, with a scripted model.
//!
//! The recipes are in a directory beside the repository and never copied into it. Their inputs and
//! expected results are in `tests/real_recipes`. No API key is needed.

use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::programs::{is_installed, succeeds};
use crate::recipe_program::{self, Profile};

/// Entry that the directory of the recipes must contain.
const RECIPES: &str = "recipes";

/// Builds the program and runs the checks in a directory on the recipes in another.
pub(crate) fn run(checks: &Path, recipes: &Path) -> io::Result<ExitCode> {
    if !recipes.join(RECIPES).is_dir() {
        eprintln!(
            "error: directory not found: {}",
            recipes.join(RECIPES).display()
        );
        eprintln!(
            "the recipes are kept beside the repository: pass their directory, `cargo xtask real-recipes-check DIR`"
        );
        return Ok(ExitCode::FAILURE);
    }
    if !is_installed("python3") {
        eprintln!("error: program not found: python3");
        eprintln!("install Python 3.10 or later and run `cargo xtask real-recipes-check` again");
        return Ok(ExitCode::FAILURE);
    }
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    println!("running the recipes in {}", recipes.display());
    let mut check = Command::new("python3");
    // No bytecode beside the scripts.
    check.arg("-B").arg(checks.join("check.py"));
    if succeeds(check.arg(program).arg(recipes))? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("the recipes must run unchanged: fix the program and try again");
    Ok(ExitCode::FAILURE)
}
