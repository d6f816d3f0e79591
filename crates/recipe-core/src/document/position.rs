//! Positions in a text.

use std::fmt;

/// A line and a column in a document, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a place in a text is a line and a column"
)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// Returns the position of a byte offset.
    ///
    /// # Panics
    /// Panics if the offset is beyond the text or inside a character.
    pub fn from_offset(text: &str, offset: usize) -> Self {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// Returns the byte offset of the position; the end of the text if it has no such position.
    pub fn offset_in(self, text: &str) -> usize {
        let lines = text.split_inclusive('\n').take(self.line.saturating_sub(1));
        let line_start: usize = lines.map(str::len).sum();
        let in_line = text[line_start..]
            .char_indices()
            .nth(self.column.saturating_sub(1));
        in_line.map_or(text.len(), |(at, _)| line_start + at)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
