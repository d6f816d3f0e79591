//! `execute_recipe`: another recipe, on the same context.

use indexmap::IndexMap;
use recipe_core::template::{Template, TemplateValue, Variables};
use recipe_core::{ConfigError, Context, Effect, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Runs another recipe on the same context; the artifacts it sets stay.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "execute_recipe")]
#[non_exhaustive]
pub struct ExecuteRecipeConfig {
    /// The recipe file, relative to the working directory. A template.
    pub recipe_path: Template,
    /// Artifacts to set first, in this order; templates anywhere in the values, each sees the ones before. A
    /// text that renders to a JSON list or object becomes that list or object.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets-keys"))]
    pub context_overrides: IndexMap<String, TemplateValue>,
}

/// See [`ExecuteRecipeConfig`].
pub struct ExecuteRecipe {
    config: ExecuteRecipeConfig,
}

impl Step for ExecuteRecipe {
    const TYPE: &'static str = "execute_recipe";
    type Config = ExecuteRecipeConfig;
    const EFFECT: Effect = Effect::Context;

    fn new(config: ExecuteRecipeConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self { config })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let path = self
            .config
            .recipe_path
            .render(context)
            .in_field("recipe_path")?;
        for (name, value) in &self.config.context_overrides {
            let value = ExecuteRecipeConfig::render_override(name, value, context)?;
            context.set(name.as_str(), value);
        }
        scope.run_recipe(&path, context).await
    }
}

impl ExecuteRecipeConfig {
    /// The value that one of the `context_overrides` sets.
    ///
    /// # Errors
    /// When a template in it fails.
    pub fn render_override(
        name: &str,
        value: &TemplateValue,
        variables: &dyn Variables,
    ) -> Result<Value, StepError> {
        let value = value.render(variables);
        Ok(structured(
            value.in_field(&format!("context_overrides.{name}"))?,
        ))
    }
}

/// Texts that are a JSON list or object as a whole, made that list or object.
fn structured(value: Value) -> Value {
    match value {
        Value::String(text) => match text.trim_start().chars().next() {
            Some('[' | '{') => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            _ => Value::String(text),
        },
        Value::Array(list) => list.into_iter().map(structured).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| (name, structured(value)))
            .collect(),
        other => other,
    }
}
