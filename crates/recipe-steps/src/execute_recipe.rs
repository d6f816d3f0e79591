//! `execute_recipe`: runs another recipe on the same context.

use indexmap::IndexMap;
use recipe_core::document::{SyntaxError, SyntaxErrorKind, parse_json};
use recipe_core::journal::Effect;
use recipe_core::registry::StepTraits;
use recipe_core::template::{Template, TemplateValue, Variables};
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Runs another recipe on the same context; the artifacts it sets are kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "execute_recipe")]
#[non_exhaustive]
pub struct ExecuteRecipeConfig {
    /// Recipe file, relative to the working directory. A template.
    pub recipe_path: Template,
    /// Artifacts to set first, in order. Strings in the values are templates, which see earlier
    /// ones; a string that renders to a JSON list or object becomes one.
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
    const TRAITS: StepTraits =
        StepTraits::new().calls_recipe("recipe_path", Some("context_overrides"));

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
            let field = format!("context_overrides.{name}");
            let value = render_override(&field, value, context)?;
            context.set(name.as_str(), value);
        }
        scope.run_recipe(&path, context).await
    }
}

/// Renders the value of a field such as `context_overrides.name`.
///
/// # Errors
/// If a template fails, or a number in JSON is not representable.
pub fn render_override(
    field: &str,
    value: &TemplateValue,
    variables: &dyn Variables,
) -> Result<Value, StepError> {
    let value = value.render(variables).in_field(field)?;
    parse_json_strings(value).map_err(|source| {
        let field = field.to_owned();
        StepError::failed(OverrideError { field, source })
    })
}

/// Error of a JSON string in `context_overrides` with a number that is not representable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {field}")]
#[non_exhaustive]
pub struct OverrideError {
    /// The field.
    pub field: String,
    /// Error of its value.
    pub source: SyntaxError,
}

/// Parses strings that are a JSON list or object.
fn parse_json_strings(value: Value) -> Result<Value, SyntaxError> {
    Ok(match value {
        Value::String(text) => match text.trim_start().chars().next() {
            Some('[' | '{') => match parse_json(&text) {
                Ok(value) => value,
                Err(error) if error.kind == SyntaxErrorKind::IntegerOutOfRange => {
                    return Err(error);
                }
                Err(_) => Value::String(text),
            },
            _ => Value::String(text),
        },
        Value::Array(list) => list
            .into_iter()
            .map(parse_json_strings)
            .collect::<Result<_, _>>()?,
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| Ok((name, parse_json_strings(value)?)))
            .collect::<Result<_, _>>()?,
        other => other,
    })
}
