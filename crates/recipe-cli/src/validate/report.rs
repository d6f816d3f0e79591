//! What came of checking files, before it is printed in one format or another.

use recipe_lint::{Code, Diagnostic, Linted, Severity};

use crate::exit_code::ExitCode;

/// The files that were checked, in the order of their names.
pub(crate) struct Report {
    files: Vec<Linted>,
}

impl Report {
    pub(crate) fn new(files: Vec<Linted>) -> Self {
        Self { files }
    }

    /// How the program ends.
    pub(crate) fn exit_code(&self, deny_warnings: bool) -> ExitCode {
        let worst = self.diagnostics().map(|found| match found {
            Diagnostic {
                code: Code::Unreadable,
                ..
            } => ExitCode::Usage,
            Diagnostic {
                severity: Severity::Error,
                ..
            } => ExitCode::Failed,
            _ if deny_warnings => ExitCode::Failed,
            _ => ExitCode::Done,
        });
        worst.max().unwrap_or(ExitCode::Done)
    }

    /// The files, those with nothing wrong too.
    pub(crate) fn files(&self) -> &[Linted] {
        &self.files
    }

    /// All that is wrong.
    pub(crate) fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.files.iter().flat_map(|file| &file.diagnostics)
    }

    /// How much there is of this severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        let same = |found: &&Diagnostic| found.severity == severity;
        self.diagnostics().filter(same).count()
    }
}

/// The name of a severity, in every format.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recipe_lint::Position;

    /// A report of one file with these mistakes.
    fn report(found: &[(Severity, Code)]) -> Report {
        let start = Position { line: 1, column: 1 };
        let diagnostics = found.iter().map(|&(severity, code)| Diagnostic {
            file: "r.json".into(),
            span: 0..0,
            start,
            end: start,
            severity,
            code,
            message: "wrong".to_owned(),
            suggestion: None,
        });
        Report::new(vec![Linted {
            file: "r.json".into(),
            text: "".into(),
            diagnostics: diagnostics.collect(),
        }])
    }

    #[test]
    fn the_worst_decides_how_the_program_ends() {
        let warning = (Severity::Warning, Code::UnknownField);
        let error = (Severity::Error, Code::Syntax);
        let unreadable = (Severity::Error, Code::Unreadable);
        for (found, code, denying) in [
            (&[][..], ExitCode::Done, ExitCode::Done),
            (&[warning], ExitCode::Done, ExitCode::Failed),
            (&[warning, error], ExitCode::Failed, ExitCode::Failed),
            (&[unreadable, error], ExitCode::Usage, ExitCode::Usage),
        ] {
            let report = report(found);
            let codes = [false, true].map(|deny| report.exit_code(deny));
            assert_eq!(codes, [code, denying], "{found:?}");
        }
    }
}
