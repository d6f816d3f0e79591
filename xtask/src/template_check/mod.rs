//! Templates rendered by the engine that recipes are written for and by ours, and compared.
//!
//! The templates come from `tests/templates`, where python-liquid renders them as recipe-executor does, and from Golden
//! Liquid, which lies beside the repository. A difference has to be in `tests/conformance/template-differences.json`, with
//! a reason; a reason that explains nothing any more is a mistake, too.

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

/// What to compare, and what to show.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The cases of Golden Liquid; `../shared/golden-liquid/golden_liquid.json`, beside the repository, if it is there.
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
    /// Compare only templates whose name has this text in it.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Show all differences, those with a reason too.
    #[arg(long)]
    list: bool,
}

/// Has python-liquid render everything, and compares.
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
    // Nothing is left beside the scripts.
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
    // A panic is an outcome here, which is shown with its template.
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
        "make crates/recipe-core/src/template agree, or give the reason in {}",
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
    println!("Golden Liquid is left out: no {}", file.display());
    None
}
