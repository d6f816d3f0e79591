//! What is noted of the tools that a step has called.

use std::time::Duration;

use super::cut::Cut;

/// Recorded tool calls of one step. Further ones are counted.
pub(crate) const MAX_TOOL_CALLS: usize = 100;

/// The calls of tools by one step, in the order in which they ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolCalls {
    /// The first ones.
    pub(crate) kept: Vec<ToolCall>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// A call of a tool. Times are counted from the beginning of the run.
#[derive(Debug, Clone)]
pub(crate) struct ToolCall {
    /// The tool.
    pub(crate) tool: String,
    /// When it was called.
    pub(crate) start: Duration,
    /// When it had answered.
    pub(crate) end: Duration,
    /// What it was given.
    pub(crate) arguments: Cut,
    /// What it said, or what it said when it failed.
    pub(crate) result: Result<Cut, Cut>,
}

impl ToolCalls {
    /// Adds one, and tells whether it is kept.
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
    /// How many bytes of values are kept.
    pub(super) fn bytes(&self) -> usize {
        let (Ok(said) | Err(said)) = &self.result;
        self.arguments.text.len() + said.text.len()
    }
}
