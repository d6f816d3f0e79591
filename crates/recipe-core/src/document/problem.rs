//! What is wrong with a recipe document, and where.

use std::fmt;

use super::locate::Position;

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
    /// Nothing reads this field.
    UnknownField {
        /// The field as written.
        field: String,
        /// The known field that looks most like it.
        nearest: Option<String>,
    },
    /// A field is missing, of the wrong type, or cannot be what it is.
    InvalidField {
        /// The field, as a path such as `files[0].path`; empty where it is not one field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The recipe runs; something in it has no effect.
    Warning,
    /// The recipe does not run.
    Error,
}

impl ProblemKind {
    /// How much a problem of this kind matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::UnknownField { .. } => Severity::Warning,
            Self::UnknownStepType { .. } | Self::InvalidField { .. } => Severity::Error,
        }
    }

    /// What to write instead, where that can be guessed.
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Self::UnknownStepType { nearest, .. } | Self::UnknownField { nearest, .. } => {
                nearest.as_deref()
            }
            Self::InvalidField { .. } => None,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownStepType { step_type, .. } => {
                write!(f, "unknown step type: {step_type}")
            }
            Self::UnknownField { field, .. } => write!(f, "unknown field: {field}"),
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
