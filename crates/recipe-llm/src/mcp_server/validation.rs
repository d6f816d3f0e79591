//! The tool that checks a recipe: what `recipe validate` says of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::run::RecipeFolders;
use recipe_core::{Registry, chain};
use recipe_lint::{Diagnostic, Linter, Severity};
use rmcp::model::{CallToolResult, JsonObject};
use serde::Deserialize;
use serde_json::{Value, json};

use super::failed;
use super::input_schema::object;

/// What checks recipes.
pub(super) struct Validation {
    pub(super) registry: Arc<Registry>,
    pub(super) folders: RecipeFolders,
}

/// What is to be checked.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Checked {
    File {
        path: PathBuf,
    },
    Text {
        text: String,
        #[serde(default)]
        format: TextFormat,
    },
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TextFormat {
    #[default]
    Json,
    Yaml,
    Markdown,
}

/// What the tool is called with.
pub(super) fn parameters() -> JsonObject {
    let properties = json!({
        "path": {"type": "string", "description": "The recipe file to check. Either this or `text` is needed."},
        "text": {"type": "string", "description": "The text of the recipe to check."},
        "format": {
            "type": "string",
            "enum": ["json", "yaml", "markdown"],
            "default": "json",
            "description": "What `text` is written in.",
        },
    });
    let Value::Object(properties) = properties else {
        unreachable!("it is written as an object")
    };
    object(properties)
}

impl Validation {
    /// Checks a recipe. A recipe with mistakes is a result; that there is none to check is an error.
    pub(super) fn check(&self, arguments: JsonObject) -> CallToolResult {
        let linter = Linter::new(self.registry.clone());
        let linted =
            match serde_json::from_value(Value::Object(arguments)) {
                Err(_) => return failed(
                    "either path or text is needed, and beside text format: json, yaml or markdown"
                        .into(),
                ),
                Ok(Checked::Text { text, format }) => {
                    linter.lint_text(Path::new(format.file_name()), text.into())
                }
                Ok(Checked::File { path }) => match self.folders.check(&path) {
                    Err(error) => return failed(format!("{}: {}", path.display(), chain(&error))),
                    Ok(()) => linter.lint(&path),
                },
            };
        let is_valid = |found: &Diagnostic| found.severity != Severity::Error;
        let found = linted.diagnostics;
        CallToolResult::structured(json!({
            "valid": found.iter().all(is_valid),
            "problems": found.iter().map(Diagnostic::to_json).collect::<Vec<_>>(),
        }))
    }
}

impl TextFormat {
    /// What a file of it would be called.
    fn file_name(self) -> &'static str {
        match self {
            Self::Json => "recipe.json",
            Self::Yaml => "recipe.yaml",
            Self::Markdown => "recipe.md",
        }
    }
}
