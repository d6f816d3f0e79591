//! Kinds of problems in recipe documents.

use std::fmt;

use super::deserialize::{FieldError, FieldErrorKind};
use super::pointer::Pointer;
use super::source_text::Target;
use crate::template::{Template, TemplateError};

/// Kind of a [`Problem`](super::Problem).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// No step of this type is registered.
    UnknownStepType(UnknownStepType),
    /// The step type is registered, and [refused](crate::Registry::refuse) here.
    RefusedStepType(RefusedStepType),
    /// Nothing reads this field.
    UnknownField(UnknownField),
    /// A field that any step may have is in a configuration instead of beside it.
    MisplacedField(MisplacedField),
    /// An object has two values under one key, of which the last is used.
    DuplicateKey(DuplicateKey),
    /// A required field is missing.
    MissingField(MissingField),
    /// A value is of the wrong type.
    Type(WrongType),
    /// A template does not parse.
    Template(InvalidTemplate),
    /// A condition does not parse.
    Condition(InvalidField),
    /// A value is of the right type, and invalid.
    Value(InvalidField),
}

/// A step type that is not registered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownStepType {
    /// The type as written.
    pub step_type: String,
    /// The registered type that looks most like it.
    pub nearest: Option<String>,
}

/// A step type that may not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedStepType {
    /// The type.
    pub step_type: String,
    /// The reason for refusing it.
    pub reason: String,
}

/// A field that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownField {
    /// The field as written.
    pub field: String,
    /// The known field that looks most like it.
    pub nearest: Option<String>,
}

/// A field that belongs beside `config`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MisplacedField {
    /// The field as written.
    pub field: String,
}

/// A key that an object has twice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DuplicateKey {
    /// The key.
    pub key: String,
}

/// A required field that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingField {
    /// The object without it, as a path such as `files[0]`; empty for the configuration itself.
    pub within: String,
    /// Its name.
    pub field: String,
}

/// A value of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongType {
    /// The field, as a path such as `files[0].path`; empty if it is not a single field.
    pub field: String,
    /// The type it should have: `a list`.
    pub expected: String,
    /// The value, or its type if it is not a scalar: `an object`.
    pub found: String,
}

/// A template that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidTemplate {
    /// The field, as a path such as `files[0].path`; empty if it is not a single field.
    pub field: String,
    /// The syntax error.
    pub error: TemplateError,
}

/// A value that is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidField {
    /// The field, as a path such as `files[0].path`; empty if it is not a single field.
    pub field: String,
    /// The reason.
    pub message: String,
}

/// Severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a recipe runs or it does not")]
pub enum Severity {
    /// The recipe runs; something in it has no effect.
    Warning,
    /// The recipe does not run.
    Error,
}

impl ProblemKind {
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Value(InvalidField {
            field: field.into(),
            message: message.into(),
        })
    }

    /// Kind of an error in a configuration with these templates.
    pub(crate) fn from_field_error(error: FieldError, templates: &[(Pointer, &str)]) -> Self {
        let field = error.pointer.to_string();
        match error.kind {
            FieldErrorKind::Type { expected, found } => Self::Type(WrongType {
                field,
                expected,
                found,
            }),
            FieldErrorKind::Missing(name) => Self::MissingField(MissingField {
                within: field,
                field: name.to_owned(),
            }),
            // `serde` keeps only the text of the error of a template, so it is parsed once more.
            FieldErrorKind::Invalid(message) => {
                let mut inside = templates
                    .iter()
                    .filter(|(pointer, _)| pointer.is_within(&error.pointer));
                match inside.find_map(|(_, text)| Template::parse(text).err()) {
                    Some(error) => Self::Template(InvalidTemplate { field, error }),
                    None => Self::invalid(field, message),
                }
            }
        }
    }

    /// The same problem of a value inside another.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        let field = match &mut self {
            Self::MissingField(problem) => &mut problem.within,
            Self::Type(problem) => &mut problem.field,
            Self::Template(problem) => &mut problem.field,
            Self::Condition(problem) | Self::Value(problem) => &mut problem.field,
            _ => return self,
        };
        *field = match field.as_str() {
            "" => outer.to_owned(),
            path => format!("{outer}.{path}"),
        };
        self
    }

    /// The part of its place in a document to point at.
    pub(super) fn target(&self) -> Target {
        match self {
            Self::UnknownField(_) | Self::MisplacedField(_) => Target::Key,
            Self::MissingField(_) => Target::Holder,
            _ => Target::Value,
        }
    }

    /// Severity of problems of this kind.
    pub fn severity(&self) -> Severity {
        match self {
            Self::UnknownField(_) | Self::MisplacedField(_) | Self::DuplicateKey(_) => {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }

    /// Text to write instead, if it can be guessed.
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Self::UnknownStepType(problem) => problem.nearest.as_deref(),
            Self::UnknownField(problem) => problem.nearest.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = match self {
            Self::MissingField(problem) => &problem.within,
            Self::Type(problem) => &problem.field,
            Self::Template(problem) => &problem.field,
            Self::Condition(problem) | Self::Value(problem) => &problem.field,
            _ => "",
        };
        if !field.is_empty() {
            write!(f, "{field}: ")?;
        }
        match self {
            Self::UnknownStepType(problem) => write!(f, "unknown step type: {}", problem.step_type),
            Self::RefusedStepType(RefusedStepType { step_type, reason }) => {
                write!(f, "{step_type} steps are refused: {reason}")
            }
            Self::UnknownField(problem) => write!(f, "unknown field: {}", problem.field),
            Self::MisplacedField(MisplacedField { field }) => write!(
                f,
                "misplaced field: {field} belongs beside `config`: {{\"type\": …, \"config\": {{…}}, {field:?}: …}}"
            ),
            Self::DuplicateKey(DuplicateKey { key }) => {
                write!(f, "duplicate key {key:?}: only the last value is used")
            }
            Self::MissingField(problem) => write!(f, "missing field `{}`", problem.field),
            Self::Type(problem) => {
                write!(f, "expected {}, found {}", problem.expected, problem.found)
            }
            Self::Template(problem) => problem.error.fmt(f),
            Self::Condition(problem) | Self::Value(problem) => f.write_str(&problem.message),
        }
    }
}
