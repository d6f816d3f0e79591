//! Problems in recipe documents, with their places.

use std::fmt;
use std::ops::Range;

use super::pointer::Pointer;
use super::position::Position;
use super::problem_kind::{DuplicateKey, ProblemKind, Severity};
use super::source_text::SourceText;

/// A problem in a recipe document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Kind of the problem.
    pub kind: ProblemKind,
    /// Place in the recipe, such as `step 0 (parallel): substep 1`; empty for the recipe itself.
    pub place: String,
    /// Position in the text; `None` for a recipe that was not parsed from text.
    pub position: Option<Position>,
    /// Part of the text to underline, in bytes. Starts at the position.
    pub span: Option<Range<usize>>,
}

impl Problem {
    /// Duplicate key at `span`.
    pub(super) fn duplicate_key(key: String, source: &SourceText, span: Range<usize>) -> Self {
        Self {
            kind: ProblemKind::DuplicateKey(DuplicateKey { key }),
            place: String::new(),
            position: Some(source.position(span.start)),
            span: Some(span),
        }
    }

    /// Problem of the value at `pointer`.
    pub(crate) fn new(
        kind: ProblemKind,
        place: String,
        source: Option<&SourceText>,
        pointer: &Pointer,
    ) -> Self {
        let span = source.map(|source| source.span(pointer, kind.target()));
        let start = span.as_ref().map(|span| span.start);
        Self {
            kind,
            place,
            position: source
                .zip(start)
                .map(|(source, start)| source.position(start)),
            span,
        }
    }
}

/// `line 4, column 7: step 0 (parallel): substep 1: unknown step type: teleport`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = &self.position {
            write!(f, "{position}: ")?;
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        self.kind.fmt(f)
    }
}

/// All problems of a recipe document, in the order of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub(crate) fn append(&mut self, mut others: Problems) {
        self.0.append(&mut others.0);
    }

    /// Sorts the problems by their position in the text.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(|problem| problem.position);
    }

    /// The problems, in the order of the text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any problem is at least as severe as `severity`.
    pub fn any_at_least(&self, severity: Severity) -> bool {
        self.0.iter().any(|p| p.kind.severity() >= severity)
    }
}

/// The first error, else the first warning, and the number of other problems.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = || {
            self.0
                .iter()
                .filter(|p| p.kind.severity() == Severity::Error)
        };
        let Some(first) = errors().next().or(self.0.first()) else {
            return f.write_str("no problems");
        };
        first.fmt(f)?;
        match self.0.len() - 1 {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more problem)"),
            more => write!(f, " (and {more} more problems)"),
        }
    }
}

impl std::error::Error for Problems {}
