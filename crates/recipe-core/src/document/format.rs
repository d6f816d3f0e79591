//! Formats of recipe documents.

use std::path::Path;

/// Format of a recipe document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// Markdown whose ```` ```json ```` block is the recipe.
    Markdown,
    /// YAML.
    Yaml,
}

impl Format {
    /// Returns the format for a file's extension; JSON by default.
    pub fn from_path(path: impl AsRef<Path>) -> Self {
        let extension = path.as_ref().extension().and_then(|e| e.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("md" | "markdown") => Self::Markdown,
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::Json,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_tells_the_format() {
        assert_eq!(Format::from_path("a/b.MD"), Format::Markdown);
        assert_eq!(Format::from_path("a.yml"), Format::Yaml);
        assert_eq!(Format::from_path("recipe"), Format::Json);
    }
}
