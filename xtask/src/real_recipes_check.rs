//! Recipes of others, unchanged, from their beginning to their end, with a model that says what it is told to.
//!
//! They lie in a folder beside the repository, and nothing of them is copied into it. What they are asked for and what has
//! to come of them is in `tests/real_recipes`; no key and no other computer is needed.

use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::programs::{is_there, succeeds};
use crate::recipe_program::{self, Profile};

/// What has to be in the folder of the recipes.
const RECIPES: &str = "recipes";

/// Builds the program and has the checks in a folder run the recipes in another.
pub(crate) fn run(checks: &Path, recipes: &Path) -> io::Result<ExitCode> {
    if !recipes.join(RECIPES).is_dir() {
        eprintln!(
            "error: folder not found: {}",
            recipes.join(RECIPES).display()
        );
        eprintln!(
            "the recipes are kept beside the repository: name the folder that has them, `cargo xtask real-recipes-check FOLDER`"
        );
        return Ok(ExitCode::FAILURE);
    }
    if !is_there("python3") {
        eprintln!("error: program not found: python3");
        eprintln!("install Python 3.10 or later and run `cargo xtask real-recipes-check` again");
        return Ok(ExitCode::FAILURE);
    }
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    println!("running the recipes in {}", recipes.display());
    let mut check = Command::new("python3");
    // Nothing is left beside the scripts.
    check.arg("-B").arg(checks.join("check.py"));
    if succeeds(check.arg(program).arg(recipes))? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("the recipes have to run as they are: mend what they run on and try again");
    Ok(ExitCode::FAILURE)
}
