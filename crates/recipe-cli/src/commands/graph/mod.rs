//! `recipe graph`: a recipe as a drawing, without running it.
//!
//! [`collect`] follows the steps and the recipes they call into one [`model`], [`label`] finds words for them, and one
//! module each writes the drawing: [`mermaid`], [`dot`].

mod collect;
mod dot;
mod label;
mod mermaid;
mod model;

use std::path::Path;

use recipe_core::Recipe;
use recipe_core::document::Severity;

use crate::arguments::{GraphArguments, GraphFormat};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::registry::registry;
use crate::terminal::error_lines::error_lines;
use crate::terminal::printer::{Look, Printer};
use crate::terminal::stdout;

/// Prints the graph of a recipe.
pub(crate) fn graph(arguments: &GraphArguments) -> ExitCode {
    let printer = Printer::plain();
    printer.end(draw(&arguments.recipe, arguments.format, &printer))
}

/// Draws whatever parses: a graph is of use for recipes with steps that this build does not know, too.
fn draw(file: &Path, format: GraphFormat, printer: &Printer) -> Result<(), Failure> {
    let recipe = read(file)?;
    let registry = registry();
    let graph = collect::graph(&registry, file, &recipe, |path| match read(path) {
        Ok(recipe) => Some(recipe),
        Err(failure) => {
            for line in error_lines(&failure, Severity::Error) {
                printer.warning(&line.text, line.suggestion.as_deref());
            }
            None
        }
    });
    let text = match format {
        GraphFormat::Mermaid => mermaid::text(&graph),
        GraphFormat::Dot => dot::text(&graph),
    };
    if format == GraphFormat::Mermaid && mermaid::is_over_limits(&graph, &text) {
        printer.line("note:", Look::Faint, mermaid::LIMITS);
    }
    Ok(stdout::print(&text)?)
}

fn read(file: &Path) -> Result<Recipe, Failure> {
    Recipe::read(file).map_err(|source| Failure::NoRecipe {
        file: file.to_owned(),
        source,
    })
}
