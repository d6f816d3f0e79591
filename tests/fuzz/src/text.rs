//! Text from bytes.

/// Decodes UTF-8; invalid bytes become replacement characters.
pub(crate) fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
