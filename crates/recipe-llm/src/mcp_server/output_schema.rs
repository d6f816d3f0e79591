//! The result of a tool as a JSON Schema. It is an object whatever the tool: clients of before 2026-07-28 take nothing else.

use recipe_core::Recipe;
use rmcp::model::JsonObject;
use serde_json::{Value, json};

/// The schema of what a call of a recipe returns: a value for each of its outputs. `None` where it has none.
pub(super) fn outputs(recipe: &Recipe) -> Option<JsonObject> {
    if recipe.outputs.is_empty() {
        return None;
    }
    let properties = recipe.outputs.iter().map(|name| (name.clone(), json!({})));
    Some(object(properties.collect()))
}

/// The schema of what the tool that checks recipes returns.
pub(super) fn validation() -> JsonObject {
    let place = json!({"type": "integer", "minimum": 1});
    let problem = json!({
        "type": "object",
        "properties": {
            "file": {"type": "string"},
            "line": place,
            "column": place,
            "end_line": place,
            "end_column": place,
            "severity": {"type": "string", "enum": ["error", "warning"]},
            "code": {"type": "string", "description": "The kind of problem."},
            "message": {"type": "string"},
            "suggestion": {"type": ["string", "null"], "description": "What may be meant."},
        },
        "required": ["file", "line", "column", "severity", "code", "message"],
    });
    members(json!({
        "valid": {"type": "boolean", "description": "Whether it has no errors; it may have warnings."},
        "problems": {"type": "array", "items": problem},
    }))
}

/// The schema of what the tool that lists the step types returns.
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
        _ => unreachable!("it is written as an object"),
    }
}

/// The schema of an object with these members at least.
fn object(properties: JsonObject) -> JsonObject {
    let required: Vec<&String> = properties.keys().collect();
    let required = json!(required);
    let mut schema = JsonObject::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("required".into(), required);
    schema
}
