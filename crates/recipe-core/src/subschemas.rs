//! Subschemas of a JSON Schema, as opposed to values in `default`, `enum`, `const` and `examples`.

use serde_json::Value;

use crate::document::Pointer;

/// Keywords with a schema, or a list of schemas.
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

/// Keywords with an object of named schemas.
const NAMED: [&str; 6] = [
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// Lists a JSON Schema and its subschemas with their paths, in depth-first order.
///
/// ```
/// # use recipe_core::internal::subschemas;
/// # use serde_json::json;
/// let schema = json!({"properties": {"a": {"type": "string", "default": {"type": "x"}}}});
/// let paths: Vec<_> = subschemas(&schema).iter().map(|(at, _)| at.to_string()).collect();
/// assert_eq!(paths, ["", "properties.a"]);
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
    fn values_are_not_schemas() {
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
    fn paths_are_json_pointers_too() {
        let schema = json!({"properties": {"a/b~c": {"anyOf": [{}, {"type": "null"}]}}});
        for (at, part) in subschemas(&schema) {
            assert_eq!(schema.pointer(&at.to_json_pointer()), Some(part), "{at}");
        }
    }
}
