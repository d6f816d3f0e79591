//! Benchmarks of whole processes of the release build: `cargo xtask bench`.
//!
//! One module per table. The contenders of a table run in turn, so that other load on the machine
//! affects all of them. Figures of different runs are hardly comparable.

mod competitors;
mod durable;
mod figures;
mod files;
mod growth;
mod large_context;
mod measure;
mod page;
mod parallel;
mod plot;
mod section;
mod start_up;
mod steps;
mod target;
mod validate;

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};
use serde_json::Value;

use competitors::Competitors;
use measure::{Contest, Rounds};
use section::Section;

/// Selection of tables and outputs.
#[derive(Args)]
pub(crate) struct Options {
    /// Tables to measure; all by default.
    #[arg(value_enum)]
    tables: Vec<Table>,

    /// Fewer rounds and a tenth of all sizes: for a first look, not for published figures.
    #[arg(long)]
    quick: bool,

    /// Also write the tables and the plot to `docs/`.
    #[arg(long, conflicts_with_all = ["tables", "quick"])]
    write_docs: bool,
}

/// Table of figures.
#[derive(Clone, Copy, ValueEnum)]
enum Table {
    /// Start-up, with a recipe of one step.
    StartUp,
    /// Substeps of a `parallel`, against the baseline and the reference.
    Parallel,
    /// Substeps of a `parallel` with a large context.
    LargeContext,
    /// Sequential steps and loops.
    Steps,
    /// Reading and writing files.
    Files,
    /// Validating recipes.
    Validate,
    /// Growth of time and memory.
    Growth,
    /// Cost of durable runs.
    Durable,
}

impl Table {
    fn measure(self, bench: &Bench<'_>) -> io::Result<Section> {
        match self {
            Self::StartUp => start_up::section(bench),
            Self::Parallel => parallel::section(bench),
            Self::LargeContext => large_context::section(bench),
            Self::Steps => steps::section(bench),
            Self::Files => files::section(bench),
            Self::Validate => validate::section(bench),
            Self::Growth => growth::section(bench),
            Self::Durable => durable::section(bench),
        }
    }

    /// Name on the command line.
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Environment of a benchmark.
struct Bench<'b> {
    /// Programs to measure.
    competitors: &'b Competitors,
    /// Working directory for recipes and output, initially empty.
    folder: &'b Path,
    quick: bool,
}

impl Bench<'_> {
    fn contest<'m>(&self) -> Contest<'m> {
        Contest::new(self.rounds())
    }

    fn rounds(&self) -> Rounds {
        match self.quick {
            true => Rounds::QUICK,
            false => Rounds::FULL,
        }
    }

    /// The count, or a tenth of it in quick mode.
    fn sized(&self, count: usize) -> usize {
        match self.quick {
            true => count / 10,
            false => count,
        }
    }

    /// Command that measures a program.
    fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(&self.competitors.measured);
        command.arg(program.as_ref()).current_dir(self.folder);
        command
    }

    /// Command of `recipe` with these arguments.
    fn recipe(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(&self.competitors.recipe);
        command.args(arguments);
        command
    }

    /// Command of `recipe run` with a recipe and further arguments.
    fn run(&self, recipe: &str, arguments: &[&str]) -> Command {
        let mut command = self.recipe(&["run", recipe, "--quiet"]);
        command.args(arguments);
        command
    }

    /// Command of the reference with these arguments, if it is installed.
    fn reference(&self, arguments: &[&str]) -> Option<Command> {
        let mut command = self.program(self.competitors.reference.as_ref()?);
        command.args(arguments);
        Some(command)
    }

    /// Writes a JSON file to the working directory.
    fn write(&self, name: &str, document: &Value) -> io::Result<()> {
        fs::write(self.folder.join(name), document.to_string())
    }
}

/// Builds the programs, measures the tables, prints them and writes them to `target/bench`.
pub(crate) fn run(options: &Options, workspace: &Path) -> io::Result<ExitCode> {
    let Some(competitors) = Competitors::gather(workspace)? else {
        return Ok(ExitCode::FAILURE);
    };
    let folder = &competitors.folder;
    let tables = match &options.tables[..] {
        [] => Table::value_variants(),
        tables => tables,
    };
    let mut sections = Vec::new();
    for table in tables {
        let name = table.name();
        println!("measuring: {name}");
        let work = folder.join("work");
        remove(&work)?;
        fs::create_dir_all(&work)?;
        let mut section = table.measure(&Bench {
            competitors: &competitors,
            folder: &work,
            quick: options.quick,
        })?;
        if options.quick {
            // The targets hold for the full sizes only.
            section.targets.clear();
        }
        remove(&work)?;
        let file = folder.join(name).with_extension("md");
        fs::write(&file, section.markdown())?;
        println!("\n{}\nwritten to {}\n", section.markdown(), file.display());
        sections.push(section);
    }
    page::write(&sections, &competitors, folder)?;
    if options.write_docs {
        page::write(&sections, &competitors, &workspace.join("docs"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes a directory if it exists.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
