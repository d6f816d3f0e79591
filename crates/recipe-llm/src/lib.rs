//! Language models for `recipe`.

mod asking;
mod json_text;
mod llm_generate;
mod model;
mod model_name;
mod models;
mod output_format;

pub use llm_generate::{LlmError, LlmGenerate, LlmGenerateConfig, MaxTokens};
pub use model::{
    Answer, AnswerFuture, AnswerSchema, Message, Model, ModelError, ModelSource, Request, Tool,
    ToolCall, ToolResult,
};
pub use model_name::{ModelName, NotAModelName};
pub use models::Models;
pub use output_format::{AnswerError, OutputFormat};

use std::sync::Arc;

use recipe_core::{DuplicateStepType, Registry};

/// Adds the step type of this crate to a registry, with the models that its steps ask.
///
/// # Errors
/// When the registry has a step type of that name already.
pub fn register(registry: &mut Registry, models: Models) -> Result<(), DuplicateStepType> {
    registry.provide(Arc::new(models));
    registry.register::<LlmGenerate>()?;
    Ok(())
}
