//! Schemas inside a JSON Schema, told apart from its data: `default`, `enum`, `const` and `examples` hold values.

use serde_json::Value;

use crate::document::Pointer;

/// Keywords that hold a schema, or a list of schemas.
const DIRECT: [&str; 16] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords that hold schemas under names of the author's choice.
const NAMED: [&str; 6] = [
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// Lists a JSON Schema and the schemas inside it with their places, each before those inside it.
///
/// ```
/// # use recipe_core::internal::subschemas;
/// # use serde_json::json;
/// let schema = json!({"properties": {"a": {"type": "string", "default": {"type": "x"}}}});
/// let places: Vec<_> = subschemas(&schema).iter().map(|(at, _)| at.to_string()).collect();
/// assert_eq!(places, ["", "properties.a"]);
/// ```
pub fn subschemas(schema: &Value) -> Vec<(Pointer, &Value)> {
    let mut found = Vec::new();
    add(Pointer::default(), schema, &mut found);
    found
}

fn add<'s>(at: Pointer, schema: &'s Value, found: &mut Vec<(Pointer, &'s Value)>) {
    found.push((at.clone(), schema));
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        let at = at.key(keyword);
        match value {
            Value::Array(list) if is_direct(keyword) => {
                for (index, inner) in list.iter().enumerate() {
                    add(at.index(index), inner, found);
                }
            }
            Value::Object(_) | Value::Bool(_) if is_direct(keyword) => add(at, value, found),
            Value::Object(named) if NAMED.contains(&keyword.as_str()) => {
                // A dependency may be a list of names instead of a schema.
                let schemas = named.iter().filter(|(_, inner)| !inner.is_array());
                for (name, inner) in schemas {
                    add(at.key(name), inner, found);
                }
            }
            _ => {}
        }
    }
}

fn is_direct(keyword: &str) -> bool {
    DIRECT.contains(&keyword)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn schemas_are_told_from_data() {
        let schema = json!({
            "type": "object",
            "default": {"items": {}},
            "enum": [{"properties": {"x": {}}}],
            "properties": {
                "properties": {"type": "object", "additionalProperties": false},
                "items": {"type": "array", "items": {"anyOf": [{"const": {"not": {}}}, true]}},
            },
            "dependencies": {"a": ["b"], "c": {"not": {}}},
            "$defs": {"d": {"prefixItems": [{}], "items": false}},
        });
        let places = subschemas(&schema)
            .into_iter()
            .map(|(at, _)| at.to_string());
        let expected = [
            "",
            "properties.properties",
            "properties.properties.additionalProperties",
            "properties.items",
            "properties.items.items",
            "properties.items.items.anyOf[0]",
            "properties.items.items.anyOf[1]",
            "dependencies.c",
            "dependencies.c.not",
            "$defs.d",
            "$defs.d.prefixItems[0]",
            "$defs.d.items",
        ];
        assert_eq!(places.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn places_are_json_pointers_as_well() {
        let schema = json!({"properties": {"a/b~c": {"anyOf": [{}, {"type": "null"}]}}});
        for (at, part) in subschemas(&schema) {
            assert_eq!(schema.pointer(&at.to_json_pointer()), Some(part), "{at}");
        }
    }
}
