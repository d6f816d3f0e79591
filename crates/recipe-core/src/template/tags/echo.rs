//! `echo`: prints a value.

use crate::template::filtered::Filtered;
use crate::template::node::Node;
use crate::template::syntax::{SyntaxError, Tag};

/// Parses an `echo`, which may be empty.
pub(super) fn parse(tag: Tag<'_>) -> Result<Node, SyntaxError> {
    let mut arguments = tag.arguments()?;
    Ok(Node::Output(match arguments.peek() {
        Some(_) => Filtered::parse(&mut arguments)?,
        None => Filtered::nothing(),
    }))
}
