//! What the program costs, measured on whole processes of its release build: `cargo xtask bench`.
//!
//! A module for each table. What is compared in a table is run in turn, so that whatever else the machine does meets all
//! of it; figures of different runs say little.

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

/// What to measure, and where to leave it.
#[derive(Args)]
pub(crate) struct Options {
    /// The tables to make; all by default.
    #[arg(value_enum)]
    tables: Vec<Table>,

    /// Fewer rounds and a tenth of everything: for a first look, not for figures to show.
    #[arg(long)]
    quick: bool,

    /// Write the tables and the plot into `docs/` as well.
    #[arg(long, conflicts_with_all = ["tables", "quick"])]
    write_docs: bool,
}

/// The tables.
#[derive(Clone, Copy, ValueEnum)]
enum Table {
    /// What a recipe of one step takes.
    StartUp,
    /// Substeps of a `parallel`, against the floor and the reference.
    Parallel,
    /// The same with a large context.
    LargeContext,
    /// Steps one after the other, and loops.
    Steps,
    /// Reading and writing files.
    Files,
    /// Checking recipes.
    Validate,
    /// How time and memory grow.
    Growth,
    /// What it costs that a run can be resumed.
    Durable,
}

impl Table {
    fn make(self, bench: &Bench<'_>) -> io::Result<Section> {
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

    /// As it is called on the command line.
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Builds the programs, makes the tables, prints them and leaves them in `bench` in the target folder.
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
        let mut section = table.make(&Bench {
            competitors: &competitors,
            folder: &work,
            quick: options.quick,
        })?;
        if options.quick {
            // A tenth says nothing of them.
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
