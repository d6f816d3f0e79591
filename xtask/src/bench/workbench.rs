//! Programs, directory and size that each table is made with.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::competitors::Competitors;
use super::measure::{Contest, Rounds};

/// Programs, directory and size of a benchmark.
pub(super) struct Bench<'b> {
    /// The programs to measure.
    pub(super) competitors: &'b Competitors,
    /// A folder for recipes and for what the program writes, empty.
    pub(super) folder: &'b Path,
    pub(super) quick: bool,
}

impl Bench<'_> {
    pub(super) fn contest<'m>(&self) -> Contest<'m> {
        Contest::new(self.rounds())
    }

    pub(super) fn rounds(&self) -> Rounds {
        match self.quick {
            true => Rounds::QUICK,
            false => Rounds::FULL,
        }
    }

    /// So many, or a tenth of it.
    pub(super) fn sized(&self, count: usize) -> usize {
        match self.quick {
            true => count / 10,
            false => count,
        }
    }

    /// A program to measure.
    pub(super) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(&self.competitors.measured);
        command.arg(program.as_ref()).current_dir(self.folder);
        command
    }

    /// `recipe` with these arguments.
    pub(super) fn recipe(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(&self.competitors.recipe);
        command.args(arguments);
        command
    }

    /// `recipe run` with a recipe and further arguments.
    pub(super) fn run(&self, recipe: &str, arguments: &[&str]) -> Command {
        let mut command = self.recipe(&["run", recipe, "--quiet"]);
        command.args(arguments);
        command
    }

    /// The reference with these arguments, if it is there.
    pub(super) fn reference(&self, arguments: &[&str]) -> Option<Command> {
        let mut command = self.program(self.competitors.reference.as_ref()?);
        command.args(arguments);
        Some(command)
    }

    /// Writes a file to the folder.
    pub(super) fn write(&self, name: &str, document: &Value) -> io::Result<()> {
        fs::write(self.folder.join(name), document.to_string())
    }
}

/// Removes a directory, if it exists.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
