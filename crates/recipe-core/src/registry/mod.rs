//! Which step types there are, and preparing recipes with them.
//!
//! A registry is a value: it knows of each type how to check a configuration, its schema, and how to build
//! the step. The executor knows none of that; it runs what a registry has prepared.

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
    /// The types that recipes may not use, and why.
    refused: HashMap<String, String>,
    /// The types that this program is built without.
    unavailable: HashSet<String>,
    /// The servers that recipes may name, where steps use any.
    mcp_servers: Option<Arc<Section>>,
    /// What steps share, by its type.
    extensions: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

/// A step type was registered twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step type {0} is registered already")]
#[non_exhaustive]
pub struct DuplicateStepType(pub &'static str);

impl Registry {
    /// A registry without any step types; `recipe_steps::registry()` gives one with the built-in types.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step type.
    ///
    /// # Errors
    /// When a type of that name is there already.
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

    /// Refuses recipes that use a step type, as a mistake in the document that is found before anything of that recipe
    /// runs. The type stays known: it has its schema, and configurations of it are checked.
    ///
    /// The `reason` is told behind `shell steps are refused: `.
    pub fn refuse(&mut self, step_type: impl Into<String>, reason: impl Into<String>) -> &mut Self {
        self.refused.insert(step_type.into(), reason.into());
        self
    }

    /// [Refuses](Self::refuse) all step types whose steps [start programs](StepTraits::starts_programs).
    pub fn refuse_programs(&mut self, reason: &str) -> &mut Self {
        for step_type in self.types.values().filter(|t| t.traits.starts_programs) {
            let name = step_type.name.to_owned();
            self.refused.insert(name, reason.to_owned());
        }
        self
    }

    /// Names a step type that exists and that this program is built without. Recipes that use it cannot run; checks report it
    /// as unavailable rather than unknown.
    pub fn mark_unavailable(&mut self, step_type: impl Into<String>) -> &mut Self {
        self.unavailable.insert(step_type.into());
        self
    }

    /// Whether a step type is one that this program is [built without](Self::mark_unavailable).
    pub fn is_unavailable(&self, step_type: &str) -> bool {
        self.unavailable.contains(step_type) && self.get(step_type).is_none()
    }

    /// Provides steps with something that they share and that is no matter of their configurations, such as a client.
    /// They ask for it [by its type](StepBuilder::extension); of several of a type the last counts.
    pub fn add_extension<T: Any + Send + Sync>(&mut self, thing: Arc<T>) -> &mut Self {
        self.extensions.insert(TypeId::of::<T>(), thing);
        self
    }

    /// The thing of this type that it [provides](Self::add_extension).
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let thing = self.extensions.get(&TypeId::of::<T>())?;
        thing.clone().downcast().ok()
    }

    /// Says what the servers under `mcp_servers` of a recipe are written as: they are checked by it, and schemas have it.
    pub fn describe_mcp_servers<T: DeserializeOwned + JsonSchema>(&mut self) -> &mut Self {
        self.mcp_servers = Some(Arc::new(Section::new::<T>()));
        self
    }

    /// The templates in the servers under `mcp_servers` of a recipe.
    pub fn mcp_server_templates(&self, recipe: &Recipe) -> Vec<String> {
        let Some(section) = self.mcp_servers.as_deref() else {
            return Vec::new();
        };
        let servers = recipe.mcp_servers.values();
        let templates = servers.flat_map(|server| section.inspect(server).templates);
        templates.map(|(_, text)| text.to_owned()).collect()
    }

    /// The step type of this name.
    pub fn get(&self, name: &str) -> Option<&StepType> {
        self.types.get(name).map(|step_type| &**step_type)
    }

    /// The step types, in the order of registration.
    pub fn types(&self) -> impl ExactSizeIterator<Item = &StepType> {
        self.types.values().map(|step_type| &**step_type)
    }

    /// Checks a recipe: that its step types exist and that every configuration fits, in nested steps too.
    /// Returns what is wrong, in the order of the text; problems that only deserve a warning are among them.
    pub fn check(&self, recipe: &Recipe) -> Problems {
        self.prepare(recipe).1
    }

    /// The JSON Schema of whole recipe documents that use these step types, in both spellings.
    pub fn recipe_schema(&self) -> Schema {
        schema::recipe_schema(self)
    }

    /// The JSON Schema of the configuration of one step type. `None` when there is no such type.
    pub fn config_schema(&self, name: &str) -> Option<Schema> {
        Some(schema::config_schema(self, self.get(name)?))
    }

    /// The type whose name looks most like `name`, if one looks much like it.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.types.keys().copied())
    }
}

/// The entries of a part of recipes that is not steps.
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

    /// The fields of an entry that nothing reads.
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

/// What a registry knows of one step type.
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

/// Why a configuration gives no step.
enum BuildError {
    /// It does not fit its types.
    Deserialize(FieldError),
    /// The step refuses it.
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

    /// The name recipes call the type by.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether its steps are of the Rust type `S`, whatever their name.
    pub fn is<S: Step>(&self) -> bool {
        self.id == TypeId::of::<S>()
    }

    /// The facts that the type states about its steps.
    pub fn traits(&self) -> StepTraits {
        self.traits
    }

    /// What a step of this type does: the doc comment of its configuration.
    pub fn description(&self) -> &str {
        self.schema_value()["description"].as_str().unwrap_or("")
    }

    fn schema_value(&self) -> &Value {
        self.schema_made.get_or_init(self.schema)
    }

    /// The fields of a configuration that nothing reads.
    fn unknown_fields(&self, config: &Map<String, Value>) -> Vec<UnknownField> {
        unknown_fields(self.schema_value(), config)
    }

    /// What stands in a configuration of this type.
    pub(crate) fn inspect<'c>(&'c self, config: &'c Map<String, Value>) -> Inspection<'c> {
        inspect(self.schema_value(), config)
    }
}

impl std::fmt::Debug for StepType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StepType").field(&self.name).finish()
    }
}
