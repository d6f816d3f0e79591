//! Parsing: the template as scanned, through the parser of the Liquid library, with its errors made ours.

use liquid_core::parser;
use liquid_core::runtime::Template;

use super::error::TemplateError;
use super::language::language;
use super::scan::{Mistake, Scanned, scan};

/// Parses a template.
///
/// # Errors
/// When it is none, with the place.
pub(super) fn parse(source: &str) -> Result<Template, TemplateError> {
    let scanned = scan(source).map_err(|mistake| syntax(source, mistake))?;
    match parser::parse(&scanned.text, language()) {
        Ok(elements) => Ok(Template::new(elements)),
        Err(error) => Err(syntax(source, explain(&scanned, &error))),
    }
}

/// What the parser did not like, and where.
fn explain(scanned: &Scanned, error: &liquid_core::Error) -> Mistake {
    // What is wrong with a filter the parser only says of `{{ … }}`.
    for tag in &scanned.tags {
        if let Some(chain) = filter_chain(&scanned.text[tag.range.clone()])
            && let Err(error) = parser::parse(&format!("{{{{ {chain} }}}}"), language())
        {
            return Mistake::new(tag.offset, message(&error));
        }
    }
    let at = position(&error.to_string()).and_then(|(line, column)| {
        let line_start = match line {
            1 => 0,
            _ => scanned.text.match_indices('\n').nth(line - 2)?.0 + 1,
        };
        let in_line = scanned.text[line_start..].char_indices().nth(column - 1)?;
        Some(line_start + in_line.0)
    });
    let tag = match at {
        Some(at) => scanned.tags.iter().rev().find(|tag| tag.range.start <= at),
        None => None,
    };
    Mistake::new(tag.map_or(0, |tag| tag.offset), message(error))
}

/// The value and the filters in a tag that has them.
fn filter_chain(tag: &str) -> Option<&str> {
    let inner = tag.strip_prefix("{% ")?.strip_suffix("%}")?;
    match inner.split_once(' ')? {
        ("echo", chain) => Some(chain),
        ("assign", assignment) => Some(assignment.split_once('=')?.1),
        _ => None,
    }
}

/// What an error of the Liquid library says, on one line. Its report of where it happened is about a text that
/// the author never saw.
pub(super) fn message(error: &liquid_core::Error) -> String {
    let report = error.to_string();
    if position(&report).is_none() {
        let first = report.lines().next().unwrap_or("");
        let message = first.strip_prefix("liquid: ").unwrap_or(first);
        return match message.starts_with("Expected scalar") {
            true => "a list or an object cannot be an index".to_owned(),
            false => message.to_owned(),
        };
    }
    let said = report
        .lines()
        .rev()
        .find_map(|line| line.trim_start().strip_prefix("= "));
    let mut message = said.unwrap_or("the tag cannot be read").to_owned();
    for (rule, name) in RULES {
        message = message.replace(rule, name);
    }
    message
}

/// The parts of templates as the parser calls them, and as people do.
const RULES: [(&str, &str); 12] = [
    ("PositionalFilterArgument", "an argument"),
    ("KeywordFilterArgument", "an argument with a name"),
    ("NON_WHITESPACE_CONTROL_HYPHEN", "`-`"),
    ("ExpressionInner", "a value"),
    ("FilterChain", "a value"),
    ("Identifier", "a name"),
    ("TagInner", "a tag"),
    ("Variable", "a name"),
    ("Literal", "a value"),
    ("Filter", "a filter"),
    ("Value", "a value"),
    ("Range", "a range"),
];

/// The line and column of a report of the parser's, which count characters from 1.
fn position(report: &str) -> Option<(usize, usize)> {
    let place = report.lines().find_map(|line| line.split_once("--> "))?.1;
    let (line, column) = place.trim().split_once(':')?;
    let position = (line.parse().ok()?, column.parse().ok()?);
    (position.0 > 0 && position.1 > 0).then_some(position)
}

fn syntax(source: &str, mistake: Mistake) -> TemplateError {
    let before = &source[..mistake.offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    TemplateError::Syntax {
        template: source.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message: mistake.message,
        suggestion: mistake.suggestion,
    }
}
