//! A tool whose arguments are the response, for APIs that cannot enforce a schema otherwise.

use crate::model::{Request, ResponseSchema, Tool, ToolCall};

/// The tool that a model must respond with.
pub(super) struct ResponseTool {
    pub(super) tool: Tool,
}

impl ResponseTool {
    /// Creates the tool, named after the schema unless another tool has that name.
    pub(super) fn new(schema: &ResponseSchema, request: &Request) -> Self {
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

    /// Removes and returns the response, if the model gave one. Other calls are then dropped.
    pub(super) fn take_response(&self, calls: &mut Vec<ToolCall>) -> Option<String> {
        let index = calls.iter().position(|call| call.name == self.tool.name)?;
        let response = calls.swap_remove(index).arguments;
        calls.clear();
        Some(response)
    }
}
