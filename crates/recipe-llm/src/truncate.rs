//! Truncation of texts that other programs have written.

/// Returns the first `max_chars` characters of a text, with an ellipsis if there are more.
pub(crate) fn truncate(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
