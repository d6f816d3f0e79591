//! Compares our template engine with python-liquid, for which recipes are written.
//!
//! The templates come from `tests/templates`, where python-liquid renders them as recipe-executor
//! does, and from Golden Liquid, beside the repository. Each difference needs a reason in
//! `tests/conformance/template-differences.json`; an unused reason is an error.

mod cases;
mod differences;
mod generated;
mod golden;
mod json;
mod outcome;
mod pattern;

use std::env;
use std::io;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::programs::succeeds;
use crate::python;
use crate::recipe_program;
use cases::Case;
use differences::Differences;

/// Selection of cases and output.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Cases of Golden Liquid; by default `../shared/golden-liquid/golden_liquid.json`, beside the
    /// repository, if present.
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
    /// Compare only templates whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Show all differences, including those with a reason.
    #[arg(long)]
    list: bool,
}

/// Renders all cases with python-liquid and with our engine, and compares.
pub(crate) fn run(options: &Options, workspace: &Path) -> io::Result<ExitCode> {
    let folder = workspace.join("tests/templates");
    let list = workspace.join("tests/conformance/template-differences.json");
    let differences = Differences::read(&list)?;
    let home = recipe_program::target(&env::current_exe()?).join("template-check");
    let requirements = folder.join("requirements.txt");
    let Some(python) = python::environment(&requirements, &home, &["--no-deps"])? else {
        return Ok(ExitCode::FAILURE);
    };
    let golden = golden_file(options, workspace);
    let (rendered, rendered_golden) = (home.join("generated.jsonl"), home.join("golden.jsonl"));
    println!("rendering templates with python-liquid");
    let mut generate = Command::new(python);
    // No bytecode beside the scripts.
    generate.arg("-B").arg(folder.join("generate.py"));
    generate.arg(&rendered);
    if let Some(golden) = &golden {
        generate.arg(golden).arg(&rendered_golden);
    }
    if !succeeds(&mut generate)? {
        return Ok(ExitCode::FAILURE);
    }
    println!("rendering them with recipe");
    let (whole, show_all) = (options.only.is_none(), options.list);
    let read = |file: &Path| -> io::Result<Vec<Case>> {
        let mut cases = cases::read(file)?;
        if let Some(only) = &options.only {
            cases.retain(|case| case.name.contains(only));
        }
        Ok(cases)
    };
    // A panic is an outcome, shown with its template.
    panic::set_hook(Box::new(|_| {}));
    let mut right = generated::check(&read(&rendered)?, &differences, show_all, whole);
    if let Some(golden) = golden {
        let cases = read(&rendered_golden)?;
        right &= golden::check(&cases, &golden, &differences, show_all, whole)?;
    }
    drop(panic::take_hook());
    if right {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "fix crates/recipe-core/src/template, or give the reason in {}",
        list.display()
    );
    Ok(ExitCode::FAILURE)
}

fn golden_file(options: &Options, workspace: &Path) -> Option<PathBuf> {
    let beside = || workspace.join("../shared/golden-liquid/golden_liquid.json");
    let file = options.golden.clone().unwrap_or_else(beside);
    if options.golden.is_some() || file.is_file() {
        return Some(file);
    }
    println!("skipping Golden Liquid: file not found: {}", file.display());
    None
}
