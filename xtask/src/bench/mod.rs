//! What the program costs, measured on whole processes of its release build: `cargo xtask bench`.
//!
//! A module for each table. What is compared in a table is run in turn, so that whatever else the machine does meets all
//! of it; figures of different runs say little.

mod durable;
mod measure;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::recipe_program::{self, Profile};

/// What a benchmark has to work with.
struct Bench<'b> {
    /// The program.
    program: &'b Path,
    /// A folder for recipes and for what the program writes, empty.
    folder: &'b Path,
}

/// A benchmark: makes its table, in Markdown.
type Table = fn(&Bench<'_>) -> io::Result<String>;

/// The benchmarks, by the names of their files.
const TABLES: [(&str, Table); 1] = [("durable", durable::table)];

/// Builds the program, makes all tables, prints them and leaves them in `bench` in the target folder.
pub(crate) fn run() -> io::Result<ExitCode> {
    let Some(program) = recipe_program::build(Profile::Release)? else {
        return Ok(ExitCode::FAILURE);
    };
    let target = program.ancestors().nth(2);
    let folder = target
        .expect("the program lies in target/release")
        .join("bench");
    for (name, table) in TABLES {
        println!("measuring: {name}");
        let work = folder.join("work");
        remove(&work)?;
        fs::create_dir_all(&work)?;
        let text = table(&Bench {
            program: &program,
            folder: &work,
        })?;
        remove(&work)?;
        let file = folder.join(name).with_extension("md");
        fs::write(&file, &text)?;
        println!("\n{text}\nwritten to {}", file.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes a folder that may not be there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
