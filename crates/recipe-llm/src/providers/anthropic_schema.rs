//! JSON Schemas in the form that Anthropic's `output_config` accepts.
//!
//! They are rewritten as by the official helper (`transform_schema` of anthropic 2.14.0): objects
//! are closed, and keywords that the API does not enforce move to the description. Responses are
//! validated against the original schema.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uri",
    "uuid",
];

/// Rewrites the schema if that allows every intended response. It does not if an object may have
/// any properties, if anything is allowed, or if a type is recursive.
pub(super) fn enforceable(schema: &Value) -> Option<Value> {
    (!is_recursive(schema)).then(|| part(schema)).flatten()
}

fn part(schema: &Value) -> Option<Value> {
    let mut rest = schema.as_object()?.clone();
    // Neither is of use to the model.
    rest.retain(|keyword, _| !matches!(keyword.as_str(), "$schema" | "$comment"));
    let mut part = Map::new();
    for name in ["$defs", "definitions"] {
        if let Some(definitions) = rest.remove(name) {
            part.insert(name.to_owned(), parts_by_name(&definitions)?);
        }
    }
    if let Some(reference) = rest.remove("$ref") {
        part.insert("$ref".to_owned(), reference);
        return Some(Value::Object(part));
    }
    let mut kind = rest.remove("type");
    if rest.get("enum").is_some_and(are_plain) {
        part.extend(rest.remove_entry("enum"));
    }
    if rest.get("const").is_some_and(is_plain) {
        part.extend(rest.remove_entry("const"));
    }
    let has_values = part.contains_key("enum") || part.contains_key("const");
    if has_values {
        kind = None;
    }
    let combinators = [("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")];
    let combined = combinators
        .iter()
        .find_map(|(name, sent)| Some((*sent, rest.remove(*name)?)));
    match (combined, &kind) {
        (Some((name, schemas)), _) => {
            let schemas = schemas.as_array()?.iter().map(self::part);
            part.insert(name.to_owned(), schemas.collect::<Option<_>>()?);
        }
        (None, Some(kind)) => {
            part.insert("type".to_owned(), kind.clone());
        }
        (None, None) if has_values => {}
        (None, None) => return None,
    }
    for name in ["description", "title"] {
        if let Some(text) = rest.remove(name) {
            part.insert(name.to_owned(), text);
        }
    }
    if is_type(kind.as_ref(), "object") {
        close(&mut part, &mut rest)?;
    }
    if is_type(kind.as_ref(), "string") && rest.get("format").is_some_and(is_enforced_format) {
        part.extend(rest.remove_entry("format"));
    }
    if is_type(kind.as_ref(), "array") {
        if let Some(items) = rest.remove("items") {
            part.insert("items".to_owned(), self::part(&items)?);
        }
        if matches!(rest.get("minItems").and_then(Value::as_u64), Some(0 | 1)) {
            part.extend(rest.remove_entry("minItems"));
        }
    }
    describe(&mut part, &rest);
    Some(Value::Object(part))
}

fn parts_by_name(schemas: &Value) -> Option<Value> {
    let schemas = schemas.as_object()?.iter();
    schemas
        .map(|(name, schema)| Some((name.clone(), part(schema)?)))
        .collect()
}

/// Restricts an object to its properties.
fn close(part: &mut Map<String, Value>, rest: &mut Map<String, Value>) -> Option<()> {
    let is_open = match rest.remove("additionalProperties") {
        None => !rest.contains_key("properties"),
        Some(more) => more != Value::Bool(false),
    };
    if is_open || rest.contains_key("patternProperties") {
        return None;
    }
    let properties = rest.remove("properties").unwrap_or_else(|| json!({}));
    part.insert("properties".to_owned(), parts_by_name(&properties)?);
    part.insert("additionalProperties".to_owned(), json!(false));
    part.extend(rest.remove_entry("required"));
    Some(())
}

/// Adds keywords that the API does not enforce to the description, for the model to follow.
fn describe(part: &mut Map<String, Value>, rest: &Map<String, Value>) {
    if rest.is_empty() {
        return;
    }
    let rest: Vec<String> = rest
        .iter()
        .map(|(keyword, value)| match value {
            Value::String(text) => format!("{keyword}: {text}"),
            value => format!("{keyword}: {value}"),
        })
        .collect();
    let rest = format!("{{{}}}", rest.join(", "));
    let described = match part.get("description").and_then(Value::as_str) {
        Some(description) => format!("{description}\n\n{rest}"),
        None => rest,
    };
    part.insert("description".to_owned(), described.into());
}

