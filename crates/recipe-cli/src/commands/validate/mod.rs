//! `recipe validate`: what is wrong with recipes, without running them.
//!
//! `recipe_lint::is_recipe` tells which of the files found in folders are recipes, [`check`] has them linted, and one module each
//! prints the [`Report`]: [`human`], [`json`], [`sarif`].

mod check;
mod excerpt;
mod human;
mod json;
mod report;
mod sarif;

use recipe_core::Registry;

use crate::arguments::{ReportFormat, ValidateArguments};
use crate::exit_code::ExitCode;
use crate::terminal::printer::Printer;
use crate::terminal::stdout;

use recipe_lint::find_files;
use report::Report;

/// Checks the files and prints all that is wrong with them.
pub(crate) fn validate(arguments: &ValidateArguments, registry: Registry) -> ExitCode {
    let printer = Printer::plain();
    let report = Report::new(check::check(find_files(&arguments.paths), registry));
    let printed = match arguments.format {
        ReportFormat::Human => {
            human::print(&report, &printer);
            Ok(())
        }
        ReportFormat::Json => stdout::print(&json::text(&report)),
        ReportFormat::Sarif => stdout::print(&sarif::text(&report)),
    };
    let printed = printer.end(printed.map_err(Into::into));
    printed.max(report.exit_code(arguments.deny_warnings))
}
