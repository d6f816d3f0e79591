//! What a tool has said, as a text.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};

/// What a tool says to a model.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

/// The result of a tool for those who read text. What is no text is only named.
pub(crate) fn result_text(result: &CallToolResult) -> String {
    let parts: Vec<String> = result.content.iter().map(part).collect();
    match (&result.structured_content, parts.is_empty()) {
        (Some(value), true) => value.to_string(),
        _ => parts.join("\n"),
    }
}

fn part(content: &ContentBlock) -> String {
    match content {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => left_out(Some(&image.mime_type), image.data.len()),
        ContentBlock::Audio(audio) => left_out(Some(&audio.mime_type), audio.data.len()),
        ContentBlock::Resource(resource) => match &resource.resource {
            ResourceContents::TextResourceContents { text, .. } => text.clone(),
            ResourceContents::BlobResourceContents {
                mime_type, blob, ..
            } => left_out(mime_type.as_deref(), blob.len()),
            _ => left_out(None, 0),
        },
        ContentBlock::ResourceLink(link) => format!("[{}]", link.uri),
        _ => left_out(None, 0),
    }
}

fn left_out(mime_type: Option<&str>, base64: usize) -> String {
    let kind = mime_type.unwrap_or("something that is no text");
    format!("[{kind}, {} bytes, left out]", base64 / 4 * 3)
}
