//! Linting files: each is read, parsed and checked; what they call is looked for.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recipe_core::document::{
    DocumentError, Format, Position, Problem, ProblemKind, Problems, Severity, UnknownStepType,
};
use recipe_core::internal::read_recipe_file;
use recipe_core::registry::{OutlineStep, OutlineText};
use recipe_core::template::{Template, TemplateError};
use recipe_core::{Recipe, Registry, chain};

use crate::artifacts;
use crate::calls;
use crate::conditions;
use crate::diagnostic::{Code, Diagnostic};
use crate::literal::offset_in_literal;
use crate::property_order;
use crate::scalars;

/// Finds what is wrong with recipes that use the step types of a registry.
pub struct Linter {
    registry: Arc<Registry>,
}

/// One file that was looked at.
#[derive(Debug)]
#[non_exhaustive]
pub struct Linted {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Its text; empty where it could not be read.
    pub text: Arc<str>,
    /// What is wrong with it, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The recipes it calls, as far as they are wrong only because it calls them: they read what it does not set. What
    /// is wrong with them anyway is told where they are linted themselves.
    pub called: Vec<Linted>,
}

impl Linted {
    /// A file without a text to show, and what is wrong with it.
    pub fn without_text(file: impl Into<PathBuf>, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            file: file.into(),
            text: "".into(),
            diagnostics,
            called: Vec::new(),
        }
    }
}

impl Linter {
    /// A linter for these step types.
    pub fn new(registry: impl Into<Arc<Registry>>) -> Self {
        Self {
            registry: registry.into(),
        }
    }

    /// Looks at one file, and at the recipes it calls for what they need of it; those are looked for relative to the
    /// working directory.
    pub fn lint(&self, file: &Path) -> Linted {
        match read_recipe_file(file) {
            Ok(text) => self.lint_text(file, text.into()),
            Err(error) => {
                let mut findings = Findings::new(file, "".into());
                findings.add(
                    0..0,
                    Severity::Error,
                    Code::Unreadable,
                    chain(&error).to_string(),
                );
                findings.end()
            }
        }
    }

    /// Looks at a text as if it stood in a file, such as an editor has that is not saved yet.
    pub fn lint_text(&self, file: &Path, text: Arc<str>) -> Linted {
        let mut findings = Findings::new(file, text.clone());
        match Recipe::parse_leniently(text, Format::of(file)) {
            Ok((recipe, problems)) => self.check(&recipe, &problems, &mut findings),
            Err(error) => findings.unparsed(error),
        }
        findings.end()
    }

    /// The step types that recipes may use.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    fn check(&self, recipe: &Recipe, problems: &Problems, findings: &mut Findings) {
        let steps = self.registry.outline(recipe);
        findings.templates(&steps);
        for problem in problems.iter().chain(self.registry.check(recipe).iter()) {
            findings.problem(problem);
        }
        scalars::check(recipe, findings);
        calls::check(self, &steps, findings);
        conditions::check(&steps, findings);
        property_order::check(&steps, findings);
        artifacts::check(self, recipe, &steps, findings);
    }
}

/// Step types that recipes may well use and that a later version will run.
const PLANNED: [&str; 2] = ["llm_generate", "mcp"];

/// What has been found in one file so far.
pub(crate) struct Findings {
    file: PathBuf,
    text: Arc<str>,
    diagnostics: Vec<Diagnostic>,
    /// What has been found in recipes that the file calls.
    called: Vec<Findings>,
}

impl Findings {
    fn new(file: &Path, text: Arc<str>) -> Self {
        Self {
            file: file.to_owned(),
            text,
            diagnostics: Vec::new(),
            called: Vec::new(),
        }
    }

    /// What has been found in a recipe that the file calls.
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

