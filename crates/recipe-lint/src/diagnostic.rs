//! A mistake in a recipe, with its position and a stable code.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use serde_json::{Value, json};

pub use recipe_core::document::{Position, Severity};

/// A mistake in a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Text to underline, in bytes of the file; empty if only the position is known.
    pub span: Range<usize>,
    /// Start of the span.
    pub start: Position,
    /// End of the span, after its last character.
    pub end: Position,
    /// Whether the recipe cannot run because of it.
    pub severity: Severity,
    /// Kind of the mistake.
    pub code: Code,
    /// Message with the place in the recipe: `step 0 (parallel): unknown field: dely`. Quoted text
    /// is unchanged, line ends included.
    pub message: String,
    /// Replacement for the span, if one can be guessed.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// Creates a diagnostic of a file as a whole, at its beginning.
    pub fn of_file(
        file: impl Into<PathBuf>,
        severity: Severity,
        code: Code,
        message: impl Into<String>,
    ) -> Self {
        let start = Position { line: 1, column: 1 };
        Self {
            file: file.into(),
            span: 0..0,
            start,
            end: start,
            severity,
            code,
            message: message.into(),
            suggestion: None,
        }
    }

    /// Converts it to the object of `recipe validate --format json`.
    pub fn to_json(&self) -> Value {
        json!({
            "file": self.file.to_string_lossy(),
            "line": self.start.line,
            "column": self.start.column,
            "end_line": self.end.line,
            "end_column": self.end.column,
            "severity": severity_name(self.severity),
            "code": self.code.name(),
            "message": self.message,
            "suggestion": self.suggestion,
        })
    }
}

/// Name of a severity, the same in all formats.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Kinds of mistakes. Their names are stable, so that they can be used in filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// The file cannot be read: it is missing, a directory, too large, or not text.
    Unreadable,
    /// The text is not valid JSON or YAML.
    Syntax,
    /// An object has two values for one key; only the last one is used.
    DuplicateKey,
    /// An unquoted YAML scalar is another value to other YAML parsers, or loses characters.
    AmbiguousScalar,
    /// The document is not a recipe, or a value does not fit its field.
    InvalidValue,
    /// A required field is missing.
    MissingField,
    /// No step of this type exists.
    UnknownStepType,
    /// The field is not known.
    UnknownField,
    /// A template does not parse.
    TemplateSyntax,
    /// A condition is not a valid expression.
    ConditionSyntax,
    /// A called recipe does not exist.
    MissingRecipe,
    /// Recipes call each other endlessly: no condition can end the cycle.
    CallCycle,
    /// An artifact is read that no input or earlier step can have set.
    UnsetArtifact,
    /// No step reads a declared input.
    UnusedInput,
    /// The step type is not available in this build.
    UnavailableStepType,
    /// A condition is never true, so its branch never runs.
    NeverTrue,
    /// An optional property of a response schema is before a required one; servers may write it
    /// after that.
    OrderOfProperties,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 17] = [
        Self::Unreadable,
        Self::Syntax,
        Self::DuplicateKey,
        Self::AmbiguousScalar,
        Self::InvalidValue,
        Self::MissingField,
        Self::UnknownStepType,
        Self::UnknownField,
        Self::TemplateSyntax,
        Self::ConditionSyntax,
        Self::MissingRecipe,
        Self::CallCycle,
        Self::UnsetArtifact,
        Self::UnusedInput,
        Self::UnavailableStepType,
        Self::NeverTrue,
        Self::OrderOfProperties,
    ];

    /// Returns the name: `unknown-field`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Syntax => "syntax",
            Self::DuplicateKey => "duplicate-key",
            Self::AmbiguousScalar => "ambiguous-scalar",
            Self::InvalidValue => "invalid-value",
            Self::MissingField => "missing-field",
            Self::UnknownStepType => "unknown-step-type",
            Self::UnknownField => "unknown-field",
            Self::TemplateSyntax => "template-syntax",
            Self::ConditionSyntax => "condition-syntax",
            Self::MissingRecipe => "missing-recipe",
            Self::CallCycle => "call-cycle",
            Self::UnsetArtifact => "unset-artifact",
            Self::UnusedInput => "unused-input",
            Self::UnavailableStepType => "unavailable-step-type",
            Self::NeverTrue => "never-true",
            Self::OrderOfProperties => "order-of-properties",
        }
    }

    /// Describes it in one sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::Unreadable => "The file cannot be read.",
            Self::Syntax => "The text is not valid JSON or YAML.",
            Self::DuplicateKey => {
                "An object has two values for one key; only the last one is used."
            }
            Self::AmbiguousScalar => {
                "An unquoted YAML scalar is another value to other YAML parsers, or loses characters."
            }
            Self::InvalidValue => "A value does not fit its field.",
            Self::MissingField => "A required field is missing.",
            Self::UnknownStepType => "No step of this type exists.",
            Self::UnknownField => "The field is not known.",
            Self::TemplateSyntax => "A template does not parse.",
            Self::ConditionSyntax => "A condition is not a valid expression.",
            Self::MissingRecipe => "A called recipe does not exist.",
            Self::CallCycle => "Recipes call each other endlessly.",
            Self::UnsetArtifact => {
                "An artifact is read that no input or earlier step can have set."
            }
            Self::UnusedInput => "No step reads a declared input.",
            Self::UnavailableStepType => "The step type is not available in this build.",
            Self::NeverTrue => "A condition is never true, so its branch never runs.",
            Self::OrderOfProperties => {
                "An optional property of a response schema is before a required one, which servers may write first."
            }
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
