//! The tool calls of a step.

use std::time::Duration;

use super::cut::Cut;

/// Maximum number of tool calls kept of one step. The others are counted.
pub(crate) const MAX_TOOL_CALLS: usize = 100;

/// The tool calls of one step, in the order in which they ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolCalls {
    /// The first calls.
    pub(crate) kept: Vec<ToolCall>,
    /// Number of further calls.
    pub(crate) more: usize,
}

/// A tool call. Times count from the beginning of the run.
#[derive(Debug, Clone)]
pub(crate) struct ToolCall {
    /// Name of the tool.
    pub(crate) tool: String,
    /// Start time.
    pub(crate) start: Duration,
    /// End time.
    pub(crate) end: Duration,
    /// Its arguments.
    pub(crate) arguments: Cut,
    /// Its result, or its error.
    pub(crate) result: Result<Cut, Cut>,
}

impl ToolCalls {
    /// Adds a call and returns whether it is kept.
    pub(super) fn add(&mut self, call: ToolCall) -> bool {
        let is_kept = self.kept.len() < MAX_TOOL_CALLS;
        if is_kept {
            self.kept.push(call);
        } else {
            self.more += 1;
        }
        is_kept
    }
}

impl ToolCall {
    /// Size of the kept values, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let (Ok(text) | Err(text)) = &self.result;
        self.arguments.text.len() + text.text.len()
    }
}
