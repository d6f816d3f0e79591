//! What is measured: the program, what it is compared with, and what measures them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::programs::is_there;
use crate::python;
use crate::recipe_program::{self, Profile};

/// The package of the programs that are only there for this.
const PACKAGE: &str = "bench-programs";

/// Programs that are compared, and the folder where they and the figures are.
pub(super) struct Competitors {
    /// The program.
    pub(super) recipe: PathBuf,
    /// What it costs to start a process at all.
    pub(super) empty: PathBuf,
    /// What each substep costs that is done by hand.
    pub(super) floor: PathBuf,
    /// What measures the others.
    pub(super) measured: PathBuf,
    /// The Python program that recipes were first written for, if it can be installed.
    pub(super) reference: Option<PathBuf>,
    /// `bench` in the target folder.
    pub(super) folder: PathBuf,
}

impl Competitors {
    /// Builds and installs them. `None` if one of ours does not build; cargo has said why.
    pub(super) fn gather(workspace: &Path) -> io::Result<Option<Self>> {
        let Some(recipe) = recipe_program::build(Profile::Release)? else {
            return Ok(None);
        };
        let mut ours = Vec::new();
        for program in ["empty", "floor", "measured"] {
            match recipe_program::build_one(PACKAGE, program, Profile::Release)? {
                Some(program) => ours.push(program),
                None => return Ok(None),
            }
        }
        let [empty, floor, measured] = ours.try_into().expect("three were built");
        let folder = recipe_program::target(&recipe).join("bench");
        let programs = folder.join("programs");
        fs::create_dir_all(&programs)?;
        Ok(Some(Self {
            reference: reference(workspace, &folder)?,
            recipe: install(&recipe, &programs)?,
            empty: install(&empty, &programs)?,
            floor: install(&floor, &programs)?,
            measured,
            folder,
        }))
    }
}

/// Copies a program, as `cargo install` does. What a linker writes the system keeps in small pieces of memory for as long
/// as it keeps it at all; a large program takes half as long again to start from these, and no one else starts it so.
fn install(program: &Path, folder: &Path) -> io::Result<PathBuf> {
    let name = program.file_name().expect("cargo has built a file");
    let installed = folder.join(name);
    fs::copy(program, &installed)?;
    Ok(installed)
}

/// Installs the reference. Without it the other figures are as good.
fn reference(workspace: &Path, folder: &Path) -> io::Result<Option<PathBuf>> {
    let requirements = workspace.join("tests/reference/requirements.txt");
    let python = match is_there("python3") {
        true => python::environment(&requirements, &folder.join("reference"), &[])?,
        false => None,
    };
    if python.is_none() {
        eprintln!(
            "the reference is left out: it needs Python 3.11 or later and what it is made of"
        );
    }
    Ok(python.map(|python| python.with_file_name("recipe-executor")))
}