    /// Says what to write instead of what was found last.
    pub(crate) fn suggest(&mut self, suggestion: Option<String>) {
        if let Some(last) = self.diagnostics.last_mut() {
            last.suggestion = suggestion;
        }
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
            start: Position::of_offset(&self.text, span.start),
            end: Position::of_offset(&self.text, span.end),
            span,
            severity,
            code,
            message,
            suggestion: None,
        });
    }

    /// A text that is no JSON and no YAML.
    fn unparsed(&mut self, error: DocumentError) {
        let (position, code, message, suggestion) = match error {
            DocumentError::Syntax {
                position,
                message,
                suggestion,
                ..
            } => (position, Code::Syntax, message, suggestion),
            DocumentError::DuplicateKey { position, key, .. } => {
                let message = format!("duplicate mapping key: {key}");
                (position, Code::DuplicateKey, message, None)
            }
            other => {
                let start = Position { line: 1, column: 1 };
                (start, Code::Syntax, chain(&other).to_string(), None)
            }
        };
        let offset = position.offset_in(&self.text);
        let length = self.text[offset..].chars().next().map_or(0, char::len_utf8);
        self.add(offset..offset + length, Severity::Error, code, message);
        self.suggest(suggestion);
    }

    fn problem(&mut self, problem: &Problem) {
        let span = problem.span.clone().unwrap_or(0..0);
        // Of a template that does not parse the place inside is known better.
        let is_template = |known: &Diagnostic| {
            known.code == Code::TemplateSyntax
                && known.span.start >= span.start
                && known.span.end <= span.end
        };
        let code = match &problem.kind {
            ProblemKind::UnknownStepType(UnknownStepType { step_type, .. })
                if PLANNED.contains(&step_type.as_str()) =>
            {
                let message = format!("{}: not part of this version: {step_type}", problem.place);
                return self.add(span, Severity::Warning, Code::UnavailableStepType, message);
            }
            ProblemKind::Template(_) if self.diagnostics.iter().any(is_template) => return,
            ProblemKind::Template(_) => Code::TemplateSyntax,
            ProblemKind::Condition(_) => Code::ConditionSyntax,
            ProblemKind::UnknownStepType(_) => Code::UnknownStepType,
            ProblemKind::UnknownField(_) | ProblemKind::MisplacedField(_) => Code::UnknownField,
            ProblemKind::MissingField(_) => Code::MissingField,
            ProblemKind::DuplicateKey(_) => Code::DuplicateKey,
            _ => Code::InvalidValue,
        };
        let message = match problem.place.as_str() {
            "" => problem.kind.to_string(),
            place => format!("{place}: {}", problem.kind),
        };
        // A field that nothing reads does not stop a run; to who writes a recipe it is a mistake.
        self.add(span, Severity::Error, code, message);
        self.suggest(problem.kind.suggestion().map(str::to_owned));
    }

    /// Templates that do not parse.
    fn templates(&mut self, steps: &[OutlineStep]) {
        for step in steps {
            for template in &step.templates {
                if let (Some(span), Err(error)) = (&template.span, Template::parse(&template.text))
                {
                    self.template(&step.place, template, span, &error);
                }
            }
            step.inside
                .iter()
                .for_each(|list| self.templates(&list.steps));
        }
    }

    fn template(
        &mut self,
        place: &str,
        field: &OutlineText,
        span: &Range<usize>,
        error: &TemplateError,
    ) {
        let TemplateError::Syntax {
            line,
            column,
            message,
            suggestion,
            ..
        } = error
        else {
            return;
        };
        let position = Position {
            line: *line,
            column: *column,
        };
        let offset = position.offset_in(&field.text);
        let literal = &self.text[span.clone()];
        let start = span.start + offset_in_literal(literal, &field.text, offset);
        let length = token_length(&self.text[start..span.end]);
        let message = format!("{place}: {}: {message}", field.field);
        self.add(
            start..start + length,
            Severity::Error,
            Code::TemplateSyntax,
            message,
        );
        self.suggest(suggestion.clone());
    }

    fn end(mut self) -> Linted {
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

/// How long what a template begins with is, to underline it: a name, a pair of braces, or one character.
fn token_length(text: &str) -> usize {
    let name = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    match name.unwrap_or(text.len()) {
        0 if text.starts_with("{{") || text.starts_with("{%") => 2,
        0 => text.chars().next().map_or(0, char::len_utf8),
        length => length,
    }
}
