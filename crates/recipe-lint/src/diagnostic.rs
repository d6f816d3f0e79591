//! One thing that is wrong with a recipe, with its place and a stable code.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use serde_json::{Value, json};

pub use recipe_core::document::{Position, Severity};

/// One thing that is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What to underline, in bytes of the file's text; empty where there is nothing but a place.
    pub span: Range<usize>,
    /// Where the span begins.
    pub start: Position,
    /// Behind the last character of the span.
    pub end: Position,
    /// Whether the recipe cannot run because of it.
    pub severity: Severity,
    /// What kind of mistake it is.
    pub code: Code,
    /// What is wrong, with where in the recipe: `step 0 (parallel): unknown field: dely`. What it quotes stands in it as it
    /// is, line ends included.
    pub message: String,
    /// What to write instead, where that can be guessed.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// What is wrong with a file as a whole: the place is its beginning.
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

    /// The object that other programs are told of it by.
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

/// The name of a severity, in every format.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// The kinds of mistakes. Their names are stable: people filter by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// The file cannot be read: it is missing, a folder, too large, or not text.
    Unreadable,
    /// The text is no JSON and no YAML.
    Syntax,
    /// An object has two values under one key; the first one has no effect.
    DuplicateKey,
    /// An unquoted scalar in YAML is another value to other readers of YAML, or loses characters.
    AmbiguousScalar,
    /// The document is no recipe, or a value does not fit its field.
    InvalidValue,
    /// A field that must be there is missing.
    MissingField,
    /// No step of this type exists.
    UnknownStepType,
    /// Nothing reads this field.
    UnknownField,
    /// A template does not parse.
    TemplateSyntax,
    /// A condition is no expression.
    ConditionSyntax,
    /// A recipe that is called does not exist.
    MissingRecipe,
    /// Recipes call one another in a circle, with nothing that could end it.
    CallCycle,
    /// An artifact is read that no input and no step before can have set.
    UnsetArtifact,
    /// A declared input is read by no step.
    UnusedInput,
    /// The step type is planned and not part of this version.
    UnavailableStepType,
    /// A condition can never hold, so that its branch never runs.
    NeverTrue,
    /// An optional property of an answer stands before a required one; servers may write it after that.
    OrderOfProperties,
}

impl Code {
    /// All kinds.
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

    /// Its name: `unknown-field`.
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

    /// What it means, in one sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::Unreadable => "The file cannot be read.",
            Self::Syntax => "The text is no JSON and no YAML.",
            Self::DuplicateKey => "An object has two values under one key; only the last counts.",
            Self::AmbiguousScalar => {
                "An unquoted scalar in YAML is another value to other readers, or loses characters."
            }
            Self::InvalidValue => "A value does not fit its field.",
            Self::MissingField => "A field that must be there is missing.",
            Self::UnknownStepType => "No step of this type exists.",
            Self::UnknownField => "Nothing reads this field.",
            Self::TemplateSyntax => "A template does not parse.",
            Self::ConditionSyntax => "A condition is no expression.",
            Self::MissingRecipe => "A recipe that is called does not exist.",
            Self::CallCycle => "Recipes call one another without end.",
            Self::UnsetArtifact => {
                "No input and no step before can have set an artifact that is read."
            }
            Self::UnusedInput => "A declared input is read by no step.",
            Self::UnavailableStepType => "The step type is planned and not part of this version.",
            Self::NeverTrue => "A condition can never hold, so that its branch never runs.",
            Self::OrderOfProperties => {
                "An optional property of an answer stands before a required one, which servers may write first."
            }
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
