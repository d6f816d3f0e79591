//! How a recipe document is written, and finding the recipe in it.

use std::ops::Range;
use std::path::Path;

/// How a recipe document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// Markdown whose first ```` ```json ```` block is the recipe.
    Markdown,
    /// YAML.
    Yaml,
}

impl Format {
    /// The format of a file, by its extension; JSON where that says nothing.
    pub fn of(path: impl AsRef<Path>) -> Self {
        let extension = path.as_ref().extension().and_then(|e| e.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("md" | "markdown") => Self::Markdown,
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::Json,
        }
    }
}

/// Where the first ```` ```json ```` block of a Markdown text lies, without its fences.
pub(super) fn first_json_block(text: &str) -> Option<Range<usize>> {
    let mut offset = 0;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        let fence = line.trim();
        match start {
            None if fence.eq_ignore_ascii_case("```json") => start = Some(offset + line.len()),
            Some(start) if fence.starts_with("```") => return Some(start..offset),
            _ => {}
        }
        offset += line.len();
    }
    start.map(|start| start..text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_json_block_is_found() {
        let text = "# T\n```sh\nls\n```\n```json\n{}\n```\n```json\n[]\n```\n";
        assert_eq!(&text[first_json_block(text).unwrap()], "{}\n");
        assert_eq!(first_json_block("no block"), None);
        assert_eq!(
            &"```json\n[1"[first_json_block("```json\n[1").unwrap()],
            "[1"
        );
    }

    #[test]
    fn the_extension_tells_the_format() {
        assert_eq!(Format::of("a/b.MD"), Format::Markdown);
        assert_eq!(Format::of("a.yml"), Format::Yaml);
        assert_eq!(Format::of("recipe"), Format::Json);
    }
}
