//! Reading templates: from text to [nodes](super::node).
//!
//! `elements.rs` cuts a template into texts, outputs and tags, and trims white space where `-` asks for it. `parser.rs`
//! puts blocks together, and each tag reads its own arguments (`super::tags`) through [`Arguments`].

mod arguments;
mod elements;
mod markup;
mod mistake;
mod parser;
mod tokens;

pub(super) use arguments::Arguments;
pub(super) use mistake::{Mistake, place};
pub(super) use parser::{Parser, Tag, parse};
pub(super) use tokens::{Symbol, TokenKind};

/// The deepest nesting of blocks in blocks, and of brackets in brackets.
const MAX_DEPTH: usize = 100;
