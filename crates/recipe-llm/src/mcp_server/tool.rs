//! Tools of the server, and results of failed calls.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool};

/// Result of a failed call.
pub(super) fn failed(message: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(message)])
}

/// Creates a tool of this server.
pub(super) fn tool(
    name: &str,
    description: Option<String>,
    parameters: JsonObject,
    result: Option<JsonObject>,
) -> Tool {
    let description = description.map(Into::into);
    let mut tool = Tool::new_with_raw(name.to_owned(), description, Arc::new(parameters));
    tool.output_schema = result.map(Arc::new);
    tool
}
