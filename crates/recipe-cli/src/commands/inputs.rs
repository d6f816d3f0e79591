//! `recipe inputs`: what a recipe has to be given.

use std::path::Path;

use recipe_core::document::{Input, InputType, Severity};
use recipe_core::error::RecipeError;
use recipe_core::{Recipe, Registry};

use crate::arguments::InputsArguments;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal::one_line::one_line;
use crate::terminal::printer::{Look, Printer};
use crate::terminal::stdout;

/// What is wider than this, in characters, sets no width for the others in its column.
const WIDEST: usize = 30;

/// Prints a table of a recipe's inputs.
pub(crate) fn inputs(arguments: &InputsArguments, registry: &Registry) -> ExitCode {
    let printer = Printer::plain();
    printer.end(list(&arguments.recipe, registry, &printer))
}

fn list(file: &Path, registry: &Registry, printer: &Printer) -> Result<(), Failure> {
    let recipe = read(file, registry, printer).map_err(|source| Failure::NoRecipe {
        file: file.to_owned(),
        source,
    })?;
    if recipe.inputs.is_empty() {
        // Standard output stays empty for programs; a person is told why.
        let text = format!("{} has no inputs", file.display());
        printer.line("note:", Look::Faint, &text);
    }
    let rows: Vec<_> = recipe
        .inputs
        .iter()
        .map(|(name, input)| row(name, input))
        .collect();
    Ok(stdout::print(&table(&rows))?)
}

/// A recipe that `recipe run` would accept; what that would warn of is printed.
fn read(file: &Path, registry: &Registry, printer: &Printer) -> Result<Recipe, RecipeError> {
    let recipe = Recipe::read(file)?;
    let problems = registry.check(&recipe);
    if problems.any_at_least(Severity::Error) {
        return Err(RecipeError::Invalid(problems));
    }
    for problem in problems.iter() {
        let message = format!("{}: {problem}", file.display());
        printer.warning(&message, problem.kind.suggestion());
    }
    Ok(recipe)
}

/// Name, type, `required` or the default, and description.
fn row(name: &str, input: &Input) -> [String; 4] {
    let need = match &input.default {
        Some(default) => default.to_string(),
        None if input.is_required() => "required".to_owned(),
        None => "optional".to_owned(),
    };
    let description = input.description.as_deref().unwrap_or_default();
    let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    [
        name.to_owned(),
        input.input_type.map_or("any", type_name).to_owned(),
        need,
        description,
    ]
    .map(|cell| one_line(&cell).into_owned())
}

fn type_name(input_type: InputType) -> &'static str {
    match input_type {
        InputType::String => "string",
        InputType::Number => "number",
        InputType::Integer => "integer",
        InputType::Boolean => "boolean",
        InputType::Array => "array",
        InputType::Object => "object",
        InputType::Null => "null",
    }
}

/// Rows as lines, their cells below one another.
fn table(rows: &[[String; 4]]) -> String {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let [name_width, type_width, need_width] = [width(0), width(1), width(2)];
    let mut table = String::new();
    for [name, input_type, need, description] in rows {
        let line = format!(
            "{name:name_width$}  {input_type:type_width$}  {need:need_width$}  {description}"
        );
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_cell_moves_only_its_own_line() {
        let row = |need: &str| ["n", "any", need, "what"].map(str::to_owned);
        let wide = "1".repeat(WIDEST + 1);
        assert_eq!(
            table(&[row("required"), row(&wide), row("7")]),
            format!("n  any  required  what\nn  any  {wide}  what\nn  any  7         what\n")
        );
    }
}
