//! How the schemas of configurations are made.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The settings under which all schemas are made: the draft that editors know best, objects that take no other
/// fields than their own, and descriptions without the line breaks of the source.
pub(crate) fn schema_settings() -> SchemaSettings {
    SchemaSettings::draft07()
        .with_transform(ClosedObjects)
        .with_transform(UnbrokenLines)
}

/// The settings for what the program writes. Its objects may have other fields: a later version may add some.
pub(crate) fn written_settings() -> SchemaSettings {
    SchemaSettings::draft07()
        .for_serialize()
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

/// The keyword that marks texts as templates in the schemas we look things up in; what editors get is without it.
pub(crate) const TEMPLATE_MARK: &str = "x-template";

/// The keyword that marks fields which name artifacts: `sets`, `reads`, `item` for one that only the steps inside see,
/// and `sets-keys` for an object whose keys are artifacts to set. Written on a field as
/// `#[schemars(extend("x-artifact" = "sets"))]`.
pub(crate) const ARTIFACT_MARK: &str = "x-artifact";

/// The keyword that marks fields which hold the JSON Schema of an answer, or a list with the one of its items. Written on a
/// field as `#[schemars(extend("x-answer-schema" = true))]`.
pub(crate) const ANSWER_SCHEMA_MARK: &str = "x-answer-schema";

/// Takes the marks off that are of no use outside.
#[derive(Debug, Clone)]
pub(crate) struct WithoutMarks;

impl Transform for WithoutMarks {
    fn transform(&mut self, schema: &mut Schema) {
        // Of a map that keeps its order the plain removal does not.
        if let Some(keywords) = schema.as_object_mut() {
            keywords.shift_remove(TEMPLATE_MARK);
            keywords.shift_remove(ARTIFACT_MARK);
            keywords.shift_remove(ANSWER_SCHEMA_MARK);
        }
        transform_subschemas(self, schema);
    }
}
