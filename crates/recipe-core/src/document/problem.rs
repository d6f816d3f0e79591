//! What is wrong with a recipe document, and where.

use std::fmt;
use std::ops::Range;

use super::locate::{Pointer, Position, SourceText, Target};
use super::wording::type_message;

/// One thing that is wrong with a recipe document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where in the recipe, e.g. `step 0 (parallel): substep 1`; empty for the recipe itself.
    pub place: String,
    /// Where in the text; `None` for a recipe that was not parsed from text.
    pub position: Option<Position>,
    /// What to underline there, in bytes of the text. Begins at the position.
    pub span: Option<Range<usize>>,
}

impl Problem {
    /// Duplicate key at `span`.
    pub(super) fn duplicate_key(key: String, source: &SourceText, span: Range<usize>) -> Self {
        Self {
            kind: ProblemKind::DuplicateKey { key },
            place: String::new(),
            position: Some(source.position(span.start)),
            span: Some(span),
        }
    }

    /// A problem with what `pointer` leads to in a document.
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

/// What is wrong with a recipe document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// No step of this type is registered.
    UnknownStepType {
        /// The type as written.
        step_type: String,
        /// The registered type that looks most like it.
        nearest: Option<String>,
    },
    /// The step type is registered, and [refused](crate::Registry::refuse) here.
    RefusedStepType {
        /// The type.
        step_type: String,
        /// Why.
        reason: String,
    },
    /// Nothing reads this field.
    UnknownField {
        /// The field as written.
        field: String,
        /// The known field that looks most like it.
        nearest: Option<String>,
    },
    /// A field that any step may have stands where only a configuration belongs.
    MisplacedField {
        /// The field as written.
        field: String,
    },
    /// An object has two values under one key, of which the second counts.
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A field that must be there is not.
    MissingField {
        /// Where it should be, as a path such as `files[0]`; empty for the configuration itself.
        within: String,
        /// Its name.
        field: String,
    },
    /// A field is of the wrong type, or cannot be what it is.
    InvalidField {
        /// The field, as a path such as `files[0].path`; empty where it is not one field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a recipe runs or it does not")]
pub enum Severity {
    /// The recipe runs; something in it has no effect.
    Warning,
    /// The recipe does not run.
    Error,
}

impl ProblemKind {
    /// What a value that does not fit its type is, by what the JSON library says.
    pub(crate) fn of_error(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let field = match error.path().to_string() {
            path if path == "." => String::new(),
            path => path,
        };
        let message = type_message(&error.into_inner());
        let missing = message.strip_prefix("missing field `");
        match missing.and_then(|name| name.strip_suffix('`')) {
            Some(name) => Self::MissingField {
                within: field,
                field: name.to_owned(),
            },
            None => Self::InvalidField { field, message },
        }
    }

    /// The same, of a value that stands inside another.
    pub(crate) fn within(self, outer: &str) -> Self {
        let inside = |path: String| match path.as_str() {
            "" => outer.to_owned(),
            path => format!("{outer}.{path}"),
        };
        match self {
            Self::MissingField { within, field } => Self::MissingField {
                within: inside(within),
                field,
            },
            Self::InvalidField { field, message } => Self::InvalidField {
                field: inside(field),
                message,
            },
            other => other,
        }
    }

    /// What of the place it is about to point at.
    pub(super) fn target(&self) -> Target {
        match self {
            Self::UnknownField { .. } | Self::MisplacedField { .. } => Target::Key,
            Self::MissingField { .. } => Target::Holder,
            _ => Target::Value,
        }
    }

    /// How much a problem of this kind matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::UnknownField { .. } | Self::MisplacedField { .. } | Self::DuplicateKey { .. } => {
                Severity::Warning
            }
            Self::UnknownStepType { .. }
            | Self::RefusedStepType { .. }
            | Self::MissingField { .. }
            | Self::InvalidField { .. } => Severity::Error,
        }
    }

    /// What to write instead, where that can be guessed.
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Self::UnknownStepType { nearest, .. } | Self::UnknownField { nearest, .. } => {
                nearest.as_deref()
            }
            Self::MisplacedField { .. }
            | Self::DuplicateKey { .. }
            | Self::RefusedStepType { .. }
            | Self::MissingField { .. }
            | Self::InvalidField { .. } => None,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownStepType { step_type, .. } => {
                write!(f, "unknown step type: {step_type}")
            }
            Self::RefusedStepType { step_type, reason } => {
                write!(f, "{step_type} steps are refused: {reason}")
            }
            Self::UnknownField { field, .. } => write!(f, "unknown field: {field}"),
            Self::MisplacedField { field } => write!(
                f,
                "misplaced field: {field} belongs beside `config`: {{\"type\": …, \"config\": {{…}}, {field:?}: …}}"
            ),
            Self::DuplicateKey { key } => write!(
                f,
                "the key {key:?} stands twice in this object, only the last value counts"
            ),
            Self::MissingField { within, field } if within.is_empty() => {
                write!(f, "missing field `{field}`")
            }
            Self::MissingField { within, field } => write!(f, "{within}: missing field `{field}`"),
            Self::InvalidField { field, message } if field.is_empty() => f.write_str(message),
            Self::InvalidField { field, message } => write!(f, "{field}: {message}"),
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

/// All that is wrong with a recipe document, in the order of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub(crate) fn append(&mut self, mut others: Problems) {
        self.0.append(&mut others.0);
    }

    /// Puts the problems in the order in which they stand in the text.
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

    /// Whether one of them is at least as bad as `severity`.
    pub fn any_at_least(&self, severity: Severity) -> bool {
        self.0.iter().any(|p| p.kind.severity() >= severity)
    }
}

/// The worst problem, and how many more there are.
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