fn is_type(kind: Option<&Value>, name: &str) -> bool {
    match kind {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}

fn are_plain(values: &Value) -> bool {
    let values = values.as_array();
    values.is_some_and(|values| !values.is_empty() && values.iter().all(is_plain))
}

fn is_plain(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

fn is_enforced_format(format: &Value) -> bool {
    format
        .as_str()
        .is_some_and(|format| FORMATS.contains(&format))
}

fn is_recursive(schema: &Value) -> bool {
    leads_back(schema, schema, &mut Vec::new(), &mut HashSet::new())
}

/// Whether a reference leads back to itself.
fn leads_back<'s>(
    part: &'s Value,
    root: &'s Value,
    path: &mut Vec<&'s str>,
    known: &mut HashSet<&'s str>,
) -> bool {
    match part {
        Value::Array(parts) => parts.iter().any(|part| leads_back(part, root, path, known)),
        Value::Object(parts) => {
            if let Some(Value::String(reference)) = parts.get("$ref") {
                // The root contains every location.
                if reference == "#" || path.contains(&reference.as_str()) {
                    return true;
                }
                if known.insert(reference) {
                    let target = reference.strip_prefix('#').and_then(|p| root.pointer(p));
                    path.push(reference);
                    if target.is_some_and(|target| leads_back(target, root, path, known)) {
                        return true;
                    }
                    path.pop();
                }
            }
            parts
                .values()
                .any(|part| leads_back(part, root, path, known))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values are the output of `anthropic.transform_schema` of anthropic 2.14.0, except
    // for values in descriptions, which it writes as Python does.
    #[test]
    fn a_schema_is_rewritten_as_the_official_helper_does_it() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "title": "Pet",
            "properties": {
                "name": {"type": "string", "minLength": 1, "description": "Its name."},
                "age": {"type": "integer", "minimum": 0},
                "born": {"type": "string", "format": "date"},
                "page": {"type": "string", "format": "uri-template"},
                "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
                "some": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "size": {"type": "string", "enum": ["s", "l"]},
                "kind": {"const": "pet"},
                "owner": {"oneOf": [{"type": "string"}, {"type": "null"}]},
                "home": {"$ref": "#/$defs/home", "description": "Where it lives."},
            },
            "required": ["name"],
            "$defs": {"home": {"type": "object", "properties": {}, "additionalProperties": false}},
        });
        let expected = json!({
            "$defs": {"home": {"type": "object", "properties": {}, "additionalProperties": false}},
            "type": "object",
            "title": "Pet",
            "properties": {
                "name": {"type": "string", "description": "Its name.\n\n{minLength: 1}"},
                "age": {"type": "integer", "description": "{minimum: 0}"},
                "born": {"type": "string", "format": "date"},
                "page": {"type": "string", "description": "{format: uri-template}"},
                "tags": {"type": "array", "items": {"type": "string"}, "description": "{minItems: 2}"},
                "some": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "size": {"enum": ["s", "l"]},
                "kind": {"const": "pet"},
                "owner": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "home": {"$ref": "#/$defs/home"},
            },
            "additionalProperties": false,
            "required": ["name"],
        });
        assert_eq!(enforceable(&schema), Some(expected));
    }

    #[test]
    fn a_schema_that_would_mean_something_else_is_not_sent() {
        let node = json!({"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}});
        for schema in [
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "properties": {}, "additionalProperties": true}),
            json!({"type": "object", "properties": {}, "patternProperties": {"a": {"type": "string"}}}),
            json!({"type": "array", "items": {}}),
            json!({"type": "array", "items": true}),
            json!({"description": "Anything."}),
            json!({"type": "object", "properties": {"more": {"$ref": "#"}}}),
            json!({"$ref": "#/$defs/node", "$defs": {"node": node}}),
        ] {
            assert_eq!(enforceable(&schema), None, "{schema}");
        }
    }

    #[test]
    fn a_type_that_is_used_twice_is_not_recursive() {
        let schema = json!({
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/x"}, "b": {"$ref": "#/$defs/x"}},
            "$defs": {"x": {"type": "string"}},
        });
        assert!(enforceable(&schema).is_some());
    }
}
