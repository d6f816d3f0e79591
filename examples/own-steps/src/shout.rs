//! The step `shout`.

use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};

/// Sets an artifact to a text in capitals.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct ShoutConfig {
    /// Text to shout. A template.
    text: Template,
    /// Artifact to set.
    #[schemars(extend("x-artifact" = "sets"))]
    artifact: String,
}

pub(crate) struct Shout(ShoutConfig);

impl Step for Shout {
    const TYPE: &'static str = "shout";
    type Config = ShoutConfig;

    fn new(config: ShoutConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self(config))
    }

    async fn execute(&self, _: &Scope, context: &mut Context) -> Result<(), StepError> {
        let text = self.0.text.render(context).in_field("text")?;
        context.set(self.0.artifact.as_str(), text.to_uppercase());
        Ok(())
    }
}
