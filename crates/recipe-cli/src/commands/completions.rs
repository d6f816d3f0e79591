//! `recipe completions`: scripts with which shells complete the program's arguments.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit_code::ExitCode;
use crate::program_name::program_name;
use crate::terminal::printer::Printer;
use crate::terminal::stdout;

/// Prints the script for one shell.
pub(crate) fn completions(arguments: &CompletionsArguments) -> ExitCode {
    let mut command = Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, program_name(), &mut script);
    let script = String::from_utf8_lossy(&script);
    Printer::plain().end(stdout::print(&script).map_err(Into::into))
}
