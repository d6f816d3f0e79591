//! The program `recipe`: reads its arguments, hands them to one command, and ends with that command's exit code.
//!
//! What a command is asked to do stands in [`arguments`]; one module of [`commands`] does each. Results go to standard
//! output, everything else to standard error, through one [`printer`](terminal::printer).

mod arguments;
mod commands;
mod exit_code;
mod failure;
mod observe;
mod registry;
mod run;
mod state_folder;
mod stored_runs;
mod terminal;

use std::process;

use clap::Parser;

use crate::arguments::{Arguments, Command, Deferred};
use crate::exit_code::ExitCode;
use crate::terminal::{printer::Printer, stdout};

fn main() -> process::ExitCode {
    let code = match Arguments::try_parse() {
        Ok(Arguments { command }) => match command {
            Command::Run(Deferred(arguments)) => commands::run::run(&arguments),
            Command::Resume(Deferred(arguments)) => commands::resume::resume(arguments),
            Command::Runs(arguments) => commands::runs::runs(&arguments),
            Command::Show(Deferred(arguments)) => commands::show::show(&arguments),
            Command::Validate(Deferred(arguments)) => commands::validate::validate(&arguments),
            Command::Graph(Deferred(arguments)) => commands::graph::graph(&arguments),
            Command::Schema(Deferred(arguments)) => commands::schema::schema(&arguments),
            #[cfg(feature = "llm")]
            Command::Mcp(Deferred(arguments)) => commands::mcp::mcp(arguments),
            Command::Inputs(Deferred(arguments)) => commands::inputs::inputs(&arguments),
            Command::Steps => commands::steps::steps(),
            Command::Init(Deferred(arguments)) => commands::init::init(&arguments),
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
