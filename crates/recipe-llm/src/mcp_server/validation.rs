//! The tool that checks a recipe, with the results of `recipe validate`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::run::RecipeFolders;
use recipe_core::{Registry, chain};
use recipe_lint::{Diagnostic, Linter, Severity};
use rmcp::model::{CallToolResult, JsonObject};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input_schema::object;
use super::tool::failed;

/// Checks recipes.
pub(super) struct Validation {
    pub(super) registry: Arc<Registry>,
    pub(super) folders: RecipeFolders,
}

/// Input of the tool.
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

/// Schema of the tool's parameters.
pub(super) fn parameters() -> JsonObject {
    let properties = json!({
        "path": {"type": "string", "description": "The recipe file to check. Either this or `text` is required."},
        "text": {"type": "string", "description": "The text of the recipe to check."},
        "format": {
            "type": "string",
            "enum": ["json", "yaml", "markdown"],
            "default": "json",
            "description": "The format of `text`.",
        },
    });
    let Value::Object(properties) = properties else {
        unreachable!("the literal is an object")
    };
    object(properties)
}

impl Validation {
    /// Checks a recipe. An invalid recipe is a result; a missing one is an error.
    pub(super) fn check(&self, arguments: JsonObject) -> CallToolResult {
        let linter = Linter::new(self.registry.clone());
        let linted =
            match serde_json::from_value(Value::Object(arguments)) {
                Err(_) => return failed(
                    "expected either path or text, and optionally format with text: json, yaml or markdown"
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
    /// A file name with this format.
    fn file_name(self) -> &'static str {
        match self {
            Self::Json => "recipe.json",
            Self::Yaml => "recipe.yaml",
            Self::Markdown => "recipe.md",
        }
    }
}
