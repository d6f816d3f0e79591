//! Finds unknown fields, missing fields, templates and steps in a configuration by walking it along
//! its schema.

use serde_json::{Map, Value};

use crate::document::{Pointer, STEP_SCHEMA_NAME};
use crate::nearest::nearest;
use crate::schema_settings::{ANSWER_SCHEMA_MARK, ARTIFACT_MARK, TEMPLATE_MARK};

/// Contents of a configuration, each in the order of the document.
#[derive(Default)]
pub(crate) struct Inspection<'v> {
    pub(crate) unknown_fields: Vec<UnknownField>,
    /// Missing required fields: the object that lacks them, and their names.
    pub(crate) missing_fields: Vec<(Pointer, String)>,
    /// Strings that are templates.
    pub(crate) templates: Vec<(Pointer, &'v str)>,
    /// Steps, not inspected themselves: they have schemas of their own.
    pub(crate) steps: Vec<(Pointer, &'v Value)>,
    /// Names of artifacts, including those of default values.
    pub(crate) artifacts: Vec<(Pointer, &'v str, ArtifactUse)>,
    /// JSON Schemas of responses.
    pub(crate) answer_schemas: Vec<(Pointer, &'v Value)>,
}

/// Use of an artifact that a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArtifactUse {
    /// The step sets it.
    Sets,
    /// The step reads it.
    Reads,
    /// The step sets it for its substeps.
    Item,
}

/// An unknown field.
pub(crate) struct UnknownField {
    /// Its path, with its own name last.
    pub(crate) pointer: Pointer,
    pub(crate) name: String,
    /// The most similar known field of the same object.
    pub(crate) nearest: Option<String>,
}

/// Inspects an object along a root schema.
pub(crate) fn inspect<'v>(root: &'v Value, object: &'v Map<String, Value>) -> Inspection<'v> {
    inspect_for(Sought::Everything, root, object)
}

/// Finds the unknown fields of an object. For most objects, which have none, this allocates
/// nothing.
pub(crate) fn unknown_fields(root: &Value, object: &Map<String, Value>) -> Vec<UnknownField> {
    inspect_for(Sought::UnknownFields, root, object).unknown_fields
}

fn inspect_for<'v>(
    sought: Sought,
    root: &'v Value,
    object: &'v Map<String, Value>,
) -> Inspection<'v> {
    let mut walk = Walk {
        sought,
        root,
        found: Inspection::default(),
    };
    walk.object(root, object, Place::Root);
    walk.found
}

struct Walk<'v> {
    sought: Sought,
    root: &'v Value,
    found: Inspection<'v>,
}

/// Purpose of a walk.
#[derive(PartialEq)]
enum Sought {
    Everything,
    UnknownFields,
}

/// Position of a walk as a list of parents, which becomes a pointer if something is found.
#[derive(Clone, Copy)]
enum Place<'p> {
    Root,
    Key(&'p Self, &'p str),
    Index(&'p Self, usize),
}

impl Place<'_> {
    fn pointer(self) -> Pointer {
        match self {
            Self::Root => Pointer::default(),
            Self::Key(outer, key) => outer.pointer().key(key),
            Self::Index(outer, index) => outer.pointer().index(index),
        }
    }
}

/// Schema of a value.
enum Described<'s> {
    By(&'s Value),
    AsStep,
    NotAtAll,
}

