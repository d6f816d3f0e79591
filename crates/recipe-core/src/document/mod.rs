//! Recipe documents, as authors write them (docs/design.md §4).
//!
//! [`Recipe::parse`] turns text into a [`Recipe`], which is data and knows no step type; a
//! [`Registry`](crate::Registry) prepares it for running. Mistakes in a document are reported as a
//! list of [`Problem`]s, each with its place.

mod deserialize;
mod duplicate_keys;
mod exact_value;
mod format;
mod inputs;
mod json;
mod json_numbers;
mod markdown;
mod pointer;
mod position;
mod problem;
mod problem_kind;
mod recipe;
mod source_text;
mod step_controls;
mod step_document;
mod value_span;
mod wording;
mod yaml;

pub(crate) use deserialize::{FieldError, from_object};
pub use format::Format;
pub use inputs::{BrokenRule, Input, InputError, InputType, Pattern, Required};
pub use json::{SyntaxError, SyntaxErrorKind, exact_integers, parse_json, parse_json_bytes};
pub use pointer::Pointer;
pub use position::Position;
pub use problem::{Problem, Problems};
pub use problem_kind::{
    DuplicateKey, InvalidField, InvalidTemplate, MisplacedField, MissingField, ProblemKind,
    RefusedStepType, Severity, UnknownField, UnknownStepType, WrongType,
};
pub use recipe::{DocumentError, Recipe};
pub(crate) use source_text::{SourceText, Target};
pub(crate) use step_controls::StepControls;
pub(crate) use step_document::STEP_SCHEMA_NAME;
pub use step_document::StepDocument;
pub use yaml::{PlainScalar, YamlError, YamlErrorKind, parse_yaml, parse_yaml_documents};
