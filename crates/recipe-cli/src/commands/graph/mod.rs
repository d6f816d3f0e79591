//! `recipe graph`: a drawing of a recipe, without running it.
//!
//! [`collect`] turns the steps and the called recipes into one [`model`], [`label`] labels them,
//! and [`mermaid`] and [`dot`] write the drawing.

mod collect;
mod dot;
mod label;
mod mermaid;
mod model;

use std::path::Path;

use recipe_core::document::Severity;
use recipe_core::{Recipe, Registry};

use crate::arguments::{GraphArguments, GraphFormat};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal::error_lines::error_lines;
use crate::terminal::printer::{Look, Printer};
use crate::terminal::stdout;

/// Prints the graph of a recipe.
pub(crate) fn graph(arguments: &GraphArguments, registry: &Registry) -> ExitCode {
    let printer = Printer::plain();
    printer.end(draw(arguments, registry, &printer))
}

/// Draws any recipe that parses: a graph is useful even if this build lacks some step types.
fn draw(arguments: &GraphArguments, registry: &Registry, printer: &Printer) -> Result<(), Failure> {
    let (file, format) = (&arguments.recipe, arguments.format);
    let recipe = read(file)?;
    let graph = collect::graph(registry, file, &recipe, |path| match read(path) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::commands::custom_steps::{registry, write};

    #[test]
    fn graphs_show_custom_calls_branches_and_repetitions() {
        // Without a dot, which Mermaid needs escaped.
        let folder = tempfile::Builder::new().prefix("graph").tempdir().unwrap();
        let called = write(folder.path(), "called.json", json!([{"type": "start"}]));
        let wait = json!({"type": "wait", "seconds": 0});
        let steps = json!([
            {"type": "follow", "path": called},
            {"type": "choose", "when": "{{ x }} == 1", "then": [wait]},
            {"type": "every", "over": [1, 2], "thing": "t", "steps": [wait]},
        ]);
        let file = write(folder.path(), "main.json", steps);
        let recipe = Recipe::read(&file).unwrap();
        let graph = collect::graph(&registry(), &file, &recipe, |path| Recipe::read(path).ok());
        let text = mermaid::text(&graph);
        insta::assert_snapshot!(text.replace(&*folder.path().to_string_lossy(), "FOLDER"), @r##"
        flowchart TD
          main_0[["follow FOLDER/called.json"]]
          main_1{"choose"}
          subgraph main_1_then[" "]
            main_1_then_0["wait"]
          end
          main_2{{"every"}}
          subgraph main_2_steps["each t in 2 items"]
            main_2_steps_0["wait"]
          end
          subgraph r1["FOLDER/called.json"]
            r1_0["start"]
          end
          main_0 -.-> r1_0
          main_0 --> main_1
          main_1 -->|"then"| main_1_then_0
          main_1_then_0 --> main_2
          main_1 -->|"otherwise"| main_2
          main_2 --> main_2_steps_0
        "##);
    }
}
