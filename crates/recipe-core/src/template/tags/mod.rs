//! The tags of templates: our own, and those of the Liquid library that are right as they are.

mod capture;
mod case;
mod condition;
mod cycle;
mod echo;
mod for_loop;
mod if_changed;
mod if_unless;
mod items;
mod table_row;

use liquid_core::error::{Error, Result};
use liquid_core::model::KString;
use liquid_core::parser::{BlockElement, Tag, TagToken};
use liquid_core::runtime::Template;
use liquid_core::{
    BlockReflection, Expression, Language, ParseBlock, ParseTag, TagBlock, TagReflection,
    TagTokenIter,
};
use liquid_lib::stdlib;

/// What the scanner needs to know of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Stands alone and prints nothing.
    Silent,
    /// Stands alone and prints something.
    Printing,
    /// Begins a block. A block of nothing but space and silent tags prints nothing, where it says so.
    Block {
        end: &'static str,
        parts: &'static [&'static str],
        prints: Prints,
    },
}

/// What a block prints of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prints {
    /// What is inside; nothing, where that is only space.
    Content,
    /// Nothing; it keeps what is inside.
    Nothing,
    /// Something around what is inside.
    More,
}

/// The tags that the scanner leaves to the parser. It deals with `raw`, `comment`, `doc`, `liquid` and `#`.
const TAGS: [(&str, Shape); 14] = [
    ("assign", Shape::Silent),
    ("break", Shape::Silent),
    ("capture", block("endcapture", &[], Prints::Nothing)),
    ("case", block("endcase", &["when", "else"], Prints::Content)),
    ("continue", Shape::Silent),
    ("cycle", Shape::Printing),
    ("decrement", Shape::Printing),
    ("echo", Shape::Printing),
    ("for", block("endfor", &["else"], Prints::Content)),
    ("if", block("endif", &["elsif", "else"], Prints::Content)),
    ("ifchanged", block("endifchanged", &[], Prints::Content)),
    ("increment", Shape::Printing),
    ("tablerow", block("endtablerow", &[], Prints::More)),
    (
        "unless",
        block("endunless", &["elsif", "else"], Prints::Content),
    ),
];

const fn block(end: &'static str, parts: &'static [&'static str], prints: Prints) -> Shape {
    Shape::Block { end, parts, prints }
}

pub(super) fn shape(name: &str) -> Option<Shape> {
    let (_, shape) = TAGS.iter().find(|(tag, _)| *tag == name)?;
    Some(*shape)
}

/// The tags a template can use, the ones that end a block or divide it left out.
pub fn tag_names() -> impl Iterator<Item = &'static str> {
    let scanned = ["comment", "doc", "liquid", "raw", "#"];
    TAGS.iter().map(|(name, _)| *name).chain(scanned)
}

pub(super) fn register(language: &mut Language) {
    let mut tag = |name: &str, tag: Box<dyn ParseTag>| language.tags.register(name.into(), tag);
    tag("assign", Box::new(stdlib::AssignTag));
    tag("break", Box::new(stdlib::BreakTag));
    tag("continue", Box::new(stdlib::ContinueTag));
    tag("cycle", Box::new(cycle::CycleTag));
    tag("decrement", Box::new(stdlib::DecrementTag));
    tag("echo", Box::new(echo::EchoTag));
    tag("increment", Box::new(stdlib::IncrementTag));
    let mut block =
        |name: &str, block: Box<dyn ParseBlock>| language.blocks.register(name.into(), block);
    block("capture", Box::new(capture::CaptureBlock));
    block("case", Box::new(case::CaseBlock));
    block("for", Box::new(for_loop::ForBlock));
    block("if", Box::new(if_unless::IfBlock));
    block("ifchanged", Box::new(if_changed::IfChangedBlock));
    block("tablerow", Box::new(table_row::TableRowBlock));
    block("unless", Box::new(if_unless::UnlessBlock));
}

/// What the library asks of every tag: its name.
struct Named {
    start: &'static str,
    end: &'static str,
}

impl TagReflection for Named {
    fn tag(&self) -> &str {
        self.start
    }

    fn description(&self) -> &str {
        ""
    }
}

impl BlockReflection for Named {
    fn start_tag(&self) -> &str {
        self.start
    }

    fn end_tag(&self) -> &str {
        self.end
    }

    fn description(&self) -> &str {
        ""
    }
}

/// Parses a part of a block, up to its end or to a tag that begins the next part.
fn parse_part<'a>(
    block: &mut TagBlock<'a, '_>,
    options: &Language,
    dividers: &[&str],
) -> Result<(Template, Option<Tag<'a>>)> {
    let mut elements = Vec::new();
    while let Some(element) = block.next()? {
        match element {
            BlockElement::Tag(tag) if dividers.contains(&tag.name()) => {
                return Ok((Template::new(elements), Some(tag)));
            }
            element => elements.push(element.parse(block, options)?),
        }
    }
    Ok((Template::new(elements), None))
}

fn expect_name(arguments: &mut TagTokenIter<'_>) -> Result<KString> {
    let token = arguments.expect_next("expected a name")?;
    let name = token.expect_identifier();
    Ok(KString::from_ref(
        name.into_result_custom_msg("expected a name")?,
    ))
}

fn expect_value(token: TagToken<'_>) -> Result<Expression> {
    token
        .expect_value()
        .into_result_custom_msg("expected a value")
}

fn write_error(error: std::io::Error) -> Error {
    Error::with_msg(error.to_string())
}
