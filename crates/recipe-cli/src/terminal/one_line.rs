//! Text from anywhere, made fit to stand on one line of a terminal or a log.

use std::borrow::Cow;

/// The text with its line ends and other control characters written as escapes: what a file or a model says
/// can neither break a line in two nor command the terminal.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_as_escapes() {
        assert_eq!(one_line("é\n\u{1b}[31m"), "é\\n\\u{1b}[31m");
        assert!(matches!(one_line("plain"), Cow::Borrowed(_)));
    }
}
