//! Step types, and preparation of recipes with them.
//!
//! A registry is a value: it knows for each type its schema, how to check a configuration and how
//! to build a step. The executor only runs the recipes that a registry has prepared.

mod builder;
mod one_form;
mod outline;
mod prepared;
mod schema;

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

pub use crate::inspection::ArtifactUse;
pub use crate::step_traits::{Decision, RecipeCall, StepTraits, WrittenFiles};
pub use builder::{NoMcpServer, StepBuilder};
pub use outline::{OutlineList, OutlineObject, OutlineStep, OutlineText};
pub use prepared::Steps;
pub(crate) use prepared::{Controls, PreparedRecipe, PreparedStep};

use crate::document::{FieldError, Problems, Recipe, from_object};
use crate::error::ConfigError;
use crate::inspection::{Inspection, UnknownField, inspect, unknown_fields};
use crate::nearest::nearest;
use crate::schema_settings::root_schema;
use crate::step::{AnyStep, Step};

/// The step types that recipes may use.
#[derive(Debug, Default, Clone)]
pub struct Registry {
    types: IndexMap<&'static str, Arc<StepType>>,
    /// The types that recipes may not use, with the reason.
    refused: HashMap<String, String>,
    /// The types that this program is built without.
    unavailable: HashSet<String>,
    /// The form of the servers under `mcp_servers`, if steps use any.
    mcp_servers: Option<Arc<Section>>,
    /// Extensions that steps share, by type.
    extensions: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

/// A step type is registered twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step type {0} is registered already")]
#[non_exhaustive]
pub struct DuplicateStepType(pub &'static str);

impl Registry {
    /// Creates a registry without step types; `recipe_steps::registry()` returns one with the
    /// built-in types.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step type.
    ///
    /// # Errors
    ///
    /// If a type of that name is registered already.
    pub fn register<S: Step>(&mut self) -> Result<&mut Self, DuplicateStepType> {
        if self.types.contains_key(S::TYPE) {
            return Err(DuplicateStepType(S::TYPE));
        }
        self.types.insert(S::TYPE, Arc::new(StepType::new::<S>()));
        Ok(self)
    }

    /// Replaces a step type by another of its name, or adds it: for tests, by one whose steps are
    /// [scripted](crate#testing-a-recipe).
    pub fn replace<S: Step>(&mut self) -> &mut Self {
        self.types.insert(S::TYPE, Arc::new(StepType::new::<S>()));
        self
    }

    /// Refuses recipes that use a step type. It is reported as a mistake in the document, before
    /// anything of that recipe runs. The type stays known: it keeps its schema, and its
    /// configurations are checked.
    ///
    /// The message is `shell steps are refused: ` followed by the `reason`.
    pub fn refuse(&mut self, step_type: impl Into<String>, reason: impl Into<String>) -> &mut Self {
        self.refused.insert(step_type.into(), reason.into());
        self
    }

    /// [Refuses](Self::refuse) all step types whose steps
    /// [start programs](StepTraits::starts_programs).
    pub fn refuse_programs(&mut self, reason: &str) -> &mut Self {
        for step_type in self.types.values().filter(|t| t.traits.starts_programs) {
            let name = step_type.name.to_owned();
            self.refused.insert(name, reason.to_owned());
        }
        self
    }

    /// Names a step type that exists and that this program is built without. Recipes that use it
    /// cannot run; checks report it as unavailable rather than unknown.
    pub fn mark_unavailable(&mut self, step_type: impl Into<String>) -> &mut Self {
        self.unavailable.insert(step_type.into());
        self
    }

    /// Whether a step type is one that this program is [built without](Self::mark_unavailable).
    pub fn is_unavailable(&self, step_type: &str) -> bool {
        self.unavailable.contains(step_type) && self.get(step_type).is_none()
    }

    /// Adds a value that steps share and that is not part of their configuration, such as a client.
    /// They get it [by its type](StepBuilder::extension); the last one of a type wins.
    pub fn add_extension<T: Any + Send + Sync>(&mut self, thing: Arc<T>) -> &mut Self {
        self.extensions.insert(TypeId::of::<T>(), thing);
        self
    }

    /// Returns the [extension](Self::add_extension) of this type.
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let thing = self.extensions.get(&TypeId::of::<T>())?;
        thing.clone().downcast().ok()
    }

    /// Sets the type of the entries under `mcp_servers` of a recipe, for checks and schemas.
    pub fn describe_mcp_servers<T: DeserializeOwned + JsonSchema>(&mut self) -> &mut Self {
        self.mcp_servers = Some(Arc::new(Section::new::<T>()));
        self
    }

    /// Returns the templates in the servers under `mcp_servers` of a recipe.
    pub fn mcp_server_templates(&self, recipe: &Recipe) -> Vec<String> {
        let Some(section) = self.mcp_servers.as_deref() else {
            return Vec::new();
        };
        let servers = recipe.mcp_servers.values();
        let templates = servers.flat_map(|server| section.inspect(server).templates);
        templates.map(|(_, text)| text.to_owned()).collect()
    }

    /// Returns the step type of this name.
    pub fn get(&self, name: &str) -> Option<&StepType> {
        self.types.get(name).map(|step_type| &**step_type)
    }

    /// Returns the step types, in the order of registration.
    pub fn types(&self) -> impl ExactSizeIterator<Item = &StepType> {
        self.types.values().map(|step_type| &**step_type)
    }

    /// Checks that all step types in a recipe exist and all configurations fit, those of substeps
    /// too. Returns the problems in the order of the text, warnings included.
    pub fn check(&self, recipe: &Recipe) -> Problems {
        self.prepare(recipe).1
    }

    /// Returns the JSON Schema of recipes with these step types, in both spellings.
    pub fn recipe_schema(&self) -> Schema {
        schema::recipe_schema(self)
    }

    /// Returns the JSON Schema of a step type's configuration; `None` if the type is unknown.
    pub fn config_schema(&self, name: &str) -> Option<Schema> {
        Some(schema::config_schema(self, self.get(name)?))
    }

    /// Returns the step type with the most similar name, if one is similar enough.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.types.keys().copied())
    }
}

