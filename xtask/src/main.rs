//! Developer tasks: `cargo xtask TASK`.
//!
//! A task prints its progress, does one thing, and says how to fix what it found.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tasks talk to the terminal"
)]

mod bench;
mod catalog;
mod clock_check;
mod cycles;
mod editor_check;
mod graph_check;
mod llm_check;
mod mcp_check;
mod median;
#[cfg(test)]
mod message_matches;
mod node;
mod peers_check;
mod programs;
mod python;
mod real_recipes_check;
mod recipe_program;
mod report_check;
#[cfg(test)]
mod rust_files;
mod schemas;
mod soak;
#[cfg(test)]
mod step_names;
mod template_check;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer tasks of `recipe`.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the JSON Schemas of recipes, steps and events, and their catalog, to `schemas/`.
    Schemas {
        /// Write nothing; fail if a file is missing, stale or unexpected.
        #[arg(long)]
        check: bool,
    },
    /// Check the schemas in editor engines: completion, hover, diagnostics. Needs Node.js.
    EditorCheck,
    /// Check the output of `recipe graph` with Mermaid, and with Graphviz if installed. Needs
    /// Node.js.
    GraphCheck,
    /// Check the pages of `recipe run --report` in a browser. Needs Node.js and Chromium.
    ReportCheck {
        /// Keep the reports and screenshots in this directory.
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
    },
    /// Check `llm_generate` with a small language model on this machine. Needs Python, and 200 MB
    /// for the model and its server.
    LlmCheck,
    /// Check the Model Context Protocol with third-party clients and servers, over standard input
    /// and output and over HTTP. Needs Python and Node.js.
    McpCheck,
    /// Compare requests to model providers with those of their newest official clients. Needs
    /// Python.
    PeersCheck,
    /// Check that a run tolerates a jumping wall clock. Needs libfaketime.
    ClockCheck,
    /// Run third-party recipes, unchanged, with a scripted model, and check the results. Needs
    /// Python.
    RealRecipesCheck {
        /// Directory of the recipes; `../shared/real-recipes`, beside the repository, by default.
        directory: Option<PathBuf>,
    },
    /// List module cycles of each crate, without tests. Fails if the core has more than one, or
    /// another crate any.
    Cycles,
    /// Compare templates with python-liquid, for which recipes are written, and with Golden Liquid
    /// if present. Needs Python.
    TemplateCheck(template_check::Options),
    /// Measure time and memory of the release build. Tables and a plot go to `target/bench/`.
    Bench(bench::Options),
    /// Run all kinds of recipes in this process, over and over, and check that it leaks no memory,
    /// file descriptor, task, thread or process. Needs Linux.
    Soak(soak::Options),
    /// Check the wording of comments, strings and documents.
    Words {
        /// Only count doc comments and breaks of the rules.
        #[arg(long)]
        count: bool,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Schemas { check: true } => schemas::check(&workspace().join("schemas")),
        Task::Schemas { check: false } => schemas::write(&workspace().join("schemas")),
        Task::EditorCheck => editor_check::run(&workspace().join("tests/editor")),
        Task::GraphCheck => graph_check::run(&workspace().join("tests/graph")),
        Task::ReportCheck { keep } => {
            report_check::run(&workspace().join("tests/report"), keep.as_deref())
        }
        Task::LlmCheck => llm_check::run(&workspace().join("tests/llm")),
        Task::McpCheck => mcp_check::run(&workspace().join("tests/mcp")),
        Task::PeersCheck => peers_check::run(&workspace().join("tests/peers")),
        Task::ClockCheck => clock_check::run(),
        Task::RealRecipesCheck { directory } => real_recipes_check::run(
            &workspace().join("tests/real_recipes"),
            &directory.unwrap_or_else(|| workspace().join("../shared/real-recipes")),
        ),
        Task::Cycles => cycles::run(&workspace()),
        Task::TemplateCheck(options) => template_check::run(&options, &workspace()),
        Task::Bench(options) => bench::run(&options, &workspace()),
        Task::Soak(options) => soak::run(&options),
        Task::Words { count } => words::run(&workspace(), count),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Root of the workspace, whatever the working directory.
fn workspace() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or(xtask.clone(), PathBuf::from)
}
