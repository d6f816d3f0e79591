//! Replacement for the toolbox without the feature `mcp`.

use recipe_core::{Scope, StepError};

use crate::model::{Tool, ToolCall, ToolResult};

/// An empty toolbox: steps with tool servers are rejected when they are created.
#[derive(Default)]
pub(crate) struct Toolbox;

impl Toolbox {
    pub(crate) fn tools(&self) -> Vec<Tool> {
        Vec::new()
    }

    pub(crate) async fn refresh(&mut self, _: &Scope) -> Result<bool, StepError> {
        Ok(false)
    }

    pub(crate) async fn call(
        &self,
        calls: &[ToolCall],
        _: &Scope,
    ) -> Result<Vec<ToolResult>, StepError> {
        let rejected = |call: &ToolCall| ToolResult {
            id: call.id.clone(),
            name: call.name.clone(),
            content: format!("unknown tool {}", call.name),
            is_error: true,
        };
        Ok(calls.iter().map(rejected).collect())
    }

    pub(crate) async fn close(self) {}
}
