//! JSON Schemas in the form that OpenAI's APIs accept.
//!
//! With `strict` OpenAI enforces a schema exactly, and rejects schemas that it cannot enforce. The
//! official helper (`openai.lib._pydantic` of openai 3.57.0) rewrites schemas to fit. This module
//! does the same as long as the meaning stays the same; otherwise the schema is sent unchanged,
//! without `strict`.

use serde_json::{Map, Value, json};

/// Maximum depth of nested references; recursive types would never end.
const MAX_REFERENCES: usize = 32;

/// Keywords allowed in a strict schema, besides those that are handled one by one.
const PLAIN: &[&str] = &[
    "$ref",
    "const",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "title",
    "type",
];

/// Annotations, which do not affect validity and are not supported.
const ANNOTATIONS: &[&str] = &[
    "$comment",
    "$schema",
    "default",
    "deprecated",
    "examples",
    "readOnly",
    "writeOnly",
];

/// Supported values of `format`.
const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uuid",
];

/// A schema to send, and whether it is enforced.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SentSchema {
    pub(super) schema: Value,
    pub(super) is_strict: bool,
}

impl SentSchema {
    /// Strict if the schema, possibly rewritten, fits the rules.
    pub(super) fn new(schema: &Value) -> Self {
        match strict(schema) {
            Some(schema) => Self {
                schema,
                is_strict: true,
            },
            None => Self::lenient(schema),
        }
    }

    /// The schema as it is, without enforcement.
    pub(super) fn lenient(schema: &Value) -> Self {
        Self {
            schema: with_types(schema),
            is_strict: false,
        }
    }
}

/// The schema of a tool's arguments. Both APIs require an object with `properties`, even if empty.
pub(super) fn parameters(schema: &Value) -> Value {
    let mut schema = with_types(schema);
    if let Value::Object(schema) = &mut schema {
        schema
            .entry("type")
            .or_insert_with(|| Value::String("object".to_owned()));
        schema.entry("properties").or_insert_with(|| json!({}));
    }
    schema
}

/// Adds a `type` to schemas that have only a `const` or an `enum`.
fn with_types(schema: &Value) -> Value {
    let Value::Object(schema) = schema else {
        return schema.clone();
    };
    let mut typed: Map<String, Value> = schema
        .iter()
        .map(|(keyword, value)| (keyword.clone(), parts_with_types(keyword, value)))
        .collect();
    add_type(&mut typed);
    Value::Object(typed)
}

fn parts_with_types(keyword: &str, value: &Value) -> Value {
    match (keyword, value) {
        (
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas",
            Value::Object(parts),
        ) => parts
            .iter()
            .map(|(name, part)| (name.clone(), with_types(part)))
            .collect(),
        ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
            parts.iter().map(with_types).collect()
        }
        ("items" | "additionalProperties" | "contains" | "not" | "if" | "then" | "else", part) => {
            with_types(part)
        }
        (_, value) => value.clone(),
    }
}

fn add_type(schema: &mut Map<String, Value>) {
    if schema.contains_key("type") || schema.contains_key("$ref") {
        return;
    }
    let values = match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => std::slice::from_ref(value),
        (None, Some(Value::Array(values))) => values,
        _ => return,
    };
    let mut types: Vec<&str> = Vec::new();
    for name in values.iter().map(type_of) {
        if !types.contains(&name) {
            types.push(name);
        }
    }
    let types = match types.as_slice() {
        [] => return,
        [name] => json!(name),
        names => json!(names),
    };
    schema.insert("type".to_owned(), types);
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Rewrites the schema to fit the rules of `strict`, if its meaning stays the same.
fn strict(schema: &Value) -> Option<Value> {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return None;
    }
    strict_part(schema, schema, 0)
}

fn strict_part(part: &Value, root: &Value, references: usize) -> Option<Value> {
    let Value::Object(part) = part else {
        return None;
    };
    let mut part = part.clone();
    part.retain(|keyword, _| !ANNOTATIONS.contains(&keyword.as_str()));
    merge_single_all_of(&mut part);
    if part.contains_key("$ref") && part.len() > 1 {
        let is_root_with_definitions =
            part.contains_key("$defs") || part.contains_key("definitions");
        if is_root_with_definitions || references == MAX_REFERENCES {
            return None;
        }
        let pointer = part.remove("$ref")?;
        let mut target = root
            .pointer(pointer.as_str()?.strip_prefix('#')?)?
            .as_object()?
            .clone();
        target.extend(part);
        return strict_part(&Value::Object(target), root, references + 1);
    }
    add_type(&mut part);
    let says_something = ["type", "anyOf", "$ref"]
        .iter()
        .any(|keyword| part.contains_key(*keyword));
    if !says_something {
        return None;
    }
    if is_object(&part) {
        close(&mut part, root)?;
    }
    part.into_iter()
        .map(|(keyword, value)| {
            let value = strict_value(&keyword, value, root, references)?;
            Some((keyword, value))
        })
        .collect()
}

