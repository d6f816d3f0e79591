//! Programs of the benchmarks: `recipe`, those it is compared with, and the one that measures.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::programs::is_installed;
use crate::python;
use crate::recipe_program::{self, Profile};

/// Package of the programs for benchmarks.
const PACKAGE: &str = "bench-programs";

/// Paths of the programs and of the output directory.
pub(super) struct Competitors {
    /// The program `recipe`.
    pub(super) recipe: PathBuf,
    /// Empty program: the cost of starting a process.
    pub(super) empty: PathBuf,
    /// Baseline: hand-written substeps.
    pub(super) baseline: PathBuf,
    /// Program that measures the others.
    pub(super) measured: PathBuf,
    /// The Python program that recipes were first written for, if it can be installed.
    pub(super) reference: Option<PathBuf>,
    /// Output directory `target/bench`.
    pub(super) folder: PathBuf,
}

impl Competitors {
    /// Builds and installs the programs. `None` if a build fails; cargo prints why.
    pub(super) fn gather(workspace: &Path) -> io::Result<Option<Self>> {
        let Some(recipe) = recipe_program::build(Profile::Release)? else {
            return Ok(None);
        };
        let mut ours = Vec::new();
        for program in ["empty", "baseline", "measured"] {
            match recipe_program::build_program(PACKAGE, program, Profile::Release)? {
                Some(program) => ours.push(program),
                None => return Ok(None),
            }
        }
        let [empty, baseline, measured] = ours.try_into().expect("three were built");
        let folder = recipe_program::target(&recipe).join("bench");
        let programs = folder.join("programs");
        fs::create_dir_all(&programs)?;
        Ok(Some(Self {
            reference: reference(workspace, &folder)?,
            recipe: install(&recipe, &programs)?,
            empty: install(&empty, &programs)?,
            baseline: install(&baseline, &programs)?,
            measured,
            folder,
        }))
    }
}

/// Copies a program, as `cargo install` does. The page cache keeps a linker's output in small
/// pieces, from which a large program takes half as long again to start; users never do that.
fn install(program: &Path, folder: &Path) -> io::Result<PathBuf> {
    let name = program.file_name().expect("cargo has built a file");
    let installed = folder.join(name);
    fs::copy(program, &installed)?;
    Ok(installed)
}

/// Installs the reference. It is optional.
fn reference(workspace: &Path, folder: &Path) -> io::Result<Option<PathBuf>> {
    let requirements = workspace.join("tests/reference/requirements.txt");
    let python = match is_installed("python3") {
        true => python::environment(&requirements, &folder.join("reference"), &[])?,
        false => None,
    };
    if python.is_none() {
        eprintln!("skipping the reference: it needs Python 3.11 or later and its packages");
    }
    Ok(python.map(|python| python.with_file_name("recipe-executor")))
}
