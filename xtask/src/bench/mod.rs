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
mod workbench;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use competitors::Competitors;
use section::Section;
use workbench::{Bench, remove};

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
