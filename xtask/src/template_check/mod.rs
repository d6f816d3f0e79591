//! Templates rendered by the engine that recipes are written for and by ours, and compared.
//!
//! The templates come from `tests/templates`, where python-liquid renders them as recipe-executor does, and from Golden
//! Liquid, which lies beside the repository. A difference has to be in `tests/conformance/template-differences.json`, with
//! a reason; a reason that explains nothing any more is a mistake, too.

mod cases;
mod differences;
mod golden;
mod outcome;
mod pattern;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::programs::succeeds;
use crate::python;
use crate::recipe_program;
use cases::Case;
use differences::{Differences, Found};
use outcome::Outcome;

/// Unexplained differences that are shown unless all are asked for.
const SHOWN: usize = 40;

/// What to compare, and what to show.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The file with the cases of Golden Liquid; `../shared/golden-liquid/golden_liquid.json` by default, if it is there.
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
    /// Compare only templates whose name contains this text.
    #[arg(long, value_name = "SUBSTRING")]
    only: Option<String>,
    /// Show all differences, those with a reason too.
    #[arg(long)]
    list: bool,
}

/// Renders everything with both engines and compares.
pub(crate) fn run(options: &Options, workspace: &Path) -> io::Result<ExitCode> {
    let folder = workspace.join("tests/templates");
    let list = workspace.join("tests/conformance/template-differences.json");
    let home = recipe_program::target(&env::current_exe()?).join("template-check");
    let differences = Differences::read(&list)?;
    let Some(python) =
        python::environment(&folder.join("requirements.txt"), &home, &["--no-deps"])?
    else {
        return Ok(ExitCode::FAILURE);
    };
    let file = home.join("cases.jsonl");
    println!("rendering templates with python-liquid");
    let mut generate = Command::new(python);
    // Nothing is left beside the scripts.
    generate.arg("-B").arg(folder.join("generate.py"));
    if !succeeds(generate.arg(&file))? {
        return Ok(ExitCode::FAILURE);
    }
    let mut cases = cases::read(&file)?;
    if let Some(only) = &options.only {
        cases.retain(|case| case.name.contains(only));
    }
    println!("rendering {} templates with recipe", cases.len());
    let found = silent_panics(|| compare(&cases, &differences));
    report(&cases, &found, options.list);
    let mut right = found.iter().all(|found| found.reason.is_some());
    if options.only.is_none() {
        right &= differences.all_used(&found);
        right &= golden::check(options, workspace, &differences)?;
    }
    if right {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "make crates/recipe-core/src/template agree, or give the reason in {}",
        list.display()
    );
    Ok(ExitCode::FAILURE)
}

fn compare<'c>(cases: &'c [Case], differences: &Differences) -> Vec<Found<'c>> {
    let compared = cases.iter().filter_map(|case| {
        let ours = Outcome::of(&case.template, &case.data);
        differences.find(case, ours)
    });
    compared.collect()
}

/// Runs something whose panics are outcomes, not news.
fn silent_panics<T>(run: impl FnOnce() -> T) -> T {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = run();
    std::panic::set_hook(hook);
    result
}

fn report(cases: &[Case], found: &[Found<'_>], all: bool) {
    let unexplained: Vec<&Found<'_>> = found.iter().filter(|f| f.reason.is_none()).collect();
    let explained = found.len() - unexplained.len();
    if all {
        for found in found.iter().filter(|found| found.reason.is_some()) {
            println!("{found}");
        }
    }
    let shown = if all { unexplained.len() } else { SHOWN };
    for found in unexplained.iter().take(shown) {
        println!("{found}");
    }
    if unexplained.len() > shown {
        println!("… and {} more: --list shows all", unexplained.len() - shown);
    }
    differences::print_groups(found);
    println!(
        "{} templates: {} the same, {explained} differ for a reason, {} differ without one",
        cases.len(),
        cases.len() - found.len(),
        unexplained.len(),
    );
}

/// Reads a file of JSON.
fn read_json<T: serde::de::DeserializeOwned>(file: &Path) -> io::Result<T> {
    let text = fs::read_to_string(file)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    serde_json::from_str(&text)
        .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))
}
