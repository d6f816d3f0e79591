//! `set_context`: an artifact from a value.

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
    /// The artifact to set.
    #[schemars(extend("x-artifact" = "sets"))]
    pub key: String,
    /// The value: text, a number, a list, an object. Every text in it is a template.
    pub value: TemplateValue,
    /// Whether to render again what rendering gave, until no tag is left. False by default.
    #[serde(default)]
    pub nested_render: bool,
    /// What to do when the artifact exists: `overwrite` it, the default, or `merge`: texts and lists are
    /// joined, objects merged one level deep, anything else becomes a list of both.
    #[serde(default)]
    pub if_exists: IfExists,
}

/// What to do when an artifact exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum IfExists {
    /// Replace it.
    #[default]
    Overwrite,
    /// Keep both.
    Merge,
}

/// A value that cannot be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetContextError {
    /// Rendering again and again does not come to an end.
    #[error("nested_render: tags are left after {passes} passes, a value seems to contain itself")]
    Endless {
        /// How often the value was rendered.
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
    /// The value, rendered.
    ///
    /// # Errors
    /// When a template fails, and when rendering again and again does not come to an end.
    pub fn render(&self, variables: &dyn Variables) -> Result<Value, StepError> {
        let value = self.value.render(variables).in_field("value")?;
        match self.nested_render {
            true => render_again(value, variables),
            false => Ok(value),
        }
    }

    /// Sets the artifact to a rendered value, or merges them.
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

/// Renders every text in a value until no tag is left in it.
fn render_again(value: Value, variables: &dyn Variables) -> Result<Value, StepError> {
    const MOST_PASSES: usize = 100;
    // A text that doubles in each pass would fill the memory long before the last one.
    const MOST_BYTES: usize = 1 << 20;
    Ok(match value {
        Value::String(mut text) => {
            let mut passes = 1;
            let mut grown = 0;
            while has_tags_to_render(&text) {
                if passes == MOST_PASSES || grown > MOST_BYTES {
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

/// Whether a text has tags outside of `{% raw %}` blocks.
fn has_tags_to_render(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, raw)) = rest.split_once("{% raw %}") {
        let Some((_, behind)) = raw.split_once("{% endraw %}") else {
            break;
        };
        if Template::has_tags(before) {
            return true;
        }
        rest = behind;
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
