//! Schemas as servers read them. An answer is an object, so that a list is the one member of one, and what the schema of the
//! list or of its items refers to is put where the references find it. References lead to definitions only: `#` is refused by
//! llama.cpp's server (xllamacpp 2026.10.11549).

use serde_json::{Map, Value, json};

use super::references::{all_schemas, schema_mut};
use super::root;
use super::schema_error::SchemaError;

/// The member of the object around a list.
pub(super) const ITEMS: &str = "items";

/// The keywords that hold definitions, in drafts of today and in older ones.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// A schema apart from the definitions that it refers to.
struct Apart {
    schema: Value,
    /// `$schema` and the definitions, for the root that the schema comes to stand in.
    of_root: Map<String, Value>,
}

/// The schema of an object, whose references to itself lead to a definition.
pub(super) fn of_object(object: Value) -> Result<Value, SchemaError> {
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

/// The schema of an object around a list, by the schema of the list.
pub(super) fn around_list(list: Value) -> Result<Value, SchemaError> {
    apart(list, "list").map(|list| list.around(|list| list))
}

/// The schema of an object around a list, by the schema of its items.
pub(super) fn around_items(item: Value) -> Result<Value, SchemaError> {
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

/// Takes a schema and its definitions apart. A schema that refers to itself, or to a part of itself other than a
/// definition, becomes a definition, of this name where it is free.
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

/// Has a reference begin at `prefix` unless it is one to a definition. Tells whether it did.
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

fn free_name(definitions: Option<&Value>, wanted: &str) -> String {
    let is_taken = |name: &String| definitions.is_some_and(|all| all.get(name).is_some());
    let names = (2..).map(|number| format!("{wanted}_{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(names);
    names
        .find(|name| !is_taken(name))
        .expect("there are more names than definitions")
}
