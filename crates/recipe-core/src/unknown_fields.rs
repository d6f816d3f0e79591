//! Fields that nothing reads, found by walking a document along the schema of what it should be.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use crate::document::{Pointer, STEP_SCHEMA_NAME};

/// A field that nothing reads.
pub(crate) struct UnknownField {
    /// Where it is, its own name last.
    pub(crate) pointer: Pointer,
    pub(crate) name: String,
    /// The known field of the same object that looks most like it.
    pub(crate) nearest: Option<String>,
}

/// The settings under which all schemas are made: the draft that editors know best, objects that take no other
/// fields than their own, and descriptions without the line breaks of the source.
pub(crate) fn schema_settings() -> SchemaSettings {
    SchemaSettings::draft07()
        .with_transform(ClosedObjects)
        .with_transform(UnbrokenLines)
}

/// The schema of one type, as a value to look things up in.
pub(crate) fn root_schema<T: JsonSchema>() -> Value {
    schema_settings()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Marks objects with listed properties as taking no others.
#[derive(Debug, Clone)]
pub(crate) struct ClosedObjects;

impl Transform for ClosedObjects {
    fn transform(&mut self, schema: &mut Schema) {
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
            schema.insert("additionalProperties".into(), Value::Bool(false));
        }
        transform_subschemas(self, schema);
    }
}

/// Joins the lines of each paragraph in a description.
#[derive(Debug, Clone)]
struct UnbrokenLines;

impl Transform for UnbrokenLines {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::String(description)) = schema.get_mut("description") {
            let paragraphs: Vec<String> = description
                .split("\n\n")
                .map(|paragraph| paragraph.replace('\n', " "))
                .collect();
            *description = paragraphs.join("\n\n");
        }
        transform_subschemas(self, schema);
    }
}

/// The fields of `object` that a root schema does not know, in the order of the object. Steps inside it are
/// left out: they are checked against the schemas of their own types.
pub(crate) fn unknown_fields(root: &Value, object: &Map<String, Value>) -> Vec<UnknownField> {
    let mut walk = Walk {
        root,
        found: Vec::new(),
    };
    walk.object(root, object, &Pointer::default());
    walk.found
}

struct Walk<'s> {
    root: &'s Value,
    found: Vec<UnknownField>,
}

impl<'s> Walk<'s> {
    fn value(&mut self, schema: &'s Value, value: &Value, at: &Pointer) {
        let schema = self.resolve(schema, value);
        match (schema, value) {
            (Some(schema), Value::Object(object)) => self.object(schema, object, at),
            (Some(schema), Value::Array(list)) => {
                if let Some(items) = schema.get("items") {
                    for (index, item) in list.iter().enumerate() {
                        self.value(items, item, &at.index(index));
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, schema: &'s Value, object: &Map<String, Value>, at: &Pointer) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        for (name, value) in object {
            match properties.and_then(|properties| properties.get(name)) {
                Some(property) => self.value(property, value, &at.key(name)),
                None if others == Some(&Value::Bool(false)) => self.found.push(UnknownField {
                    pointer: at.key(name),
                    name: name.clone(),
                    nearest: nearest(
                        name,
                        properties.into_iter().flatten().map(|(n, _)| n.as_str()),
                    ),
                }),
                None => {
                    if let Some(other) = others {
                        self.value(other, value, &at.key(name));
                    }
                }
            }
        }
    }

    /// The part of a schema that describes `value`: references followed, one of several forms chosen by the
    /// JSON type. `None` for steps.
    fn resolve(&self, schema: &'s Value, value: &Value) -> Option<&'s Value> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.strip_prefix("#/definitions/")?;
            if name == STEP_SCHEMA_NAME {
                return None;
            }
            return self.resolve(self.root.get("definitions")?.get(name)?, value);
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            if let Some(forms) = schema.get(keyword).and_then(Value::as_array) {
                return forms
                    .iter()
                    .filter_map(|form| self.resolve(form, value))
                    .find(|form| match value {
                        Value::Object(_) => form.get("properties").is_some(),
                        Value::Array(_) => form.get("items").is_some(),
                        _ => false,
                    });
            }
        }
        Some(schema)
    }
}

/// The candidate that looks most like `name`, if one looks much like it.
pub(crate) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<String> {
    /// Below this likeness a suggestion is noise.
    const LIKE: f64 = 0.75;
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "read as a schema only")]
    struct Config {
        files: Option<Vec<File>>,
        any: Value,
        map: BTreeMap<String, File>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "read as a schema only")]
    struct File {
        path: String,
    }

    #[test]
    fn unknown_fields_are_found_at_any_depth() {
        let Value::Object(config) = json!({
            "file": 1,
            "files": [{"path": "", "pth": ""}],
            "any": {"x": {"y": 1}},
            "map": {"free": {"path": "", "zzz": 1}},
        }) else {
            unreachable!()
        };
        let found: Vec<_> = unknown_fields(&root_schema::<Config>(), &config)
            .into_iter()
            .map(|field| (field.name, field.nearest))
            .collect();
        let expected = [
            ("file", Some("files")),
            ("pth", Some("path")),
            ("zzz", None),
        ]
        .map(|(name, nearest)| (name.to_owned(), nearest.map(str::to_owned)));
        assert_eq!(found, expected);
    }
}
