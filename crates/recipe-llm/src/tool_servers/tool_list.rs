//! A server's list of tools, parsed one by one: an invalid tool does not hide the others.

use std::sync::Arc;

use rmcp::model::{ListToolsResult, Tool};
use serde::Deserialize;
use serde::de::Error;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// An invalid tool that was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SkippedTool {
    /// Name, if it has one.
    pub(super) name: String,
    /// Detail.
    pub(super) reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<'t> {
    #[serde(borrow)]
    tools: Vec<&'t RawValue>,
    next_cursor: Option<String>,
}

/// The used fields of a tool. Others may have any value.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    #[serde(default)]
    description: Value,
    input_schema: Map<String, Value>,
}

/// Parses a result.
///
/// # Errors
/// If it is not a list of tools, or all tools are invalid.
pub(super) fn read(result: &str) -> Result<(ListToolsResult, Vec<SkippedTool>), serde_json::Error> {
    let list: List<'_> = serde_json::from_str(result)?;
    let mut skipped = Vec::new();
    let mut tools = Vec::with_capacity(list.tools.len());
    for tool in list.tools {
        match serde_json::from_str::<Listed>(tool.get()) {
            Ok(tool) => {
                let description = tool.description.as_str().map(|text| text.to_owned().into());
                let schema = Arc::new(tool.input_schema);
                tools.push(Tool::new_with_raw(tool.name, description, schema));
            }
            Err(error) => skipped.push(SkippedTool {
                name: name(tool.get()),
                reason: error.to_string(),
            }),
        }
    }
    if tools.is_empty() && !skipped.is_empty() {
        let first = &skipped[0];
        let reason = format!("invalid tool {:?}: {}", first.name, first.reason);
        return Err(serde_json::Error::custom(reason));
    }
    let mut read = ListToolsResult::with_all_items(tools);
    read.next_cursor = list.next_cursor;
    Ok((read, skipped))
}

fn name(tool: &str) -> String {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    serde_json::from_str::<Named>(tool).map_or_else(|_| String::new(), |tool| tool.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_tool_does_not_hide_the_others() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let list = format!(
            r#"{{"tools": [
                {{"name": "a", "inputSchema": {{"type": "object"}}, "outputSchema": [1], "icons": 5, "annotations": "x"}},
                {{"name": "b", "inputSchema": []}},
                {{"name": "c", "inputSchema": {{"x": {deep}}}}},
                {{"name": "d", "description": null, "inputSchema": {{}}, "outputSchema": {{"x": {deep}}}}}
            ], "nextCursor": "more", "resultType": "complete", "ttlMs": 1e99}}"#
        );
        let (read, skipped) = read(&list).unwrap();
        let names: Vec<&str> = read.tools.iter().map(|tool| &*tool.name).collect();
        assert_eq!(names, ["a", "d"]);
        assert_eq!(read.next_cursor.as_deref(), Some("more"));
        let names: Vec<&str> = skipped.iter().map(|tool| &*tool.name).collect();
        assert_eq!(names, ["b", "c"]);
    }
}
