//! The catalog of the schemas, in the form of SchemaStore: which schema is for which files.
//!
//! Editors that are given its address find the schema by themselves.

use serde_json::json;

/// The schema of whole recipes, by its path beside the catalog.
pub(crate) const RECIPE_SCHEMA: &str = "recipe.schema.json";

/// The files that are recipes by their names. Others say it themselves, with `$schema`.
const RECIPE_FILES: [&str; 6] = [
    "*.recipe.json",
    "*.recipe.yaml",
    "*.recipe.yml",
    "**/recipes/**/*.json",
    "**/recipes/**/*.yaml",
    "**/recipes/**/*.yml",
];

/// The catalog as it stands in its file.
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
