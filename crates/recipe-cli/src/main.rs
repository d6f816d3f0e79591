//! The program `recipe`: reads its arguments, hands them to one command, and ends with that command's exit code.
//!
//! What a command is asked to do stands in [`arguments`]; one module does each command. Results go to standard
//! output, everything else to standard error, through one [`printer`].

mod arguments;
mod assignment;
#[cfg(test)]
mod calling_run;
mod completions;
mod context_file;
#[cfg(test)]
mod custom_steps;
mod destination;
mod display;
mod dry_run;
mod durable;
mod environment_file;
mod error_lines;
mod events_file;
mod execution;
mod exit_code;
mod failure;
mod given_artifacts;
mod graph;
mod init;
mod inputs;
mod log_files;
mod log_layer;
mod log_observer;
mod log_record;
mod man;
#[cfg(feature = "llm")]
mod mcp;
mod new_project;
mod one_line;
mod printer;
mod progress;
mod recording;
mod registry;
mod report;
mod results;
mod resume;
#[cfg(test)]
mod resumed_run;
mod run;
mod runs;
mod runtime;
mod schema;
mod show;
mod signals;
mod state_folder;
mod stdout;
mod steps;
mod stored_runs;
mod tool_calls;
mod trace;
mod validate;

use std::process;

use clap::Parser;

use crate::arguments::{Arguments, Command, Deferred};
use crate::exit_code::ExitCode;

fn main() -> process::ExitCode {
    let code = match Arguments::try_parse() {
        Ok(Arguments { command }) => match command {
            Command::Run(Deferred(arguments)) => run::run(&arguments),
            Command::Resume(Deferred(arguments)) => resume::resume(arguments),
            Command::Runs(arguments) => runs::runs(&arguments),
            Command::Show(Deferred(arguments)) => show::show(&arguments),
            Command::Validate(Deferred(arguments)) => validate::validate(&arguments),
            Command::Graph(Deferred(arguments)) => graph::graph(&arguments),
            Command::Schema(Deferred(arguments)) => schema::schema(&arguments),
            #[cfg(feature = "llm")]
            Command::Mcp(Deferred(arguments)) => mcp::mcp(arguments),
            Command::Inputs(Deferred(arguments)) => inputs::inputs(&arguments),
            Command::Steps => steps::steps(),
            Command::Init(Deferred(arguments)) => init::init(&arguments),
            Command::Completions(Deferred(arguments)) => completions::completions(&arguments),
            Command::Man => man::man(),
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
    printer::Printer::plain().end(stdout::print(&message.render().to_string()).map_err(Into::into))
}
