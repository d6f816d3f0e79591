//! Spellings that recipes use and JSON Schema does not have.

use std::str::FromStr;

use jsonschema::JsonType;
use recipe_core::document::Pointer;
use serde_json::{Map, Value, json};

use super::references::{all_schemas, schema_mut};
use super::schema_error::{SchemaError, SchemaErrorKind};

/// Converts nonstandard spellings to JSON Schema: `list` for `array`, used in old recipes, and
/// `nullable` with its meaning in OpenAPI 3.0.
///
/// # Errors
/// If a type is unknown, or a reference has no target.
pub(super) fn standardize(root: &mut Value) -> Result<(), SchemaError> {
    for at in all_schemas(root)? {
        if let Some(schema) = schema_mut(root, &at) {
            if let Some(types) = schema.get_mut("type") {
                check_types(types, &at)?;
            }
            make_nullable(schema);
        }
    }
    Ok(())
}

fn check_types(types: &mut Value, at: &Pointer) -> Result<(), SchemaError> {
    let names = match types {
        Value::Array(names) => names.iter_mut().collect(),
        name => vec![name],
    };
    for name in names {
        let Value::String(text) = &*name else {
            continue;
        };
        if text == "list" {
            *name = "array".into();
        } else if JsonType::from_str(text).is_err() {
            let kind = SchemaErrorKind::UnknownType(text.clone());
            return Err(SchemaError::new(at.key("type"), kind));
        }
    }
    Ok(())
}

/// In OpenAPI 3.0.3 `nullable: true` adds `null` to the `type` beside it, and has no effect without
/// one: an `enum` must list `null` itself.
fn make_nullable(schema: &mut Map<String, Value>) {
    let Some(Value::Bool(is_nullable)) = schema.get("nullable") else {
        return;
    };
    if *is_nullable {
        match schema.get_mut("type") {
            Some(Value::Array(names)) if !names.iter().any(|name| name == "null") => {
                names.push("null".into());
            }
            Some(name @ Value::String(_)) if name != "null" => {
                *name = json!([name.take(), "null"]);
            }
            _ => {}
        }
    }
    schema.shift_remove("nullable");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_become_the_standard_ones() {
        for (written, standard) in [
            (json!({"type": "list"}), json!({"type": "array"})),
            (
                json!({"type": ["list", "null"]}),
                json!({"type": ["array", "null"]}),
            ),
            (
                json!({"type": "string", "nullable": true, "minLength": 1}),
                json!({"type": ["string", "null"], "minLength": 1}),
            ),
            (
                json!({"type": ["string"], "nullable": true}),
                json!({"type": ["string", "null"]}),
            ),
            (
                json!({"type": ["null", "string"], "nullable": true}),
                json!({"type": ["null", "string"]}),
            ),
            (
                json!({"type": "string", "nullable": false}),
                json!({"type": "string"}),
            ),
            // Without a type beside it, it has no effect.
            (
                json!({"$ref": "#/$defs/a", "nullable": true, "$defs": {"a": {"type": "null", "nullable": true}}}),
                json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}),
            ),
            (
                json!({"type": "string", "enum": ["a"], "nullable": true}),
                json!({"type": ["string", "null"], "enum": ["a"]}),
            ),
            // Names and values are not keywords.
            (
                json!({"properties": {"nullable": {"type": "list"}, "type": {"const": {"type": "list"}}}, "default": {"type": "list", "nullable": true}}),
                json!({"properties": {"nullable": {"type": "array"}, "type": {"const": {"type": "list"}}}, "default": {"type": "list", "nullable": true}}),
            ),
            // The target of a reference is a schema, wherever it is.
            (
                json!({"items": {"$ref": "#/components/schemas/a"}, "components": {"schemas": {"a": {"type": "list"}}}}),
                json!({"items": {"$ref": "#/components/schemas/a"}, "components": {"schemas": {"a": {"type": "array"}}}}),
            ),
        ] {
            let mut schema = written;
            standardize(&mut schema).unwrap();
            assert_eq!(schema, standard);
        }
    }

    #[test]
    fn an_unknown_type_is_reported_with_its_location() {
        let mut schema = json!({"items": {"anyOf": [{}, {"type": ["string", "int"]}]}});
        let error = standardize(&mut schema).unwrap_err();
        assert_eq!(error.at.to_string(), "items.anyOf[1].type");
        assert_eq!(error.kind, SchemaErrorKind::UnknownType("int".into()));
    }
}
