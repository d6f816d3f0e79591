//! What came of checking files, before it is printed in one format or another.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use recipe_lint::{Code, Diagnostic, Linted, Severity};

use crate::exit_code::ExitCode;

/// The files that were checked, in the order of their names, and behind them recipes that only those call.
pub(crate) struct Report {
    files: Vec<Linted>,
}

impl Report {
    /// Puts what was found in called recipes with the rest of those files: each stands in the report once.
    pub(crate) fn new(checked: Vec<Linted>) -> Self {
        let mut files = Vec::new();
        let mut called = Vec::new();
        for mut file in checked {
            called.append(&mut file.called);
            files.push(file);
        }
        if !called.is_empty() {
            let mut places: HashMap<PathBuf, usize> = files
                .iter()
                .enumerate()
                .map(|(index, file)| (real(&file.file), index))
                .collect();
            for file in called {
                match places.get(&real(&file.file)) {
                    Some(&index) => merge(&mut files[index], file),
                    None => {
                        places.insert(real(&file.file), files.len());
                        files.push(file);
                    }
                }
            }
        }
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

/// One name for each file, whatever way leads to it.
fn real(file: &Path) -> PathBuf {
    file.canonicalize().unwrap_or_else(|_| file.to_owned())
}

/// Adds what was found in a file a second time; what is known of a place already is not told again.
fn merge(file: &mut Linted, again: Linted) {
    let place = |found: &Diagnostic| (found.code, found.span.clone());
    let known: HashSet<_> = file.diagnostics.iter().map(place).collect();
    for mut found in again.diagnostics {
        if !known.contains(&place(&found)) {
            found.file.clone_from(&file.file);
            file.diagnostics.push(found);
        }
    }
    file.text = again.text;
    file.diagnostics
        .sort_by_key(|found| (found.span.start, found.code));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report of one file with these mistakes.
    fn report(found: &[(Severity, Code)]) -> Report {
        let diagnostics = found
            .iter()
            .map(|&(severity, code)| Diagnostic::of_file("r.json", severity, code, "wrong"));
        Report::new(vec![Linted::without_text("r.json", diagnostics.collect())])
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
