//! The result of a tool as a JSON Schema, always an object: clients from before 2026-07-28 accept
//! nothing else.

use recipe_core::Recipe;
use rmcp::model::JsonObject;
use serde_json::{Value, json};

/// Schema of a recipe's result, with a value for each output; `None` if it has none.
pub(super) fn outputs(recipe: &Recipe) -> Option<JsonObject> {
    if recipe.outputs.is_empty() {
        return None;
    }
    let properties = recipe.outputs.iter().map(|name| (name.clone(), json!({})));
    Some(object(properties.collect()))
}

/// Schema of the result of the tool that checks recipes.
pub(super) fn validation() -> JsonObject {
    let position = json!({"type": "integer", "minimum": 1});
    let problem = json!({
        "type": "object",
        "properties": {
            "file": {"type": "string"},
            "line": position,
            "column": position,
            "end_line": position,
            "end_column": position,
            "severity": {"type": "string", "enum": ["error", "warning"]},
            "code": {"type": "string", "description": "The kind of problem."},
            "message": {"type": "string"},
            "suggestion": {"type": ["string", "null"], "description": "A likely correction."},
        },
        "required": ["file", "line", "column", "severity", "code", "message"],
    });
    members(json!({
        "valid": {"type": "boolean", "description": "Whether the recipe has no errors; it may have warnings."},
        "problems": {"type": "array", "items": problem},
    }))
}

/// Schema of the result of the tool that lists the step types.
pub(super) fn step_types() -> JsonObject {
    members(json!({
        "step_types": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"type": {"type": "string"}, "description": {"type": "string"}},
                "required": ["type", "description"],
            },
        },
    }))
}

fn members(properties: Value) -> JsonObject {
    match properties {
        Value::Object(properties) => object(properties),
        _ => unreachable!("the literal is an object"),
    }
}

/// Schema of an object that requires these properties.
fn object(properties: JsonObject) -> JsonObject {
    let required: Vec<&String> = properties.keys().collect();
    let required = json!(required);
    let mut schema = JsonObject::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("required".into(), required);
    schema
}
