//! Diagnostics of the linter: where they stand, and drawing them.

use std::path::Path;
use std::sync::OnceLock;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use recipe_lint::{Diagnostic, Linted, Linter, Position};

use crate::text::text;

/// The bytes are a document, which is linted as JSON, YAML and Markdown.
///
/// # Panics
/// When a diagnostic stands outside the text, in the middle of a character, or not where its line and column are.
pub fn lint(bytes: &[u8]) {
    static LINTER: OnceLock<Linter> = OnceLock::new();
    let linter = LINTER.get_or_init(|| Linter::new(recipe_steps::registry()));
    let text = text(bytes);
    for file in ["fuzzed.json", "fuzzed.yaml", "fuzzed.md"] {
        check(&linter.lint_text(Path::new(file), text.as_ref().into()));
    }
}

fn check(linted: &Linted) {
    for found in &linted.diagnostics {
        check_place(&linted.text, found);
    }
    // Drawing many of a large text takes its time, and the first ones are all that people see.
    for found in linted.diagnostics.iter().take(5) {
        draw(&linted.text, found);
    }
    for called in &linted.called {
        check(called);
    }
}

fn check_place(text: &str, found: &Diagnostic) {
    let span = found.span.clone();
    assert!(
        text.get(span.clone()).is_some(),
        "{found:?} is in no part of {text:?}"
    );
    assert_eq!(
        found.start,
        Position::from_offset(text, span.start),
        "{found:?}"
    );
    assert_eq!(
        found.end,
        Position::from_offset(text, span.end),
        "{found:?}"
    );
}

fn draw(text: &str, found: &Diagnostic) {
    let annotation = AnnotationKind::Primary.span(found.span.clone());
    let title = Level::ERROR
        .primary_title(&*found.message)
        .id(found.code.name());
    let group = title.element(Snippet::source(text).annotation(annotation));
    let _ = Renderer::plain().render(&[group]);
}
