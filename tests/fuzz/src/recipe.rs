//! Recipe documents: parsed in each format and checked against the built-in steps.

use std::ops::Range;
use std::sync::OnceLock;

use recipe_core::document::{DocumentError, Format, PlainScalar, Problem};
use recipe_core::{Recipe, Registry};

use crate::text::text;

/// Parses the bytes as JSON, YAML and Markdown.
///
/// # Panics
/// If the two ways to parse a document disagree, or a location in it is invalid.
pub fn recipe(bytes: &[u8]) {
    let text = text(bytes);
    for format in [Format::Json, Format::Yaml, Format::Markdown] {
        document(&text, format);
    }
}

fn document(text: &str, format: Format) {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    let registry = REGISTRY.get_or_init(recipe_steps::registry);
    let parsed = Recipe::parse(text, format);
    match Recipe::parse_leniently(text, format) {
        Ok((recipe, problems)) => {
            assert_eq!(parsed.is_ok(), problems.is_empty());
            for problem in problems.iter().chain(registry.check(&recipe).iter()) {
                check_problem(text, problem);
            }
            for PlainScalar { span, .. } in recipe.plain_scalars() {
                check_span(text, &span);
            }
            for name in recipe.inputs.keys() {
                check_span(
                    text,
                    &recipe.input_span(name).expect("it comes from a text"),
                );
            }
            let _ = registry.outline(&recipe);
        }
        Err(error) => {
            assert_eq!(parsed.as_ref().err(), Some(&error));
            if let DocumentError::Syntax { position, .. } = error {
                assert!(position.offset_in(text) <= text.len());
            }
        }
    }
    if let Err(error) = parsed {
        let _ = error.to_string();
    }
}

fn check_problem(text: &str, problem: &Problem) {
    let _ = problem.to_string();
    if let Some(span) = &problem.span {
        check_span(text, span);
    }
}

fn check_span(text: &str, span: &Range<usize>) {
    assert!(
        text.get(span.clone()).is_some(),
        "invalid span {span:?} in {text:?}"
    );
}
