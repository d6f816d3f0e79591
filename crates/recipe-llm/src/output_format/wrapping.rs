//! Schemas in the form that servers accept. A response is an object, so a list becomes its one
//! property, and the definitions of the list or of its items move to the root, where references
//! find them. References lead to definitions only: llama.cpp's server rejects `#` (xllamacpp
//! 2026.10.11549).

use serde_json::{Map, Value, json};

use super::references::{all_schemas, schema_mut};
use super::root;
use super::schema_error::SchemaError;

/// Property of the object that holds a list.
pub(super) const ITEMS: &str = "items";

/// Keywords that hold definitions, in current and older drafts.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// A schema without its definitions.
struct Apart {
    schema: Value,
    /// `$schema` and the definitions, for the new root.
    of_root: Map<String, Value>,
}

/// Schema of an object; references to itself become references to a definition.
pub(super) fn object_schema(object: Value) -> Result<Value, SchemaError> {
    let Apart {
        mut schema,
        of_root,
    } = apart(object, "answer")?;
    if let Value::Object(keywords) = &mut schema {
        keywords.extend(of_root);
    }
    root::resolve(&mut schema);
    Ok(schema)
}

/// Schema of an object around a list, from the schema of the list.
pub(super) fn list_schema(list: Value) -> Result<Value, SchemaError> {
    apart(list, "list").map(|list| list.around(|list| list))
}

/// Schema of an object around a list, from the schema of its items.
pub(super) fn items_schema(item: Value) -> Result<Value, SchemaError> {
    apart(item, "item").map(|item| item.around(|item| json!({ "type": "array", "items": item })))
}

impl Apart {
    fn around(self, list: impl FnOnce(Value) -> Value) -> Value {
        let mut object = json!({
            "type": "object",
            "properties": { ITEMS: list(self.schema) },
            "required": [ITEMS],
            "additionalProperties": false,
        });
        if let Value::Object(object) = &mut object {
            object.extend(self.of_root);
        }
        object
    }
}

/// Splits a schema from its definitions. A schema that refers to itself, or to a part of itself
/// other than a definition, becomes a definition, called `name` if that is free.
fn apart(mut schema: Value, name: &str) -> Result<Apart, SchemaError> {
    let key = match schema.get(DEFINITIONS[1]) {
        Some(_) if schema.get(DEFINITIONS[0]).is_none() => DEFINITIONS[1],
        _ => DEFINITIONS[0],
    };
    let name = free_name(schema.get(key), name);
    let prefix = format!("#/{key}/{name}");
    let is_definition = |reference: &str| {
        DEFINITIONS.iter().any(|key| {
            let inner = reference
                .strip_prefix("#/")
                .and_then(|r| r.strip_prefix(key));
            inner.is_some_and(|inner| inner.starts_with('/'))
        })
    };
    let mut is_definition_itself = false;
    for at in all_schemas(&schema)? {
        let Some(part) = schema_mut(&mut schema, &at) else {
            continue;
        };
        if let Some(value) = part.get_mut("$ref") {
            is_definition_itself |= rebase(value, &prefix, is_definition);
        }
        let mapping = part
            .get_mut("discriminator")
            .and_then(|d| d.get_mut("mapping"));
        if let Some(Value::Object(mapping)) = mapping {
            for value in mapping.values_mut() {
                is_definition_itself |= rebase(value, &prefix, is_definition);
            }
        }
    }
    let mut of_root = Map::new();
    if let Value::Object(schema) = &mut schema {
        for key in ["$schema", DEFINITIONS[0], DEFINITIONS[1]] {
            if let Some(value) = schema.shift_remove(key) {
                of_root.insert(key.to_owned(), value);
            }
        }
    }
    if is_definition_itself {
        let definitions = of_root.entry(key).or_insert_with(|| json!({}));
        definitions[&name] = schema;
        schema = json!({ "$ref": prefix });
    }
    Ok(Apart { schema, of_root })
}

/// Prefixes a reference with `prefix` unless it leads to a definition. Returns whether it did.
fn rebase(reference: &mut Value, prefix: &str, is_definition: impl Fn(&str) -> bool) -> bool {
    let Some(rest) = reference.as_str().and_then(|text| text.strip_prefix('#')) else {
        return false;
    };
    if is_definition(&format!("#{rest}")) {
        return false;
    }
    *reference = format!("{prefix}{rest}").into();
    true
}

fn free_name(definitions: Option<&Value>, base: &str) -> String {
    let is_taken = |name: &String| definitions.is_some_and(|all| all.get(name).is_some());
    let names = (2..).map(|number| format!("{base}_{number}"));
    let mut names = std::iter::once(base.to_owned()).chain(names);
    names
        .find(|name| !is_taken(name))
        .expect("there are more names than definitions")
}
