//! The root of a schema: providers require the type of a response there.

use serde_json::Value;

use super::references::{reference, target_of, value_at};
use super::schema_error::{SchemaError, SchemaErrorKind};

/// Keywords of a root that do not constrain a value, or that references lead to.
const BESIDE: [&str; 8] = [
    "$comment",
    "$defs",
    "$schema",
    "default",
    "definitions",
    "description",
    "examples",
    "title",
];

/// Type of the values of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Object,
    List,
}

impl Root {
    /// Returns the type of a schema, which may also allow null.
    ///
    /// # Errors
    /// If the type is neither an object nor a list.
    pub(super) fn from_schema(schema: &Value) -> Result<Self, SchemaError> {
        let types: Vec<&str> = match &schema["type"] {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let mut named = types.iter().filter(|name| **name != "null");
        match (named.next(), named.next()) {
            (Some(&"object"), None) => Ok(Self::Object),
            (Some(&"array"), None) => Ok(Self::List),
            _ => {
                let found = match types.is_empty() {
                    true => "no type".to_owned(),
                    false => format!("type {}", types.join(" or ")),
                };
                Err(SchemaError::new(
                    Default::default(),
                    SchemaErrorKind::Root(found),
                ))
            }
        }
    }
}

/// Inlines the target of a reference at the root, as the official client of OpenAI does. Pydantic
/// writes recursive models with nothing but a reference at the root.
pub(super) fn resolve(schema: &mut Value) {
    while let Some(target) = reference(schema).and_then(|text| target_of(schema, text)) {
        let mut inlined = value_at(schema, &target).clone();
        let (Value::Object(keywords), Value::Object(own)) = (&mut inlined, &mut *schema) else {
            return;
        };
        let is_free = |keyword: &String| keyword == "$ref" || BESIDE.contains(&keyword.as_str());
        if own
            .keys()
            .any(|keyword| !is_free(keyword) && keywords.contains_key(keyword))
        {
            // Both apply. The root lacks only the type.
            if let Some(kind) = keywords.get("type") {
                own.entry("type").or_insert_with(|| kind.clone());
            }
            return;
        }
        own.shift_remove("$ref");
        keywords.extend(std::mem::take(own));
        *schema = inlined;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_root_that_is_a_reference_has_the_type_of_what_it_refers_to() {
        let node = json!({"type": "object", "title": "Node", "properties": {"next": {"$ref": "#/$defs/Node"}}});
        let mut schema = json!({"$defs": {"Node": node, "Alias": {"$ref": "#/$defs/Node"}}, "$ref": "#/$defs/Alias", "title": "Own"});
        resolve(&mut schema);
        assert_eq!(
            schema,
            json!({"type": "object", "title": "Own", "properties": node["properties"], "$defs": {"Node": node, "Alias": {"$ref": "#/$defs/Node"}}})
        );
        // Both constrain the value, so both are kept.
        let defs = json!({"A": {"type": "object", "required": ["a"]}});
        let mut schema = json!({"$defs": defs, "$ref": "#/$defs/A", "required": ["b"]});
        resolve(&mut schema);
        assert_eq!(
            schema,
            json!({"$defs": defs, "$ref": "#/$defs/A", "required": ["b"], "type": "object"})
        );
    }
}
