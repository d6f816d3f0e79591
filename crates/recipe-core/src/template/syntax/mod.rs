//! Parser of templates: from source to [nodes](super::node).
//!
//! `elements.rs` splits the source into text, outputs and tags and applies whitespace control.
//! `parser.rs` builds blocks; each tag parses its own arguments (`super::tags`) with [`Arguments`].

mod arguments;
mod elements;
mod error;
mod markup;
mod parser;
mod tokens;

pub(super) use arguments::Arguments;
pub(super) use error::{SyntaxError, line_and_column};
pub(super) use parser::{Parser, Tag, TagKind, parse, tag_names};
pub(super) use tokens::{Symbol, TokenKind};

/// Maximum nesting depth of blocks, and of brackets.
const MAX_DEPTH: usize = 100;