/// Inlines an `allOf` of one schema.
fn merge_single_all_of(part: &mut Map<String, Value>) {
    if let Some(Value::Array(parts)) = part.get("allOf")
        && let [Value::Object(only)] = parts.as_slice()
        && only.keys().all(|keyword| !part.contains_key(keyword))
    {
        let only = only.clone();
        part.remove("allOf");
        part.extend(only);
    }
}

fn strict_value(keyword: &str, value: Value, root: &Value, references: usize) -> Option<Value> {
    let part = |part: &Value| strict_part(part, root, references);
    match keyword {
        "properties" | "$defs" | "definitions" => value
            .as_object()?
            .iter()
            .map(|(name, value)| Some((name.clone(), part(value)?)))
            .collect(),
        "anyOf" => value.as_array()?.iter().map(part).collect(),
        "items" => part(&value),
        "additionalProperties" => (value == Value::Bool(false)).then_some(value),
        "format" => FORMATS.contains(&value.as_str()?).then_some(value),
        keyword => PLAIN.contains(&keyword).then_some(value),
    }
}

fn is_object(part: &Map<String, Value>) -> bool {
    part.contains_key("properties")
        || match part.get("type") {
            Some(Value::String(name)) => name == "object",
            Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
            _ => false,
        }
}

/// Restricts an object to its properties, all of them required. Each object that matches afterwards
/// matched before. A property that was optional must be nullable, or the model would have to invent
/// a value. An object without `properties` allows any.
fn close(part: &mut Map<String, Value>, root: &Value) -> Option<()> {
    let properties = part.get("properties")?.as_object()?;
    let required = part.get("required").and_then(Value::as_array);
    let is_required = |name: &String| required.is_some_and(|names| names.iter().any(|n| n == name));
    let may_close = properties
        .iter()
        .all(|(name, property)| is_required(name) || is_nullable(property, root, 0));
    if !may_close {
        return None;
    }
    let names: Value = properties.keys().cloned().collect();
    part.insert("required".to_owned(), names);
    part.entry("additionalProperties").or_insert(json!(false));
    Some(())
}

