//! Parsing templates and rendering them over any context.

use std::sync::OnceLock;

use recipe_core::template::Template;
use serde_json::{Map, Value, json};

use crate::text::text;

/// Renders the bytes as a template. The first line is the context if it is a JSON object.
///
/// # Panics
/// If a name of a template is not at its reported location.
pub fn template(bytes: &[u8]) {
    static USUAL: OnceLock<Map<String, Value>> = OnceLock::new();
    let text = text(bytes);
    let with_context = text.split_once('\n').and_then(|(context, template)| {
        let context: Map<String, Value> = serde_json::from_str(context).ok()?;
        Some((context, template))
    });
    match &with_context {
        Some((context, template)) => render(template, context),
        None => render(&text, USUAL.get_or_init(usual_context)),
    }
}

fn render(text: &str, context: &Map<String, Value>) {
    match Template::parse(text) {
        Ok(template) => {
            for name in template.names() {
                assert!(text.get(name.offset..).is_some(), "{name:?} in {text:?}");
            }
            match template.render(context) {
                Ok(rendered) if template.is_plain() => assert_eq!(rendered, text),
                Ok(_) => {}
                Err(error) => drop(error.to_string()),
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

fn usual_context() -> Map<String, Value> {
    let context = json!({
        "name": "Ada", "n": 5, "x": 1.5, "large": u64::MAX, "none": null, "yes": true, "list": [3, 1, 2],
        "doc": {"zebra": 1, "apple": {"size": "big"}, "größe": 2}, "date": "2024-02-29T12:00:00Z",
        "people": [{"name": "Bo", "age": 3}, {"name": "Al", "age": 1}],
    });
    match context {
        Value::Object(context) => context,
        _ => Map::new(),
    }
}
