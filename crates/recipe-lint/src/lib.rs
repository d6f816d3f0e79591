//! Finds mistakes in recipes without running them.
//!
//! [`Linter::lint`] returns the [`Diagnostic`]s of a file, each with the span to underline, a
//! stable [`Code`] and, if one can be guessed, a replacement. How they are shown is up to the
//! caller.

mod artifacts;
mod calls;
mod conditions;
mod diagnostic;
mod find;
mod findings;
mod flow;
mod linter;
mod literal;
mod problems;
mod property_order;
mod recognize;
mod scalars;
mod templates;

pub use diagnostic::{Code, Diagnostic, Position, Severity, severity_name};
pub use find::{Origin, find_files};
pub use findings::Linted;
pub use linter::Linter;
pub use recognize::{is_named_recipe, is_recipe, named_in};

/// The Rust in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
