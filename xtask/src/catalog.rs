//! Catalog of the schemas in SchemaStore's format: maps file names to schemas.
//!
//! Editors find the schemas by the address of the catalog.

use serde_json::json;

/// Path of the recipe schema beside the catalog.
pub(crate) const RECIPE_SCHEMA: &str = "recipe.schema.json";

/// File names of recipes. Other files can refer to the schema with `$schema`.
const RECIPE_FILES: [&str; 6] = [
    "*.recipe.json",
    "*.recipe.yaml",
    "*.recipe.yml",
    "**/recipes/**/*.json",
    "**/recipes/**/*.yaml",
    "**/recipes/**/*.yml",
];

/// Returns the catalog as JSON.
pub(crate) fn text() -> String {
    let catalog = json!({
        "$schema": "https://json.schemastore.org/schema-catalog.json",
        "version": 1,
        "schemas": [{
            "name": "recipe",
            "description": "Recipes: steps that share a context.",
            "fileMatch": RECIPE_FILES,
            "url": RECIPE_SCHEMA,
        }],
    });
    format!("{catalog:#}\n")
}
