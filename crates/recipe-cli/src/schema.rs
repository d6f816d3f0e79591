//! `recipe schema`: the JSON Schemas that editors check recipes with.

use recipe_core::Registry;

use crate::arguments::SchemaArguments;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::stdout;

/// Prints the schema of recipes, or of the configuration of one step type.
pub(crate) fn schema(arguments: &SchemaArguments) -> ExitCode {
    let registry = recipe_steps::registry();
    let schema = find(&registry, arguments.step_type.as_deref());
    Printer::plain().end(schema.and_then(|schema| Ok(stdout::print(&schema)?)))
}

fn find(registry: &Registry, step_type: Option<&str>) -> Result<String, Failure> {
    let schema = match step_type {
        None => registry.recipe_schema(),
        Some(name) => registry
            .config_schema(name)
            .ok_or_else(|| Failure::UnknownStepType {
                step_type: name.to_owned(),
                nearest: registry.nearest(name),
            })?,
    };
    // The alternate form of JSON is the indented one.
    Ok(format!("{:#}\n", schema.to_value()))
}
