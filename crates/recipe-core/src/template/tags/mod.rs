//! The tags of templates, one file each: reading and rendering.

mod assign;
mod capture;
mod case;
mod choice;
mod counter;
mod cycle;
mod each;
mod if_changed;
mod items;
mod print;
mod table_row;

use super::node::Node;
use super::syntax::{Arguments, Mistake, Parser, Tag};

pub(super) use assign::Assign;
pub(super) use capture::Capture;
pub(super) use case::Case;
pub(super) use choice::If;
pub(super) use counter::Counter;
pub(super) use cycle::Cycle;
use each::Interrupt;
pub(super) use each::{For, Jump};
pub(super) use if_changed::IfChanged;
pub(super) use items::{Items, Offset};
pub(super) use print::Print;
pub(super) use table_row::TableRow;

/// The tags a template can use, the ones that end a block or divide it left out.
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

/// The tags a template can use, the ones that end a block or divide it left out.
pub fn tag_names() -> impl Iterator<Item = &'static str> {
    TAGS.into_iter()
}

/// Reads the content of `{{ … }}`.
pub(super) fn output(arguments: Arguments<'_>) -> Result<Print, Mistake> {
    Print::parse(arguments)
}

/// The node of a tag, with its block if it has one; `None` for a tag that begins nothing.
pub(super) fn parse<'t>(
    tag: Tag<'t>,
    parser: &mut Parser<'_, 't>,
) -> Option<Result<Node, Mistake>> {
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
