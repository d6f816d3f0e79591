//! Tags of templates, one file each: parsing, rendering, and the names they read and set.

mod assign;
mod capture;
mod case;
mod counter;
mod cycle;
mod echo;
mod for_loop;
mod if_changed;
mod if_else;
mod items;
mod table_row;

use super::rendering::{Interrupt, Jump};
use super::syntax::{self, TagKind};

use assign::Assign;
use capture::Capture;
use case::Case;
use counter::Counter;
use cycle::Cycle;
use for_loop::For;
use if_changed::IfChanged;
use if_else::If;
use table_row::TableRow;

/// Tags that the parser can start a node with; passed to it, so that it needs no tag.
pub(super) const TAGS: &[TagKind] = &[
    ("assign", |tag, _| Assign::parse(tag)),
    ("break", |tag, _| Jump::parse(tag, Interrupt::Break)),
    ("capture", Capture::parse),
    ("case", Case::parse),
    ("continue", |tag, _| Jump::parse(tag, Interrupt::Continue)),
    ("cycle", |tag, _| Cycle::parse(tag)),
    ("decrement", |tag, _| Counter::parse(tag, -1)),
    ("echo", |tag, _| echo::parse(tag)),
    ("for", For::parse),
    ("if", |tag, parser| If::parse(tag, parser, true)),
    ("ifchanged", IfChanged::parse),
    ("increment", |tag, _| Counter::parse(tag, 1)),
    ("tablerow", TableRow::parse),
    ("unless", |tag, parser| If::parse(tag, parser, false)),
];

/// Returns the names of all tags, without those that end or divide a block.
pub fn tag_names() -> impl Iterator<Item = &'static str> {
    syntax::tag_names(TAGS)
}
