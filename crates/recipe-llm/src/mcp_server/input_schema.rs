//! The parameters of a tool: the inputs of its recipe as a JSON Schema.

use indexmap::IndexMap;
use recipe_core::Input;
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
    // What an input is written with are words of JSON Schema, except that there it is no matter of a member whether it
    // is required.
    let Input {
        description,
        input_type,
        default,
        ..
    } = input;
    let mut schema = JsonObject::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            schema.insert(name.into(), value);
        }
    };
    add("type", input_type.map(|input_type| json!(input_type)));
    add("description", description.as_ref().map(|text| json!(text)));
    add("default", default.clone());
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_properties_and_those_without_a_default_are_required() {
        let inputs = json!({
            "title": {"type": "string", "description": "What it is about."},
            "count": {"type": "integer", "default": 3},
            "notes": {"required": false},
            "anything": {},
        });
        let inputs = serde_json::from_value(inputs).unwrap();
        assert_eq!(
            Value::Object(parameters(&inputs)),
            json!({
                "type": "object",
                "properties": {
                    "title": {"type": "string", "description": "What it is about."},
                    "count": {"type": "integer", "default": 3},
                    "notes": {},
                    "anything": {},
                },
                "required": ["title", "anything"],
                "additionalProperties": false,
            })
        );
    }
}
