//! `recipe schema`: the JSON Schemas that editors check recipes with.

use recipe_core::Registry;
use serde_json::Value;

use crate::arguments::SchemaArguments;
use crate::arguments::destination::Destination;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal::printer::Printer;

/// Prints, or writes to a file, the schema of recipes, or of the configuration of one step type.
pub(crate) fn schema(arguments: &SchemaArguments, registry: &Registry) -> ExitCode {
    Printer::plain().end(write(arguments, registry))
}

fn write(arguments: &SchemaArguments, registry: &Registry) -> Result<(), Failure> {
    let schema = match arguments.step_type.as_deref() {
        None => recipe_schema(registry),
        Some(name) => config_schema(registry, name)?,
    };
    let out = arguments.out.as_ref().unwrap_or(&Destination::Stdout);
    out.check().map_err(Failure::NoDestination)?;
    out.write(&schema).map_err(Failure::Destination)
}

/// The schema of whole recipes, as the text of a file.
pub(crate) fn recipe_schema(registry: &Registry) -> String {
    text(&registry.recipe_schema().to_value())
}

fn config_schema(registry: &Registry, name: &str) -> Result<String, Failure> {
    match registry.config_schema(name) {
        Some(schema) => Ok(text(&schema.to_value())),
        None => Err(Failure::UnknownStepType {
            step_type: name.to_owned(),
            nearest: registry.nearest(name),
        }),
    }
}

fn text(schema: &Value) -> String {
    // The alternate form of JSON is the indented one.
    format!("{schema:#}\n")
}
