//! Sources of main recipes: files, texts, parsed documents.

use std::path::{Path, PathBuf};

use crate::document::{Format, Recipe};

/// A main recipe to run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RecipeSource {
    /// A file; its extension determines the format.
    File(PathBuf),
    /// A text.
    #[non_exhaustive]
    Text {
        /// Name of the recipe in messages.
        name: String,
        /// The recipe.
        text: String,
        /// Format of the text.
        format: Format,
    },
    /// A parsed document.
    Document(Box<Recipe>),
}

impl RecipeSource {
    /// Returns a recipe file; its extension determines the format.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// Returns a recipe in JSON; `name` is its name in messages.
    pub fn json(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::text(name, text, Format::Json)
    }

    /// Returns a recipe in YAML; `name` is its name in messages.
    pub fn yaml(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::text(name, text, Format::Yaml)
    }

    /// Returns a recipe in any format; `name` is its name in messages.
    pub fn text(name: impl Into<String>, text: impl Into<String>, format: Format) -> Self {
        Self::Text {
            name: name.into(),
            text: text.into(),
            format,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Text { name, .. } => name.clone(),
            Self::Document(recipe) => recipe.name.clone().unwrap_or_else(|| "recipe".to_owned()),
        }
    }
}

impl From<&Path> for RecipeSource {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl From<Recipe> for RecipeSource {
    fn from(recipe: Recipe) -> Self {
        Self::Document(Box::new(recipe))
    }
}
