//! What is wrong with recipes, found without running them.
//!
//! [`Linter::lint`] takes files and gives [`Diagnostic`]s, each with the place to underline, a stable [`Code`] and, where
//! it can be guessed, what to write instead. What the terminal, an editor or a code scanner makes of them is up to
//! those.

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
