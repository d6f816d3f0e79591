//! The parameters of a tool: the inputs of its recipe as a JSON Schema.

use indexmap::IndexMap;
use recipe_core::document::{Input, Required};
use rmcp::model::JsonObject;
use serde_json::{Value, json};

/// The deepest level of an input's rules in the list of tools. Many clients read 128 levels at most, all tools at once.
const DEEPEST: usize = 64;

/// The schema of an object with a value for each input.
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

/// The schema of an object with these members and no others.
pub(super) fn object(properties: JsonObject) -> JsonObject {
    let mut schema = JsonObject::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("additionalProperties".into(), json!(false));
    schema
}

/// The schema of an object without members.
pub(super) fn no_parameters() -> JsonObject {
    object(JsonObject::new())
}

fn property(input: &Input) -> Value {
    // An input is written in the words of JSON Schema, except that there it is not a matter of a member whether it is
    // required.
    let mut schema = json!(input);
    if let Value::Object(schema) = &mut schema {
        if let Some(Required::Input(_)) = &input.required {
            schema.remove("required");
        }
        schema.retain(|_, value| depth(value) <= DEEPEST);
    }
    schema
}

/// The depth of objects and lists in one another.
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
    fn inputs_are_properties_and_those_without_a_default_are_required() {
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
    fn what_is_nested_too_deep_for_clients_is_not_told() {
        let nested = |depth| (0..depth).fold(json!(1), |value, _| json!([value]));
        let inputs = json!({
            "deep": {"type": "array", "default": nested(DEEPEST + 1), "description": "d"},
            "less": {"default": nested(DEEPEST)},
            "rules": {"type": "object", "properties": {"a": {"enum": [nested(DEEPEST)]}}},
        });
        let inputs = serde_json::from_value(inputs).unwrap();
        let told = parameters(&inputs);
        assert_eq!(
            told["properties"],
            json!({
                "deep": {"type": "array", "description": "d"},
                "less": {"default": nested(DEEPEST)},
                "rules": {"type": "object"},
            })
        );
        assert_eq!(told["required"], json!(["rules"]));
    }
}
