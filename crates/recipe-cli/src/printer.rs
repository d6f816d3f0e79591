//! The one place that writes to standard error: errors, advice, warnings and progress, each one line, and excerpts of
//! recipes, with secrets masked, and with colour only where a person looks.

use std::env;
use std::io::{self, IsTerminal, Write};

use recipe_core::{KnownSecrets, Severity};

use crate::error_lines::error_lines;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::one_line::one_line;

/// Writes lines to standard error.
pub(crate) struct Printer {
    secrets: KnownSecrets,
    terminal: bool,
    colour: bool,
    fatal: Severity,
}

/// How the word that a line begins with is shown on a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Look {
    /// Like any other.
    Plain,
    /// Something is beginning, or of little weight.
    Faint,
    /// Something went well.
    Good,
    /// Something asks for attention.
    Notable,
    /// Something went wrong.
    Bad,
}

impl Look {
    /// The parameters of the terminal's command for it.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Notable => "1;33",
            Self::Bad => "1;31",
        }
    }
}

impl Printer {
    /// A printer that masks these secrets and calls document problems at least as bad as `fatal` errors.
    pub(crate) fn new(secrets: KnownSecrets, fatal: Severity) -> Self {
        let terminal = io::stderr().is_terminal();
        let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            secrets,
            terminal,
            colour: terminal && !no_colour,
            fatal,
        }
    }

    /// A printer for commands that know no secrets.
    pub(crate) fn plain() -> Self {
        Self::new(KnownSecrets::new(), Severity::Error)
    }

    /// Whether a person looks.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether text may be coloured.
    pub(crate) fn has_colour(&self) -> bool {
        self.colour
    }

    /// Prints why a command failed, if it did, and tells how the program ends.
    pub(crate) fn end(&self, result: Result<(), Failure>) -> ExitCode {
        match result {
            Ok(()) => ExitCode::Done,
            Err(failure) => self.failure(&failure),
        }
    }

    /// Prints why a command failed and tells how the program ends.
    pub(crate) fn failure(&self, failure: &Failure) -> ExitCode {
        for line in error_lines(failure, self.fatal) {
            let (label, look) = match line.severity {
                Severity::Error => ("error:", Look::Bad),
                Severity::Warning => ("warning:", Look::Notable),
            };
            self.line(label, look, &line.text);
            self.suggestion(line.suggestion.as_deref().or(failure.suggestion()));
        }
        failure.exit_code()
    }

    /// Prints a warning and what to write instead, where that can be guessed.
    pub(crate) fn warning(&self, message: &str, suggestion: Option<&str>) {
        self.line("warning:", Look::Notable, message);
        self.suggestion(suggestion);
    }

    /// Prints a line that begins with a word of its own look.
    pub(crate) fn line(&self, label: &str, look: Look, text: &str) {
        let text = self.secrets.mask(text);
        let text = one_line(&text);
        let line = if self.colour {
            format!("\u{1b}[{}m{label}\u{1b}[0m {text}\n", look.code())
        } else {
            format!("{label} {text}\n")
        };
        write(&line);
    }

    /// Prints lines that are fit for a terminal already.
    pub(crate) fn block(&self, lines: &str) {
        write(&self.secrets.mask(lines));
    }

    fn suggestion(&self, suggestion: Option<&str>) {
        if let Some(suggestion) = suggestion {
            self.line(
                "help:",
                Look::Plain,
                &format!("did you mean `{suggestion}`?"),
            );
        }
    }
}

fn write(text: &str) {
    // If standard error is gone there is no one left to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
