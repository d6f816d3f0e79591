//! The command line of `recipe`: reads the arguments of the process, runs one command, and returns
//! its exit code.
//!
//! A program with steps of its own gets all commands, each with those steps:
//!
//! ```no_run
//! # use recipe_core::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
//! # struct Shout;
//! # impl Step for Shout {
//! #     const TYPE: &'static str = "shout";
//! #     type Config = serde_json::Value;
//! #     fn new(_: Self::Config, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
//! #         Ok(Self)
//! #     }
//! #     async fn execute(&self, _: &Scope, _: &mut Context) -> Result<(), StepError> {
//! #         Ok(())
//! #     }
//! # }
//! fn main() -> std::process::ExitCode {
//!     let mut registry = recipe_cli::registry();
//!     registry.register::<Shout>().expect("no other step has this name");
//!     recipe_cli::main(registry)
//! }
//! ```

// `arguments` defines the arguments of each command, one module of `commands` runs it. Results go to
// standard output, everything else to standard error, through one `terminal::printer`.
mod arguments;
mod commands;
mod exit_code;
mod failure;
mod observe;
mod program_name;
mod registry;
mod run;
mod state_folder;
mod stored_runs;
mod terminal;

use std::process;

use clap::Parser;
use recipe_core::Registry;

pub use registry::registry;

use crate::arguments::{Arguments, Command, Deferred};
use crate::exit_code::ExitCode;
use crate::terminal::{printer::Printer, stdout};

/// Runs the command that the arguments of the process name and returns its exit code. Every command
/// has the step types of `registry`; [`registry()`](registry) returns those of `recipe`.
pub fn main(registry: Registry) -> process::ExitCode {
    let code = match Arguments::try_parse() {
        Ok(Arguments { command }) => match command {
            Command::Run(Deferred(arguments)) => commands::run::run(&arguments, registry),
            Command::Resume(Deferred(arguments)) => commands::resume::resume(arguments, registry),
            Command::Runs(arguments) => commands::runs::runs(&arguments),
            Command::Show(Deferred(arguments)) => commands::show::show(&arguments),
            Command::Validate(Deferred(arguments)) => {
                commands::validate::validate(&arguments, registry)
            }
            Command::Graph(Deferred(arguments)) => commands::graph::graph(&arguments, &registry),
            Command::Schema(Deferred(arguments)) => commands::schema::schema(&arguments, &registry),
            #[cfg(feature = "llm")]
            Command::Mcp(Deferred(arguments)) => commands::mcp::mcp(arguments, registry),
            Command::Inputs(Deferred(arguments)) => commands::inputs::inputs(&arguments, &registry),
            Command::Steps => commands::steps::steps(&registry),
            Command::Init(Deferred(arguments)) => commands::init::init(&arguments, &registry),
            Command::Completions(Deferred(arguments)) => {
                commands::completions::completions(&arguments)
            }
            Command::Man => commands::man::man(),
        },
        Err(message) => usage(&message),
    };
    code.into()
}

/// Prints what is wrong with the arguments, or the help or version that was asked for.
fn usage(message: &clap::Error) -> ExitCode {
    if message.use_stderr() {
        // There is nowhere left to report to if even this cannot be written.
        let _ = message.print();
        return ExitCode::Usage;
    }
    Printer::plain().end(stdout::print(&message.render().to_string()).map_err(Into::into))
}
