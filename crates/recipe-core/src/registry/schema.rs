//! JSON Schemas with which editors check recipes.
//!
//! Each step type has a definition. A step chooses one by its `type`, with `if`/`then`, so that
//! editors complete and report precisely for that type, in the nested and in the flat spelling.

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::one_form::OneForm;
use super::{Registry, StepType};
use crate::document::{Recipe, STEP_SCHEMA_NAME, StepControls, StepDocument};
use crate::schema_settings::{WithoutMarks, schema_settings};

/// Returns the schema of whole documents.
pub(super) fn recipe_schema(registry: &Registry) -> Schema {
    let mut generator = schema_settings().into_generator();
    let recipe = generator.subschema_for::<Recipe>();
    generator.subschema_for::<StepDocument>();
    generator.subschema_for::<StepControls>();
    let configs: Vec<(&StepType, Schema)> = registry
        .types()
        .map(|step_type| (step_type, (step_type.subschema)(&mut generator)))
        .collect();
    let server = registry.mcp_servers.as_ref();
    let server = server.map(|section| (section.subschema)(&mut generator));
    let mut definitions = generator.take_definitions(true);
    if let Some(server) = server {
        let name = Recipe::schema_name();
        let recipe = definitions.get_mut(&*name).expect("it was asked for");
        recipe["properties"]["mcp_servers"]["additionalProperties"] = server.to_value();
    }
    let controls = definitions.remove(&*StepControls::schema_name());
    let controls =
        controls.and_then(|mut controls| controls.get_mut("properties").map(Value::take));
    let step = step_schema(&configs, controls.unwrap_or_default(), &definitions);
    definitions.insert(STEP_SCHEMA_NAME.into(), step);
    let list = json!({
        "type": "array",
        "description": "The steps, run one after the other on the same context.",
        "items": {"$ref": format!("#/definitions/{STEP_SCHEMA_NAME}")},
    });
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "recipe",
        "description": "A list of steps that share a context.",
        "if": {"type": "array"},
        "then": list,
        "else": recipe,
        "definitions": definitions,
    });
    let mut schema = Schema::try_from(schema).expect("an object is a schema");
    WithoutMarks.transform(&mut schema);
    OneForm.transform(&mut schema);
    WithoutNullDefaults.transform(&mut schema);
    let mut described = Described::default();
    described.transform(&mut schema);
    described.leave_to_the_fields(&mut schema);
    schema
}

/// Returns the schema of one type's configuration, complete in itself: if it holds steps, it
/// defines all types.
pub(super) fn config_schema(registry: &Registry, step_type: &StepType) -> Schema {
    let schema = step_type.schema_value().clone();
    let mut schema = Schema::try_from(schema).expect("the schema of a struct is an object");
    WithoutMarks.transform(&mut schema);
    OneForm.transform(&mut schema);
    WithoutNullDefaults.transform(&mut schema);
    let holds_steps = schema
        .pointer(&format!("/definitions/{STEP_SCHEMA_NAME}"))
        .is_some();
    if holds_steps && let Some(definitions) = recipe_schema(registry).get("definitions") {
        schema.insert("definitions".to_owned(), definitions.clone());
    }
    schema
}

fn step_schema(
    configs: &[(&StepType, Schema)],
    controls: Value,
    definitions: &Map<String, Value>,
) -> Value {
    let names: Vec<&str> = configs
        .iter()
        .map(|(step_type, _)| step_type.name)
        .collect();
    let descriptions: Vec<&str> = configs.iter().map(|(t, _)| t.description()).collect();
    let branches: Vec<Value> = configs
        .iter()
        .map(|(step_type, reference)| {
            json!({
                "if": of_type(step_type.name),
                "then": {
                    // Heading above the description of a field.
                    "title": step_type.name,
                    "if": {"properties": {"config": {"type": "object"}}, "required": ["config"]},
                    "then": nested(reference, &controls),
                    "else": flat(reference, definitions),
                },
            })
        })
        .collect();
    json!({
        "type": "object",
        "title": STEP_SCHEMA_NAME,
        "description": "A step: its type, and its configuration under `config` or beside `type`.",
        "required": ["type"],
        "properties": {
            "type": {
                "description": "Type of the step.",
                "enum": names,
                "enumDescriptions": descriptions,
            },
        },
        "allOf": branches,
        "definitions": controls,
    })
}

