//! Whether OpenAI can hold a model to a schema to the letter. It refuses schemas for which it cannot.

use serde_json::{Map, Value};

/// What may stand in a schema beside what is looked into.
const PLAIN: &[&str] = &[
    "type",
    "required",
    "enum",
    "const",
    "$ref",
    "description",
    "title",
];

/// Whether every object in it has all of its properties and no others, and nothing in it is unusual.
pub(super) fn is_strict(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("object") && is_strict_part(schema)
}

fn is_strict_part(schema: &Value) -> bool {
    let Value::Object(schema) = schema else {
        return false;
    };
    let says_something = ["type", "anyOf", "$ref", "enum", "const"]
        .iter()
        .any(|keyword| schema.contains_key(*keyword));
    says_something
        && (!schema.contains_key("$ref") || schema.len() == 1)
        && (!is_object(schema) || is_closed(schema))
        && schema
            .iter()
            .all(|(keyword, value)| match keyword.as_str() {
                "properties" | "$defs" | "definitions" => value
                    .as_object()
                    .is_some_and(|parts| parts.values().all(is_strict_part)),
                "items" => is_strict_part(value),
                "anyOf" => value
                    .as_array()
                    .is_some_and(|parts| parts.iter().all(is_strict_part)),
                "additionalProperties" => value == &Value::Bool(false),
                keyword => PLAIN.contains(&keyword),
            })
}

fn is_object(schema: &Map<String, Value>) -> bool {
    schema.contains_key("properties")
        || match schema.get("type") {
            Some(Value::String(name)) => name == "object",
            Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
            _ => false,
        }
}

fn is_closed(schema: &Map<String, Value>) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    let properties = schema.get("properties").and_then(Value::as_object);
    schema.get("additionalProperties") == Some(&Value::Bool(false))
        && properties.is_none_or(|properties| {
            properties
                .keys()
                .all(|name| required.is_some_and(|required| required.iter().any(|one| one == name)))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_whose_objects_are_closed_is_strict() {
        let item = json!({"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"], "additionalProperties": false});
        assert!(is_strict(&item));
        assert!(is_strict(&json!({
            "type": "object",
            "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/item"}}},
            "required": ["items"],
            "additionalProperties": false,
            "$defs": {"item": item},
        })));
    }

    #[test]
    fn a_schema_that_leaves_something_open_is_not() {
        let open =
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        let optional = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
        for part in [
            json!({}),
            json!(true),
            json!({"type": "string", "minLength": 1}),
            json!({"allOf": [{"type": "string"}]}),
            json!({"$ref": "#/$defs/item", "description": "Beside it."}),
            open.clone(),
            optional.clone(),
        ] {
            let whole = json!({"type": "object", "properties": {"p": part}, "required": ["p"], "additionalProperties": false});
            assert!(!is_strict(&whole), "{whole}");
        }
        assert!(!is_strict(&open));
        assert!(!is_strict(&optional));
        assert!(!is_strict(
            &json!({"type": "array", "items": {"type": "string"}})
        ));
    }
}
