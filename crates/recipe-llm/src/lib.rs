//! Language models for `recipe`.

mod model;
mod model_name;

pub use model::{
    Answer, AnswerFuture, AnswerSchema, Message, Model, ModelError, ModelSource, Request, Tool,
    ToolCall, ToolResult, Usage,
};
pub use model_name::{ModelName, NotAModelName};