fn is_nullable(part: &Value, root: &Value, references: usize) -> bool {
    let has_null = |keyword| {
        let values = part.get(keyword).and_then(Value::as_array);
        values.is_some_and(|values| values.contains(&Value::Null))
    };
    let of_any = |keyword| {
        let parts = part.get(keyword).and_then(Value::as_array);
        parts.is_some_and(|parts| parts.iter().any(|part| is_nullable(part, root, references)))
    };
    let referred = || {
        let pointer = part.get("$ref")?.as_str()?.strip_prefix('#')?;
        root.pointer(pointer)
    };
    match part.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        _ if part.get("const") == Some(&Value::Null) || has_null("enum") || of_any("anyOf") => true,
        _ => {
            references < MAX_REFERENCES
                && referred().is_some_and(|target| is_nullable(target, root, references + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(properties: Value, required: Value) -> Value {
        json!({"type": "object", "properties": properties, "required": required})
    }

    fn closed(properties: Value, required: Value) -> Value {
        let mut object = object(properties, required);
        object["additionalProperties"] = json!(false);
        object
    }

    /// The strict form as a property of an object.
    fn part(part: Value) -> Option<Value> {
        let whole = strict(&closed(json!({"p": part}), json!(["p"])))?;
        Some(whole["properties"]["p"].clone())
    }

    #[test]
    fn a_schema_of_closed_objects_is_unchanged() {
        let item = closed(json!({"a": {"type": ["string", "null"]}}), json!(["a"]));
        assert_eq!(strict(&item), Some(item.clone()));
        let mut with_definition = closed(
            json!({"items": {"type": "array", "items": {"$ref": "#/$defs/item"}}}),
            json!(["items"]),
        );
        with_definition["$defs"] = json!({"item": item});
        assert_eq!(strict(&with_definition), Some(with_definition.clone()));
    }

    // Verified with `to_strict_json_schema` of openai 3.57.0.
    #[test]
    fn the_additions_match_those_of_the_official_helper() {
        let open = object(
            json!({"a": {"type": "string"}, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": null}}),
            json!(["a"]),
        );
        let mut open = open;
        open["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        let expected = closed(
            json!({"a": {"type": "string"}, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}),
            json!(["a", "b"]),
        );
        assert_eq!(strict(&open), Some(expected));
        assert_eq!(
            part(object(json!({"a": {"type": "string"}}), json!(["a"]))),
            Some(closed(json!({"a": {"type": "string"}}), json!(["a"])))
        );
        assert_eq!(
            part(json!({"allOf": [{"type": "string"}], "title": "T"})),
            Some(json!({"type": "string", "title": "T"}))
        );
    }

    #[test]
    fn a_reference_with_other_keywords_is_inlined() {
        let mut schema = closed(
            json!({"p": {"$ref": "#/$defs/pet", "description": "Beside it."}}),
            json!(["p"]),
        );
        schema["$defs"] =
            json!({"pet": object(json!({"name": {"type": "string"}}), json!(["name"]))});
        let pet = closed(json!({"name": {"type": "string"}}), json!(["name"]));
        let strict = strict(&schema).unwrap();
        let mut described = pet.clone();
        described["description"] = json!("Beside it.");
        assert_eq!(strict["properties"]["p"], described);
        assert_eq!(strict["$defs"]["pet"], pet);
    }

    #[test]
    fn a_recursive_type_terminates() {
        let node = |reference: Value| {
            let mut schema = closed(
                json!({"next": {"anyOf": [reference, {"type": "null"}]}}),
                json!(["next"]),
            );
            schema["$defs"] = json!({"node": {"type": "object", "properties": schema["properties"], "required": ["next"], "additionalProperties": false}});
            schema
        };
        assert!(strict(&node(json!({"$ref": "#/$defs/node"}))).is_some());
        assert_eq!(
            strict(&node(json!({"$ref": "#/$defs/node", "title": "N"}))),
            None
        );
        let endless = json!({"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}});
        assert_eq!(strict(&endless), None);
    }

    #[test]
    fn a_value_without_a_type_gets_one() {
        for (schema, expected) in [
            (json!({"const": "x"}), json!("string")),
            (json!({"const": null}), json!("null")),
            (json!({"enum": ["a", "b"]}), json!("string")),
            (json!({"enum": [1, 2, null]}), json!(["integer", "null"])),
            (
                json!({"enum": [1, 2.5, true]}),
                json!(["integer", "number", "boolean"]),
            ),
        ] {
            assert_eq!(part(schema.clone()).unwrap()["type"], expected, "{schema}");
            let lenient = SentSchema::lenient(&json!({"items": schema})).schema;
            assert_eq!(lenient["items"]["type"], expected);
        }
        // A property may have any name.
        let named = json!({"type": "object", "properties": {"const": {"type": "string"}}});
        assert_eq!(with_types(&named), named);
    }

    #[test]
    fn a_schema_that_would_mean_something_else_is_not_strict() {
        for part in [
            json!({}),
            json!(true),
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "properties": {}, "additionalProperties": true}),
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            json!({"type": "object", "properties": {"a": {"type": "string", "default": "x"}}}),
            json!({"type": "object", "patternProperties": {"^a": {"type": "string"}}, "properties": {}}),
            json!({"type": "string", "minLength": 1}),
            json!({"type": "string", "format": "uri"}),
            json!({"oneOf": [{"type": "string"}]}),
            json!({"allOf": [{"type": "string"}, {"minLength": 1}]}),
            json!({"$ref": "#/$defs/item", "description": "Beside it."}),
            json!({"$ref": "https://example.com/schema", "description": "Elsewhere."}),
        ] {
            let whole = json!({"type": "object", "properties": {"p": part}, "required": ["p"], "additionalProperties": false});
            assert_eq!(strict(&whole), None, "{whole}");
            assert!(!SentSchema::new(&whole).is_strict);
        }
        assert_eq!(
            strict(&json!({"type": "array", "items": {"type": "string"}})),
            None
        );
    }

    #[test]
    fn bounds_and_known_formats_are_strict() {
        for schema in [
            json!({"type": "integer", "minimum": 1, "maximum": 5}),
            json!({"type": "array", "items": {"type": "string", "pattern": "^a"}, "minItems": 1}),
            json!({"type": "string", "format": "date"}),
        ] {
            assert_eq!(part(schema.clone()), Some(schema));
        }
    }

    #[test]
    fn arguments_are_an_object_with_properties() {
        for schema in [json!({"type": "object"}), json!({})] {
            let expected = json!({"type": "object", "properties": {}});
            assert_eq!(parameters(&schema), expected);
        }
        let schema = json!({"type": "object", "properties": {"a": {"enum": ["x"]}}});
        assert_eq!(
            parameters(&schema)["properties"]["a"],
            json!({"enum": ["x"], "type": "string"})
        );
    }
}
