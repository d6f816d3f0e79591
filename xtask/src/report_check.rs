//! Checks the page of `recipe run --report` in a browser: display, use, and safety against the
//! content of runs.
//!
//! The checks are in `tests/report`.

use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::programs::{is_installed, succeeds};
use crate::recipe_program::{self, Profile};

/// Names of the browser's program.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Builds the program and runs the checks in a directory. Reports and screenshots go to `keep`.
pub(crate) fn run(folder: &Path, keep: Option<&Path>) -> io::Result<ExitCode> {
    if !is_installed("node") {
        eprintln!("error: program not found: node");
        eprintln!("install Node.js 20 or later and run `cargo xtask report-check` again");
        return Ok(ExitCode::FAILURE);
    }
    let Some(browser) = BROWSERS.into_iter().find(|name| is_installed(name)) else {
        eprintln!("error: program not found: {}", BROWSERS[0]);
        eprintln!("install Chromium and run `cargo xtask report-check` again");
        return Ok(ExitCode::FAILURE);
    };
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    println!("checking reports with {browser}");
    let mut check = Command::new("node");
    check
        .arg(folder.join("check.mjs"))
        .arg(program)
        .arg(browser);
    if succeeds(check.args(keep))? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("the page is made of crates/recipe-cli/src/observe/report/: mend it, and then run");
    eprintln!(
        "`cargo xtask report-check --keep FOLDER`, which leaves the reports and pictures of them"
    );
    Ok(ExitCode::FAILURE)
}