impl<'v> Walk<'v> {
    fn value(&mut self, schema: &'v Value, value: &'v Value, at: Place<'_>) {
        let has_fields = value.is_object() || value.is_array();
        if self.sought == Sought::UnknownFields && !has_fields {
            return;
        }
        let schema = match self.resolve(schema, value) {
            Described::By(schema) => schema,
            Described::AsStep if self.sought == Sought::UnknownFields => return,
            Described::AsStep => return self.found.steps.push((at.pointer(), value)),
            Described::NotAtAll => return,
        };
        if schema.get(TEMPLATE_MARK).is_some() {
            return self.templates(value, at);
        }
        match value {
            Value::Object(object) => self.object(schema, object, at),
            Value::Array(list) => {
                if let Some(items) = schema.get("items") {
                    for (index, item) in list.iter().enumerate() {
                        self.value(items, item, Place::Index(&at, index));
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, schema: &'v Value, object: &'v Map<String, Value>, at: Place<'_>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        if self.sought == Sought::Everything {
            self.missing(schema, object, at);
        }
        for (name, value) in object {
            let here = Place::Key(&at, name);
            match properties.and_then(|properties| properties.get(name)) {
                Some(property) => {
                    self.artifact(property, value, here);
                    self.answer_schema(property, value, here);
                    self.value(property, value, here);
                }
                None if others == Some(&Value::Bool(false)) => {
                    self.found.unknown_fields.push(UnknownField {
                        pointer: here.pointer(),
                        name: name.clone(),
                        nearest: nearest(
                            name,
                            properties.into_iter().flatten().map(|(n, _)| n.as_str()),
                        ),
                    });
                }
                None => {
                    if let Some(other) = others {
                        self.value(other, value, here);
                    }
                }
            }
        }
        if self.sought == Sought::Everything {
            for (name, property) in properties.into_iter().flatten() {
                if let Some(default) = property
                    .get("default")
                    .filter(|_| !object.contains_key(name))
                {
                    self.artifact(property, default, Place::Key(&at, name));
                }
            }
        }
    }

    /// Adds the missing required fields.
    fn missing(&mut self, schema: &Value, object: &Map<String, Value>, at: Place<'_>) {
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                let missing = (at.pointer(), name.to_owned());
                self.found.missing_fields.push(missing);
            }
        }
    }

    /// Adds the artifacts that a field names, if any.
    fn artifact(&mut self, property: &Value, value: &'v Value, at: Place<'_>) {
        if self.sought == Sought::UnknownFields {
            return;
        }
        let mark = property.get(ARTIFACT_MARK).and_then(Value::as_str);
        let how = match (mark, value) {
            (Some("sets"), _) => ArtifactUse::Sets,
            (Some("reads"), _) => ArtifactUse::Reads,
            (Some("item"), _) => ArtifactUse::Item,
            (Some("sets-keys"), Value::Object(map)) => {
                let keys = map.keys().map(|name| {
                    let pointer = Place::Key(&at, name).pointer();
                    (pointer, name.as_str(), ArtifactUse::Sets)
                });
                return self.found.artifacts.extend(keys);
            }
            _ => return,
        };
        if let Value::String(name) = value {
            self.found.artifacts.push((at.pointer(), name, how));
        }
    }

    /// Adds the response schemas in a field, if any.
    fn answer_schema(&mut self, property: &Value, value: &'v Value, at: Place<'_>) {
        if self.sought == Sought::UnknownFields || property.get(ANSWER_SCHEMA_MARK).is_none() {
            return;
        }
        match value {
            Value::Object(_) => self.found.answer_schemas.push((at.pointer(), value)),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(index, item)| (at.pointer().index(index), item));
                self.found.answer_schemas.extend(items);
            }
            _ => {}
        }
    }

    /// Adds all strings in a value whose strings are templates.
    fn templates(&mut self, value: &'v Value, at: Place<'_>) {
        if self.sought == Sought::UnknownFields {
            return;
        }
        match value {
            Value::String(text) => self.found.templates.push((at.pointer(), text)),
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    self.templates(item, Place::Index(&at, index));
                }
            }
            Value::Object(map) => {
                for (name, item) in map {
                    self.templates(item, Place::Key(&at, name));
                }
            }
            _ => {}
        }
    }

    /// Returns the part of a schema that describes `value`: follows references, and chooses among
    /// alternatives by JSON type.
    fn resolve(&self, schema: &'v Value, value: &Value) -> Described<'v> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.strip_prefix("#/definitions/");
            if name == Some(STEP_SCHEMA_NAME) {
                return Described::AsStep;
            }
            let definitions = self.root.get("definitions");
            return match definitions.and_then(|definitions| definitions.get(name?)) {
                Some(definition) => self.resolve(definition, value),
                None => Described::NotAtAll,
            };
        }
        if schema.get("properties").is_some() {
            // Other keywords beside it say which fields go together.
            return Described::By(schema);
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            if let Some(forms) = schema.get(keyword).and_then(Value::as_array) {
                let mut forms = forms.iter().map(|form| self.resolve(form, value));
                let fits = |form: &Described<'_>| match form {
                    Described::By(form) => describes(form, value),
                    Described::AsStep => value.is_object(),
                    Described::NotAtAll => false,
                };
                return forms.find(fits).unwrap_or(Described::NotAtAll);
            }
        }
        Described::By(schema)
    }
}

/// Whether a schema is for values of this JSON type.
fn describes(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Object(_) => schema.get("properties").is_some(),
        Value::Array(_) => schema.get("items").is_some(),
        Value::String(_) => schema.get("type").is_some_and(|kind| kind == "string"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema_settings::root_schema;
    use schemars::JsonSchema;
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
        let schema = root_schema::<Config>();
        let found = unknown_fields(&schema, &config);
        let all = inspect(&schema, &config).unknown_fields;
        assert!(
            found
                .iter()
                .map(|field| &field.name)
                .eq(all.iter().map(|field| &field.name))
        );
        let found: Vec<_> = found
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
