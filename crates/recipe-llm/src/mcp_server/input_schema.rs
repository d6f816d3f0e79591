//! The parameters of a tool: the inputs of its recipe as a JSON Schema.

use indexmap::IndexMap;
use recipe_core::{Input, Required};
use rmcp::model::JsonObject;
use serde_json::{Value, json};

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
    if let (Value::Object(schema), Some(Required::Input(_))) = (&mut schema, &input.required) {
        schema.remove("required");
    }
    schema
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
}
