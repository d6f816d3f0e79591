//! Environment of the benchmarks.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::competitors::Competitors;
use super::measure::{Contest, Rounds};

/// Programs, working directory and size of a benchmark.
pub(super) struct Bench<'b> {
    /// Programs to measure.
    pub(super) competitors: &'b Competitors,
    /// Working directory for recipes and output, initially empty.
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

    /// The count, or a tenth of it in quick mode.
    pub(super) fn sized(&self, count: usize) -> usize {
        match self.quick {
            true => count / 10,
            false => count,
        }
    }

    /// Command that measures a program.
    pub(super) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(&self.competitors.measured);
        command.arg(program.as_ref()).current_dir(self.folder);
        command
    }

    /// Command of `recipe` with these arguments.
    pub(super) fn recipe(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(&self.competitors.recipe);
        command.args(arguments);
        command
    }

    /// Command of `recipe run` with a recipe and further arguments.
    pub(super) fn run(&self, recipe: &str, arguments: &[&str]) -> Command {
        let mut command = self.recipe(&["run", recipe, "--quiet"]);
        command.args(arguments);
        command
    }

    /// Command of the reference with these arguments, if it is installed.
    pub(super) fn reference(&self, arguments: &[&str]) -> Option<Command> {
        let mut command = self.program(self.competitors.reference.as_ref()?);
        command.args(arguments);
        Some(command)
    }

    /// Writes a JSON file to the working directory.
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
