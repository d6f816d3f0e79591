//! The words on a drawing, short enough to read it at a glance.

use recipe_core::registry::OutlineStep;
use serde_json::Value;

use crate::terminal::one_line::one_line;

/// The most characters on one line of a node.
const WIDEST: usize = 40;

/// The most characters of a step type beside which a value stands.
const WIDEST_TYPE: usize = 24;

/// Fields that tell most of what a step is about, the most telling first.
const TELLING: [&str; 18] = [
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

/// What is written on a step: its name, or else its type and its most telling value.
pub(super) fn step(step: &OutlineStep) -> String {
    if let Some(name) = named(step) {
        return name;
    }
    let step_type = end_cut(&tidy(&step.step_type), WIDEST_TYPE);
    let Some(value) = TELLING.iter().find_map(|field| value(step, field)) else {
        return step_type;
    };
    let room = WIDEST - 1 - step_type.chars().count();
    format!("{step_type} {}", cut(&value, room))
}

/// The same, with a second line for the value of one field where the step has a name.
pub(super) fn step_with(step: &OutlineStep, field: &str) -> Vec<String> {
    let mut lines = vec![self::step(step)];
    if named(step).is_some() {
        lines.extend(value(step, field).map(|value| cut(&value, WIDEST)));
    }
    lines
}

/// A text made fit for one line.
pub(super) fn line(text: &str) -> String {
    cut(&tidy(text), WIDEST)
}

/// The value of a field in a few words.
pub(super) fn value(step: &OutlineStep, field: &str) -> Option<String> {
    words(step.config.get(field)?)
}

fn named(step: &OutlineStep) -> Option<String> {
    let name = step.name.as_deref().map(line);
    name.filter(|name| !name.is_empty())
}

/// A value in a few words; objects are known by the path in them.
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

/// Text on one line: no control characters, and one space where there was any white space.
fn tidy(text: &str) -> String {
    // Nothing behind this can be seen, and a text may be megabytes long.
    let start: String = text.trim_start().chars().take(1000).collect();
    let words: Vec<_> = start.split_whitespace().collect();
    one_line(&words.join(" ")).into_owned()
}

/// Text of at most `width` characters. Of a path the end tells more than the start.
fn cut(text: &str, width: usize) -> String {
    let is_path = text.contains('/') && !text.contains(' ');
    let length = text.chars().count();
    if is_path && length > width {
        let end: String = text.chars().skip(length + 1 - width).collect();
        format!("…{end}")
    } else {
        end_cut(text, width)
    }
}

fn end_cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let start: String = text.chars().take(width - 1).collect();
    format!("{}…", start.trim_end())
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
    fn lists_and_objects_are_known_by_their_first_path() {
        let files = serde_json::json!([{"path": "a.md"}, {"path": "b.md"}]);
        assert_eq!(words(&files).as_deref(), Some("a.md +1"));
        assert_eq!(words(&serde_json::json!([])), None);
    }
}
