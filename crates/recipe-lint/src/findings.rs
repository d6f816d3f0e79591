//! The diagnostics of one file and of the recipes it calls, as they are collected and as they are
//! returned.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::document::{Position, Severity};

use crate::diagnostic::{Code, Diagnostic};

/// Result of linting one file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Linted {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Its text; empty if it could not be read.
    pub text: Arc<str>,
    /// Its mistakes, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The recipes it calls, with those mistakes only that depend on this caller: artifacts that it
    /// does not set. Their other mistakes are reported when they are linted themselves.
    pub called: Vec<Linted>,
}

impl Linted {
    /// Creates a result for a file without text to show.
    pub fn without_text(file: impl Into<PathBuf>, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            file: file.into(),
            text: "".into(),
            diagnostics,
            called: Vec::new(),
        }
    }
}

/// Collects the diagnostics of one file.
pub(crate) struct Findings {
    file: PathBuf,
    text: Arc<str>,
    diagnostics: Vec<Diagnostic>,
    /// Findings in recipes that the file calls.
    called: Vec<Self>,
}

impl Findings {
    pub(crate) fn new(file: &Path, text: Arc<str>) -> Self {
        Self {
            file: file.to_owned(),
            text,
            diagnostics: Vec::new(),
            called: Vec::new(),
        }
    }

    /// Returns the findings in a recipe that the file calls.
    pub(crate) fn called(&mut self, file: &Path, text: &Arc<str>) -> &mut Self {
        let known = self.called.iter().position(|called| called.file == file);
        let index = known.unwrap_or_else(|| {
            self.called.push(Self::new(file, text.clone()));
            self.called.len() - 1
        });
        &mut self.called[index]
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    pub(crate) fn add(
        &mut self,
        span: Range<usize>,
        severity: Severity,
        code: Code,
        message: String,
    ) {
        self.diagnostics.push(Diagnostic {
            file: self.file.clone(),
            start: Position::from_offset(&self.text, span.start),
            end: Position::from_offset(&self.text, span.end),
            span,
            severity,
            code,
            message,
            suggestion: None,
        });
    }

    /// Sets the replacement that the last diagnostic suggests.
    pub(crate) fn suggest(&mut self, suggestion: Option<String>) {
        if let Some(last) = self.diagnostics.last_mut() {
            last.suggestion = suggestion;
        }
    }

    pub(crate) fn end(mut self) -> Linted {
        self.diagnostics
            .sort_by_key(|found| (found.span.start, found.code));
        Linted {
            file: self.file,
            text: self.text,
            diagnostics: self.diagnostics,
            called: self.called.into_iter().map(Self::end).collect(),
        }
    }
}
