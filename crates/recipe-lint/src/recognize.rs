//! Recognizes recipes, even invalid ones, among other JSON and YAML files.

use std::path::Path;

use recipe_core::Registry;
use recipe_core::document::{Format, parse_yaml};
use serde_json::Value;

/// Whether a file found in a directory is a recipe.
///
/// A list of objects with a `type` may be anything, so one of the types in a bare list must be, or
/// resemble, a step type. For text that does not parse, a false positive is better than a false
/// negative.
pub fn is_recipe(registry: &Registry, file: &Path, text: &str) -> bool {
    if is_named_recipe(file) {
        return true;
    }
    match parse(file, text) {
        Some(Value::Object(fields)) => match fields.get("steps") {
            Some(Value::Array(steps)) => {
                steps.is_empty() || steps.iter().any(|step| type_of(step).is_some())
            }
            _ => false,
        },
        Some(Value::Array(steps)) => steps
            .iter()
            .filter_map(type_of)
            .any(|name| is_step_type(registry, name) || registry.nearest(name).is_some()),
        Some(_) => false,
        None => is_in_recipes(file) || has_list_of_steps(text) || mentions_step(registry, text),
    }
}

/// Whether the name of a file is `*.recipe.*`.
pub fn is_named_recipe(file: &Path) -> bool {
    let stem = file.file_stem().map(Path::new);
    stem.and_then(Path::extension)
        .is_some_and(|inner| inner == "recipe")
}

fn is_in_recipes(file: &Path) -> bool {
    let mut directories = file.parent().into_iter().flat_map(Path::components);
    directories.any(|directory| directory.as_os_str() == "recipes")
}

fn parse(file: &Path, text: &str) -> Option<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match Format::from_path(file) {
        Format::Yaml => parse_yaml(text).ok(),
        _ => serde_json::from_str(text).ok(),
    }
}

fn type_of(step: &Value) -> Option<&str> {
    step.get("type").and_then(Value::as_str)
}

fn is_step_type(registry: &Registry, name: &str) -> bool {
    registry.get(name).is_some()
}

/// Whether a text contains the start of a list `steps`.
fn has_list_of_steps(text: &str) -> bool {
    after_key(text, "steps").any(|value| value.trim_start().starts_with(['[', '-']))
}

/// Finds all values of keys `name` in a recipe, which need not parse.
pub fn named_in(text: &str) -> impl Iterator<Item = &str> {
    after_key(text, "name").map(|value| {
        let value = value.trim_start_matches(is_around);
        let end = value.find(['"', '\'', '\n', '\r', ',', '}']);
        value[..end.unwrap_or(value.len())].trim_end()
    })
}

/// Finds the text after each occurrence of a key and its colon.
fn after_key<'t>(text: &'t str, key: &'static str) -> impl Iterator<Item = &'t str> {
    text.match_indices(key).filter_map(move |(at, _)| {
        let rest = text[at + key.len()..].trim_start_matches(is_around);
        rest.strip_prefix(':')
    })
}

fn is_around(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'')
}

/// Whether a text contains a step type: `"type": "loop"`, or without quotes.
fn mentions_step(registry: &Registry, text: &str) -> bool {
    after_key(text, "type").any(|value| {
        let value = value.trim_start_matches(is_around);
        let end = value.find(|c: char| !c.is_alphanumeric() && c != '_');
        is_step_type(registry, &value[..end.unwrap_or(value.len())])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> bool {
        is_recipe(&recipe_steps::registry(), Path::new(file), text)
    }

    #[test]
    fn recipes_with_mistakes_are_recipes() {
        for text in [
            r#"{"steps": []}"#,
            r#"{"steps": [{"type": "teleport"}]}"#,
            r#"{"steps": [5, {"type": "loop"}], "naem": "x"}"#,
            r#"[{"type": "paralel"}]"#,
            r#"[{"type": "x"}, {"type": "loop"}]"#,
            "{\"steps\": [\n{\"type\" : \"loop\",}]}",
            "{\"name\": \"cut\", \"steps\": [",
        ] {
            assert!(found("a.json", text), "{text}");
        }
        assert!(found("a.yml", "steps:\n- type: x\n"));
        assert!(found("a.yml", "steps:\n- type: loop\n\tx: 1\n"));
        assert!(found("a.yml", "name: x\nsteps:\n  - a: [\n"));
    }

    #[test]
    fn other_documents_are_not() {
        for text in [
            r#"{"name": "package", "type": "module"}"#,
            r#"{"date": "2024-01-01", "steps": 8000}"#,
            r#"{"steps": [{"script": "echo"}]}"#,
            r#"{"recipe": {"steps": [{"type": "loop"}]}}"#,
            r#"[{"type": "Feature"}]"#,
            "[]",
            "5",
            "// a comment\n{\"type\": \"module\"}",
            "{\"steps\": 5, ",
            "",
        ] {
            assert!(!found("a.json", text), "{text}");
        }
    }

    #[test]
    fn names_and_directories_count_too() {
        assert!(found("a.recipe.json", "{}"));
        assert!(found("x/recipes/y/a.json", "{"));
        assert!(!found("x/recipes/y/a.json", "{}"));
        assert!(!found("recipes.json", "{"));
    }
}
