//! Tags of templates, one file each: parsing and rendering.

mod assign;
mod capture;
mod case;
mod counter;
mod cycle;
mod for_loop;
mod if_changed;
mod if_else;
mod items;
mod print;
mod table_row;

use super::node::Node;
use super::syntax::{Arguments, Parser, SyntaxError, Tag};

pub(super) use assign::Assign;
pub(super) use capture::Capture;
pub(super) use case::Case;
pub(super) use counter::Counter;
pub(super) use cycle::Cycle;
use for_loop::Interrupt;
pub(super) use for_loop::{For, Jump};
pub(super) use if_changed::IfChanged;
pub(super) use if_else::If;
pub(super) use items::{Items, Offset};
pub(super) use print::Print;
pub(super) use table_row::TableRow;

/// Names of all tags, without those that end or divide a block.
const TAGS: [&str; 19] = [
    "assign",
    "break",
    "capture",
    "case",
    "continue",
    "cycle",
    "decrement",
    "echo",
    "for",
    "if",
    "ifchanged",
    "increment",
    "tablerow",
    "unless",
    "comment",
    "doc",
    "liquid",
    "raw",
    "#",
];

/// Returns the names of all tags, without those that end or divide a block.
pub fn tag_names() -> impl Iterator<Item = &'static str> {
    TAGS.into_iter()
}

/// Parses the content of `{{ … }}`.
pub(super) fn output(arguments: Arguments<'_>) -> Result<Print, SyntaxError> {
    Print::parse(arguments)
}

/// Parses a tag, including its block; `None` if no node starts with it.
pub(super) fn parse<'t>(
    tag: Tag<'t>,
    parser: &mut Parser<'_, 't>,
) -> Option<Result<Node, SyntaxError>> {
    Some(match tag.name() {
        "assign" => Assign::parse(tag).map(Node::Assign),
        "break" => Jump::parse(tag, Interrupt::Break).map(Node::Jump),
        "capture" => Capture::parse(tag, parser).map(Node::Capture),
        "case" => Case::parse(tag, parser).map(Node::Case),
        "continue" => Jump::parse(tag, Interrupt::Continue).map(Node::Jump),
        "cycle" => Cycle::parse(tag).map(Node::Cycle),
        "decrement" => Counter::parse(tag, -1).map(Node::Counter),
        "echo" => Print::parse_tag(tag).map(Node::Output),
        "for" => For::parse(tag, parser).map(Node::For),
        "if" => If::parse(tag, parser, true).map(Node::If),
        "ifchanged" => IfChanged::parse(tag, parser).map(Node::IfChanged),
        "increment" => Counter::parse(tag, 1).map(Node::Counter),
        "tablerow" => TableRow::parse(tag, parser).map(Node::TableRow),
        "unless" => If::parse(tag, parser, false).map(Node::If),
        _ => return None,
    })
}