/// Condition for steps of one type, also while they are being written: for completion, an editor
/// takes a missing or incomplete value for the constant, and an empty step, null in YAML, for any
/// step.
fn of_type(name: &str) -> Value {
    let constant = json!({"type": "string", "const": name, "minLength": name.chars().count()});
    json!({"type": "object", "properties": {"type": constant}, "required": ["type"]})
}

/// Builds the nested spelling. The fields beside the configuration are the same for all types; see
/// [`StepControls`].
fn nested(reference: &Schema, controls: &Value) -> Value {
    let mut properties = Map::from_iter([
        ("type".to_owned(), Value::Bool(true)),
        ("config".to_owned(), reference.clone().to_value()),
    ]);
    for (name, _) in controls.as_object().into_iter().flatten() {
        let pointer = format!("#/definitions/{STEP_SCHEMA_NAME}/definitions/{name}");
        properties.insert(name.clone(), json!({"$ref": pointer}));
    }
    json!({"properties": properties, "additionalProperties": false})
}

/// Builds the flat spelling: the fields of a configuration beside `type`, as references to their
/// definitions.
fn flat(reference: &Schema, definitions: &Map<String, Value>) -> Value {
    let pointer = reference.get("$ref").and_then(Value::as_str).unwrap_or("");
    let config = pointer
        .strip_prefix("#/definitions/")
        .and_then(|name| definitions.get(name));
    let mut properties = Map::from_iter([
        ("type".to_owned(), Value::Bool(true)),
        // Offered by editors until a spelling is chosen.
        ("config".to_owned(), reference.clone().to_value()),
    ]);
    let fields = config
        .and_then(|c| c.get("properties"))
        .and_then(Value::as_object);
    for (name, _) in fields.into_iter().flatten() {
        let field = json!({"$ref": format!("{pointer}/properties/{name}")});
        properties.insert(name.clone(), field);
    }
    let mut required = vec![Value::from("type")];
    if let Some(Value::Array(fields)) = config.and_then(|config| config.get("required")) {
        required.extend(fields.iter().cloned());
    }
    json!({"properties": properties, "required": required, "additionalProperties": false})
}

/// Removes the default null: it only says that the field may be missing, and editors mishandle it.
#[derive(Debug, Clone)]
struct WithoutNullDefaults;

impl Transform for WithoutNullDefaults {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(keywords) = schema.as_object_mut()
            && keywords.get("default") == Some(&Value::Null)
        {
            keywords.shift_remove("default");
        }
        transform_subschemas(self, schema);
    }
}

/// Definitions whose uses are described by the fields that hold them. Editors show the innermost
/// description, and the field's is more specific.
#[derive(Debug, Default)]
struct Described {
    pointers: Vec<String>,
}

impl Transform for Described {
    fn transform(&mut self, schema: &mut Schema) {
        let others = [json!({"type": "null"}), json!({"type": "string"})];
        if schema.get("description").is_some()
            && schema.get("if").is_some_and(|other| others.contains(other))
            && let Some(Value::String(pointer)) = schema.pointer("/else/$ref")
        {
            self.pointers.push(pointer.clone());
        }
        transform_subschemas(self, schema);
    }
}

impl Described {
    fn leave_to_the_fields(self, schema: &mut Schema) {
        for pointer in self.pointers {
            let definition = schema.pointer_mut(pointer.trim_start_matches('#'));
            if let Some(definition) = definition.and_then(Value::as_object_mut) {
                definition.shift_remove("description");
            }
        }
    }
}
