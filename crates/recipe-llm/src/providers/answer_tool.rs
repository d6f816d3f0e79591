//! A tool whose arguments are the answer, for APIs that cannot otherwise hold a model to a schema.

use crate::model::{AnswerSchema, Request, Tool, ToolCall};

/// The tool that a model is to answer with.
pub(super) struct AnswerTool {
    pub(super) tool: Tool,
}

impl AnswerTool {
    /// Called as the schema is, unless another tool is.
    pub(super) fn new(schema: &AnswerSchema, request: &Request) -> Self {
        let mut name = schema.name.clone();
        while request.tools.iter().any(|tool| tool.name == name) {
            name.push_str("_answer");
        }
        Self {
            tool: Tool {
                name,
                description: "Give the final answer.".to_owned(),
                parameters: schema.schema.clone(),
            },
        }
    }

    /// The answer, if the model has given it. What else it wants done does not matter then.
    pub(super) fn take_answer(&self, calls: &mut Vec<ToolCall>) -> Option<String> {
        let place = calls.iter().position(|call| call.name == self.tool.name)?;
        let answer = calls.swap_remove(place).arguments;
        calls.clear();
        Some(answer)
    }
}
