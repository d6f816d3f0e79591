//! Parameters of a tool: the inputs of its recipe as a JSON Schema.

use indexmap::IndexMap;
use recipe_core::document::{Input, Required};
use rmcp::model::JsonObject;
use serde_json::{Value, json};

/// Maximum nesting depth of an input's schema. Many clients accept 128 levels in the whole list of
/// tools.
const MAX_DEPTH: usize = 64;

/// Schema of an object with a value for each input.
pub(super) fn parameters(inputs: &IndexMap<String, Input>) -> JsonObject {
    let required = inputs.iter().filter(|(_, input)| input.is_required());
    let required: Vec<&String> = required.map(|(name, _)| name).collect();
    let properties: JsonObject = inputs
        .iter()
        .map(|(name, input)| (name.clone(), property(input)))
        .collect();
    let mut schema = object(properties);
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

/// Schema of an object with exactly these properties.
pub(super) fn object(properties: JsonObject) -> JsonObject {
    let mut schema = JsonObject::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("additionalProperties".into(), json!(false));
    schema
}

/// Schema of an empty object.
pub(super) fn no_parameters() -> JsonObject {
    object(JsonObject::new())
}

fn property(input: &Input) -> Value {
    // An input is a JSON Schema, except for `required`, which there belongs to the object.
    let mut schema = json!(input);
    if let Value::Object(schema) = &mut schema {
        if let Some(Required::Input(_)) = &input.required {
            schema.remove("required");
        }
        schema.retain(|_, value| depth(value) <= MAX_DEPTH);
    }
    schema
}

/// Nesting depth of objects and lists.
fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_become_properties_required_without_a_default() {
        let inputs = json!({
            "title": {"type": "string", "description": "What it is about."},
            "count": {"type": "integer", "default": 3},
            "notes": {"required": false, "default": null, "enum": ["a", null]},
            "anything": {},
            "sizes": {"type": "array", "items": {"type": "integer", "minimum": 1}, "maxItems": 3},
            "point": {"type": "object", "required": ["x"], "properties": {"x": {"pattern": "^a"}}},
        });
        let inputs = serde_json::from_value(inputs).unwrap();
        assert_eq!(
            Value::Object(parameters(&inputs)),
            json!({
                "type": "object",
                "properties": {
                    "title": {"type": "string", "description": "What it is about."},
                    "count": {"type": "integer", "default": 3},
                    "notes": {"default": null, "enum": ["a", null]},
                    "anything": {},
                    "sizes": {
                        "type": "array",
                        "items": {"type": "integer", "minimum": 1},
                        "maxItems": 3,
                    },
                    "point": {
                        "type": "object",
                        "required": ["x"],
                        "properties": {"x": {"pattern": "^a"}},
                    },
                },
                "required": ["title", "anything", "sizes", "point"],
                "additionalProperties": false,
            })
        );
    }

    #[test]
    fn values_nested_too_deeply_for_clients_are_omitted() {
        let nested = |depth| (0..depth).fold(json!(1), |value, _| json!([value]));
        let inputs = json!({
            "deep": {"type": "array", "default": nested(MAX_DEPTH + 1), "description": "d"},
            "less": {"default": nested(MAX_DEPTH)},
            "rules": {"type": "object", "properties": {"a": {"enum": [nested(MAX_DEPTH)]}}},
        });
        let inputs = serde_json::from_value(inputs).unwrap();
        let schema = parameters(&inputs);
        assert_eq!(
            schema["properties"],
            json!({
                "deep": {"type": "array", "description": "d"},
                "less": {"default": nested(MAX_DEPTH)},
                "rules": {"type": "object"},
            })
        );
        assert_eq!(schema["required"], json!(["rules"]));
    }
}
