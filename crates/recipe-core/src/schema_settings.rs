//! Settings for generated schemas.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// Settings of all schemas: the draft that editors support best, objects without further fields,
/// descriptions without the line breaks of the source.
pub(crate) fn schema_settings() -> SchemaSettings {
    SchemaSettings::draft07()
        .with_transform(ClosedObjects)
        .with_transform(UnbrokenLines)
}

/// Settings for output of the program. Its objects may have other fields: a later version may add
/// some.
pub(crate) fn written_settings() -> SchemaSettings {
    SchemaSettings::draft07()
        .for_serialize()
        .with_transform(UnbrokenLines)
}

/// Returns the schema of a type as a value, for lookups.
pub(crate) fn root_schema<T: JsonSchema>() -> Value {
    schema_settings()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Closes objects with listed properties to other fields.
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

/// Keyword for texts that are templates, in schemas for lookups; schemas for editors leave it out.
pub(crate) const TEMPLATE_MARK: &str = "x-template";

/// Keyword for fields that name artifacts: `sets`, `reads`, `item` for one that only the steps
/// inside see, and `sets-keys` for an object whose keys are artifacts to set. Written on a field as
/// `#[schemars(extend("x-artifact" = "sets"))]`.
pub(crate) const ARTIFACT_MARK: &str = "x-artifact";

/// Keyword for fields that hold the JSON Schema of a response, or a list with that of its items.
/// Written on a field as `#[schemars(extend("x-answer-schema" = true))]`.
pub(crate) const ANSWER_SCHEMA_MARK: &str = "x-answer-schema";

/// Removes the marks, which are of no use outside.
#[derive(Debug, Clone)]
pub(crate) struct WithoutMarks;

impl Transform for WithoutMarks {
    fn transform(&mut self, schema: &mut Schema) {
        // In a map that keeps its order, plain removal does not.
        if let Some(keywords) = schema.as_object_mut() {
            keywords.shift_remove(TEMPLATE_MARK);
            keywords.shift_remove(ARTIFACT_MARK);
            keywords.shift_remove(ANSWER_SCHEMA_MARK);
        }
        transform_subschemas(self, schema);
    }
}
