//! Labels of a drawing, short enough to read at a glance.

use recipe_core::registry::OutlineStep;
use serde_json::Value;

use crate::terminal::one_line::one_line;
use crate::terminal::shorten::shorten;

/// Maximum length of a line in a node, in characters.
const MAX_WIDTH: usize = 40;

/// Maximum length of a step type before a value, in characters.
const MAX_TYPE_WIDTH: usize = 24;

/// Fields that describe a step best, the best first.
const DESCRIPTIVE_FIELDS: [&str; 18] = [
    "recipe_path",
    "path",
    "condition",
    "items",
    "key",
    "artifact",
    "files",
    "files_key",
    "content_key",
    "contents_key",
    "input_key",
    "output_key",
    "result_key",
    "url",
    "query",
    "tool_name",
    "model",
    "prompt",
];

/// Returns the label of a step: its name, or else its type and its most descriptive value.
pub(super) fn step(step: &OutlineStep) -> String {
    if let Some(name) = named(step) {
        return name;
    }
    let step_type = shorten(&tidy(&step.step_type), MAX_TYPE_WIDTH);
    let Some(value) = DESCRIPTIVE_FIELDS
        .iter()
        .find_map(|field| value(step, field))
    else {
        return step_type;
    };
    let room = MAX_WIDTH - 1 - step_type.chars().count();
    format!("{step_type} {}", cut(&value, room))
}

/// The same, with a second line for the value of a field if the step has a name.
pub(super) fn step_with(step: &OutlineStep, field: &str) -> Vec<String> {
    let mut lines = vec![self::step(step)];
    if named(step).is_some() {
        lines.extend(value(step, field).map(|value| cut(&value, MAX_WIDTH)));
    }
    lines
}

/// Shortens text to one line.
pub(super) fn line(text: &str) -> String {
    cut(&tidy(text), MAX_WIDTH)
}

/// Summarizes the value of a field.
pub(super) fn value(step: &OutlineStep, field: &str) -> Option<String> {
    words(step.config.get(field)?)
}

fn named(step: &OutlineStep) -> Option<String> {
    let name = step.name.as_deref().map(line);
    name.filter(|name| !name.is_empty())
}

/// Summarizes a value; of an object the path in it.
fn words(value: &Value) -> Option<String> {
    let words = match value {
        Value::String(text) => tidy(text),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(list) => match (words(list.first()?)?, list.len()) {
            (first, 1) => first,
            (first, length) => format!("{first} +{}", length - 1),
        },
        Value::Object(fields) => words(fields.get("path")?)?,
        Value::Null => return None,
    };
    Some(words).filter(|words| !words.is_empty())
}

/// Puts text on one line: escapes control characters, and collapses white space.
fn tidy(text: &str) -> String {
    // A text may be megabytes long, and no more than this is visible.
    let start: String = text.trim_start().chars().take(1000).collect();
    let words: Vec<_> = start.split_whitespace().collect();
    one_line(&words.join(" ")).into_owned()
}

/// Shortens text to `width` characters. The end of a path is more useful than its start.
fn cut(text: &str, width: usize) -> String {
    let is_path = text.contains('/') && !text.contains(' ');
    let length = text.chars().count();
    if is_path && length > width {
        let end: String = text.chars().skip(length + 1 - width).collect();
        format!("…{end}")
    } else {
        shorten(text, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_lose_their_end_and_long_paths_their_start() {
        assert_eq!(cut("one two three", 8), "one two…");
        assert_eq!(cut("recipes/parts/summarize.json", 15), "…summarize.json");
        assert_eq!(cut("exactly", 7), "exactly");
    }

    #[test]
    fn white_space_becomes_one_space_and_control_characters_escapes() {
        assert_eq!(tidy(" a\r\n\t b\u{2028}c\u{7} "), "a b c\\u{7}");
    }

    #[test]
    fn lists_and_objects_are_summarized_by_their_first_path() {
        let files = serde_json::json!([{"path": "a.md"}, {"path": "b.md"}]);
        assert_eq!(words(&files).as_deref(), Some("a.md +1"));
        assert_eq!(words(&serde_json::json!([])), None);
    }
}
