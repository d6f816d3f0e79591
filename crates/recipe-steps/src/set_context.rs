//! `set_context`: sets an artifact.

use recipe_core::journal::Effect;
use recipe_core::template::{Template, TemplateValue, Variables};
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Sets an artifact.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "set_context")]
#[non_exhaustive]
pub struct SetContextConfig {
    /// Artifact to set.
    #[schemars(extend("x-artifact" = "sets"))]
    pub key: String,
    /// Value of any type; strings in it are templates.
    pub value: TemplateValue,
    /// Whether to render the result again until it has no tags; false by default.
    #[serde(default)]
    pub nested_render: bool,
    /// Action if the artifact exists: `overwrite` (default) or `merge`, which concatenates strings
    /// and lists, merges objects one level deep, and makes a list of any other two values.
    #[serde(default)]
    pub if_exists: IfExists,
}

/// Action if an artifact exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum IfExists {
    /// Replaces the artifact.
    #[default]
    Overwrite,
    /// Merges both values.
    Merge,
}

/// Error of setting an artifact.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetContextError {
    /// Nested rendering does not terminate.
    #[error("nested_render: tags remain after {passes} passes, a value may contain itself")]
    Endless {
        /// Number of rendering passes.
        passes: usize,
    },
}

impl From<SetContextError> for StepError {
    fn from(error: SetContextError) -> Self {
        StepError::failed(error)
    }
}

/// See [`SetContextConfig`].
pub struct SetContext {
    config: SetContextConfig,
}

impl Step for SetContext {
    const TYPE: &'static str = "set_context";
    type Config = SetContextConfig;
    const EFFECT: Effect = Effect::Context;

    fn new(config: SetContextConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self { config })
    }

    async fn execute(&self, _: &Scope, context: &mut Context) -> Result<(), StepError> {
        let value = self.config.render(context)?;
        self.config.set(value, context);
        Ok(())
    }
}

impl SetContextConfig {
    /// Renders the value.
    ///
    /// # Errors
    /// If a template fails, or nested rendering does not terminate.
    pub fn render(&self, variables: &dyn Variables) -> Result<Value, StepError> {
        let value = self.value.render(variables).in_field("value")?;
        match self.nested_render {
            true => render_again(value, variables),
            false => Ok(value),
        }
    }

    /// Sets the artifact to a rendered value, or merges the value into it.
    pub fn set(&self, value: Value, context: &mut Context) {
        let key = self.key.as_str();
        match (self.if_exists, context.get_mut(key)) {
            (IfExists::Merge, Some(existing)) => {
                let old = existing.take();
                *existing = merge(old, value);
            }
            _ => context.set(key, value),
        }
    }
}

/// Renders each string in a value until it has no tags.
fn render_again(value: Value, variables: &dyn Variables) -> Result<Value, StepError> {
    const MAX_PASSES: usize = 100;
    // Bytes; a string that doubles in each pass would exhaust memory before the last one.
    const MAX_GROWTH: usize = 1 << 20;
    Ok(match value {
        Value::String(mut text) => {
            let mut passes = 1;
            let mut grown = 0;
            while has_tags_to_render(&text) {
                if passes == MAX_PASSES || grown > MAX_GROWTH {
                    return Err(SetContextError::Endless { passes }.into());
                }
                let rendered = Template::parse(&text)
                    .and_then(|template| template.render(variables))
                    .in_field("value")?;
                if rendered == text {
                    break;
                }
                grown += rendered.len().saturating_sub(text.len());
                text = rendered;
                passes += 1;
            }
            Value::String(text)
        }
        Value::Array(list) => list
            .into_iter()
            .map(|value| render_again(value, variables))
            .collect::<Result<_, _>>()?,
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| Ok((name, render_again(value, variables)?)))
            .collect::<Result<_, StepError>>()?,
        other => other,
    })
}

/// Whether a string has tags outside `{% raw %}` blocks.
fn has_tags_to_render(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, raw)) = rest.split_once("{% raw %}") {
        let Some((_, after)) = raw.split_once("{% endraw %}") else {
            break;
        };
        if Template::has_tags(before) {
            return true;
        }
        rest = after;
    }
    Template::has_tags(rest)
}

fn merge(old: Value, new: Value) -> Value {
    match (old, new) {
        (Value::String(old), Value::String(new)) => Value::String(old + &new),
        (Value::Array(mut old), Value::Array(new)) => {
            old.extend(new);
            Value::Array(old)
        }
        (Value::Array(mut old), new) => {
            old.push(new);
            Value::Array(old)
        }
        (Value::Object(mut old), Value::Object(new)) => {
            old.extend(new);
            Value::Object(old)
        }
        (old, new) => Value::Array(vec![old, new]),
    }
}
