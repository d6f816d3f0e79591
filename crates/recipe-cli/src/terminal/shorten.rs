//! Long texts on one line.

use console::truncate_str;

/// Returns a text of at most `width` columns. If it does not fit, its start and `…`.
pub(crate) fn shorten(text: &str, width: usize) -> String {
    truncate_str(text, width, "…").into_owned()
}