/// Form of the entries in a part of recipes other than steps.
struct Section {
    check: fn(&Map<String, Value>) -> Result<(), FieldError>,
    schema: fn() -> Value,
    subschema: fn(&mut SchemaGenerator) -> Schema,
    schema_made: OnceLock<Value>,
}

impl Section {
    fn new<T: DeserializeOwned + JsonSchema>() -> Self {
        Self {
            check: |entry| from_object::<T>(entry).map(drop),
            schema: root_schema::<T>,
            subschema: |generator| generator.subschema_for::<T>(),
            schema_made: OnceLock::new(),
        }
    }

    /// Finds the unknown fields of an entry.
    fn unknown_fields(&self, entry: &Map<String, Value>) -> Vec<UnknownField> {
        unknown_fields(self.schema_made.get_or_init(self.schema), entry)
    }

    /// Inspects an entry along the schema.
    fn inspect<'e>(&'e self, entry: &'e Map<String, Value>) -> Inspection<'e> {
        inspect(self.schema_made.get_or_init(self.schema), entry)
    }
}

impl std::fmt::Debug for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Section").finish_non_exhaustive()
    }
}

/// A registered step type.
pub struct StepType {
    name: &'static str,
    traits: StepTraits,
    /// The Rust type.
    id: TypeId,
    build: BuildStep,
    schema: fn() -> Value,
    subschema: fn(&mut SchemaGenerator) -> Schema,
    schema_made: OnceLock<Value>,
}

type BuildStep =
    fn(&Map<String, Value>, &mut StepBuilder<'_>) -> Result<Arc<dyn AnyStep>, BuildError>;

/// Error of building a step from its configuration.
enum BuildError {
    /// It does not fit its types.
    Deserialize(FieldError),
    /// The step rejects it.
    Refused(ConfigError),
}

impl StepType {
    fn new<S: Step>() -> Self {
        Self {
            name: S::TYPE,
            traits: S::TRAITS,
            id: TypeId::of::<S>(),
            build: |config, builder| {
                let config = from_object(config).map_err(BuildError::Deserialize)?;
                let step = S::new(config, builder).map_err(BuildError::Refused)?;
                Ok(Arc::new(step))
            },
            schema: root_schema::<S::Config>,
            subschema: |generator| generator.subschema_for::<S::Config>(),
            schema_made: OnceLock::new(),
        }
    }

    /// Returns its name in recipes.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether its steps are of the Rust type `S`.
    pub fn is<S: Step>(&self) -> bool {
        self.id == TypeId::of::<S>()
    }

    /// Returns the facts that the type states about its steps.
    pub fn traits(&self) -> StepTraits {
        self.traits
    }

    /// Returns its description: the doc comment of its configuration.
    pub fn description(&self) -> &str {
        self.schema_value()["description"].as_str().unwrap_or("")
    }

    fn schema_value(&self) -> &Value {
        self.schema_made.get_or_init(self.schema)
    }

    /// Finds the unknown fields of a configuration.
    fn unknown_fields(&self, config: &Map<String, Value>) -> Vec<UnknownField> {
        unknown_fields(self.schema_value(), config)
    }

    /// Inspects a configuration of this type.
    pub(crate) fn inspect<'c>(&'c self, config: &'c Map<String, Value>) -> Inspection<'c> {
        inspect(self.schema_value(), config)
    }
}

impl std::fmt::Debug for StepType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StepType").field(&self.name).finish()
    }
}
