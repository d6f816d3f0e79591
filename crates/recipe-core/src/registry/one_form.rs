//! Schemas that report the mistake in a value, instead of that it fits none of several forms.
//!
//! For an optional field, an enum or a choice of forms, an `anyOf` or `oneOf` is derived. A
//! validator can then only mark the whole field. Here each becomes a single form, whose errors mark
//! the place of the mistake.
//!
//! A choice between listed values and another form stays: a wrong value is marked at its place
//! anyway, and editors offer listed values only without a condition in front of them.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Merges several forms into one if they are distinguishable.
#[derive(Debug, Clone)]
pub(super) struct OneForm;

impl Transform for OneForm {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        listed_or_pattern(schema);
        for keyword in ["oneOf", "anyOf"] {
            let Some(Value::Array(forms)) = schema.get(keyword) else {
                continue;
            };
            let one = constants(forms)
                .or_else(|| not_null(forms))
                .or_else(|| text_or_definition(forms))
                .or_else(|| by_type(forms));
            if let Some(one) = one {
                schema.remove(keyword);
                for (name, value) in one {
                    schema.insert(name, value);
                }
            }
        }
    }
}

/// Turns constants into a list of values, each with its description.
fn constants(forms: &[Value]) -> Option<Map<String, Value>> {
    let values: Vec<&Value> = forms
        .iter()
        .map(|form| form.get("const"))
        .collect::<Option<_>>()?;
    let descriptions: Vec<&str> = forms
        .iter()
        .map(|form| {
            form.get("description")
                .and_then(Value::as_str)
                .unwrap_or("")
        })
        .collect();
    Some(Map::from_iter([
        ("enum".to_owned(), json!(values)),
        ("enumDescriptions".to_owned(), json!(descriptions)),
    ]))
}

/// Turns a form or null into the form, with a condition for null.
fn not_null(forms: &[Value]) -> Option<Map<String, Value>> {
    let nothing = json!({"type": "null"});
    let [form, other] = forms else {
        return None;
    };
    if *other != nothing {
        return None;
    }
    let mut form = form.clone();
    if form.get("enum").is_none() {
        return Some(Map::from_iter([
            ("if".to_owned(), nothing),
            ("else".to_owned(), form),
        ]));
    }
    // Editors show the innermost description; the field has its own.
    form.as_object_mut()?.shift_remove("description");
    Some(Map::from_iter([(
        "anyOf".to_owned(),
        json!([form, nothing]),
    )]))
}

/// Turns any text, or a definition, into the definition, with a condition for text.
fn text_or_definition(forms: &[Value]) -> Option<Map<String, Value>> {
    let [text, form] = forms else {
        return None;
    };
    // The field has its own description.
    let mut keywords = text.as_object()?.keys();
    let is_any = keywords.all(|name| ["type", "description"].contains(&name.as_str()));
    let is_text = is_any && text.get("type")? == "string";
    let is_definition = form.get("$ref").is_some();
    (is_text && is_definition).then(|| {
        Map::from_iter([
            ("if".to_owned(), json!({"type": "string"})),
            ("else".to_owned(), form.clone()),
        ])
    })
}

/// Turns a list of values, or text with a pattern, into a choice of these.
fn listed_or_pattern(schema: &mut Schema) {
    let listed = schema.get("else").filter(|form| form.get("enum").is_some());
    let pattern = schema
        .get("if")
        .filter(|form| form.get("pattern").is_some());
    let (Some(listed), Some(pattern)) = (listed, pattern) else {
        return;
    };
    let forms = json!([listed, pattern]);
    schema.remove("if");
    schema.remove("else");
    schema.insert("anyOf".to_owned(), forms);
}

/// Merges forms of different types into one schema: keywords for lists concern only lists, and so
/// on.
fn by_type(forms: &[Value]) -> Option<Map<String, Value>> {
    let mut one = Map::new();
    let mut types: Vec<&Value> = Vec::new();
    for form in forms {
        for (name, value) in form.as_object()? {
            match name.as_str() {
                "type" if value.is_string() && !types.contains(&value) => types.push(value),
                // The field has its own description.
                "description" => {}
                "items" | "properties" | "additionalProperties" | "required" | "pattern"
                    if !one.contains_key(name) =>
                {
                    one.insert(name.clone(), value.clone());
                }
                _ => return None,
            }
        }
    }
    if types.len() < forms.len() {
        return None;
    }
    one.insert("type".to_owned(), json!(types));
    Some(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(schema: Value) -> Value {
        let mut schema = Schema::try_from(schema).unwrap();
        OneForm.transform(&mut schema);
        schema.to_value()
    }

    #[test]
    fn distinct_forms_are_merged() {
        assert_eq!(
            one(
                json!({"description": "d", "anyOf": [{"$ref": "#/definitions/a"}, {"type": "null"}]})
            ),
            json!({"description": "d", "if": {"type": "null"}, "else": {"$ref": "#/definitions/a"}})
        );
        assert_eq!(
            one(
                json!({"oneOf": [{"type": "string", "const": "a", "description": "A"}, {"const": "b"}]})
            ),
            json!({"enum": ["a", "b"], "enumDescriptions": ["A", ""]})
        );
        assert_eq!(
            one(
                json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
            ),
            json!({"type": ["string", "array"], "items": {"type": "string"}})
        );
        assert_eq!(
            one(
                json!({"anyOf": [{"type": "string", "description": "d"}, {"$ref": "#/definitions/a"}]})
            ),
            json!({"if": {"type": "string"}, "else": {"$ref": "#/definitions/a"}})
        );
    }

    #[test]
    fn listed_values_stay_where_editors_offer_them() {
        assert_eq!(
            one(
                json!({"description": "d", "anyOf": [{"description": "e", "enum": ["a"]}, {"type": "null"}]})
            ),
            json!({"description": "d", "anyOf": [{"enum": ["a"]}, {"type": "null"}]})
        );
        assert_eq!(
            one(json!({"type": "string", "if": {"pattern": "x"}, "else": {"enum": ["a"]}})),
            json!({"type": "string", "anyOf": [{"enum": ["a"]}, {"pattern": "x"}]})
        );
    }

    #[test]
    fn ambiguous_forms_are_kept() {
        let schema = json!({"anyOf": [{"type": "string"}, {"type": "string", "pattern": "x"}]});
        assert_eq!(one(schema.clone()), schema);
        let schema = json!({"anyOf": [{"$ref": "#/definitions/a"}, {"$ref": "#/definitions/b"}]});
        assert_eq!(one(schema.clone()), schema);
    }
}
