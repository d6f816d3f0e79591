//! Diagnostics of the linter: their locations and rendering.

use std::path::Path;
use std::sync::OnceLock;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use recipe_lint::{Diagnostic, Linted, Linter, Position};

use crate::text::text;

/// Lints the bytes as JSON, YAML and Markdown.
///
/// # Panics
/// If a diagnostic is outside the text, inside a character, or not at its line and column.
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
    // Rendering many diagnostics of a large text is slow, and users see the first ones.
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
