//! Recipe documents: what authors write (DESIGN.md §4).
//!
//! [`Recipe::parse`] turns text into a [`Recipe`], which is data and knows no step type; a
//! [`Registry`](crate::Registry) prepares it for running. What is wrong with a document is a list of
//! [`Problem`]s, each with its place.

mod deserialize;
mod duplicate_keys;
mod exact_value;
mod format;
mod inputs;
mod json;
mod json_numbers;
mod locate;
mod markdown;
mod problem;
mod problem_kind;
mod recipe;
mod step_controls;
mod step_document;
mod wording;
mod yaml;

pub(crate) use deserialize::{FieldError, from_object};
pub use format::Format;
pub use inputs::{BrokenRule, Input, InputError, InputType, Pattern, Required};
pub use json::{SyntaxError, SyntaxErrorKind, exact_integers, parse_json, parse_json_bytes};
pub use locate::Pointer;
pub use locate::Position;
pub(crate) use locate::{SourceText, Target};
pub use problem::{Problem, Problems};
pub use problem_kind::{
    DuplicateKey, InvalidField, InvalidTemplate, MisplacedField, MissingField, ProblemKind,
    RefusedStepType, Severity, UnknownField, UnknownStepType, WrongType,
};
pub use recipe::{DocumentError, Recipe};
pub(crate) use step_controls::StepControls;
pub(crate) use step_document::STEP_SCHEMA_NAME;
pub use step_document::StepDocument;
pub use yaml::{PlainScalar, YamlError, YamlErrorKind, parse_yaml, parse_yaml_documents};
