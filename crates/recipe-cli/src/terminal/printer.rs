//! The one place that writes to standard error: errors, advice, warnings and progress, each one line, and excerpts of
//! recipes, with secrets masked, and with colour only where a person looks. While there is a display at the bottom of the
//! terminal, everything else is printed above it, at its next drawing.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use recipe_core::document::Severity;
use recipe_core::secrets::KnownSecrets;

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::observe::progress::Room;
use crate::terminal::display::Display;
use crate::terminal::error_lines::error_lines;
use crate::terminal::one_line::one_line;

/// Writes lines to standard error.
pub(crate) struct Printer {
    secrets: KnownSecrets,
    screen: Screen,
    colour: bool,
    fatal: Severity,
    output: Mutex<Output>,
}

/// What standard error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// A file, a pipe: no one looks.
    None,
    /// A terminal that only takes one line after the other.
    Lines,
    /// A terminal that can be drawn on.
    Drawable,
}

/// What is on its way to standard error.
#[derive(Default)]
struct Output {
    display: Option<Display>,
    /// What is printed above the display when it is drawn next. Drawing anew for each line would cost far more.
    waiting: String,
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
        let screen = match io::stderr().is_terminal() {
            false => Screen::None,
            true if console::is_dumb() => Screen::Lines,
            true => Screen::Drawable,
        };
        let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            secrets,
            screen,
            colour: screen != Screen::None && !no_colour,
            fatal,
            output: Mutex::default(),
        }
    }

    /// A printer for commands that know no secrets.
    pub(crate) fn plain() -> Self {
        Self::new(KnownSecrets::new(), Severity::Error)
    }

    /// What standard error is.
    pub(crate) fn screen(&self) -> Screen {
        self.screen
    }

    /// Whether a person looks.
    pub(crate) fn is_terminal(&self) -> bool {
        self.screen != Screen::None
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
        if let Some(advice) = failure.advice() {
            self.line("help:", Look::Plain, &advice);
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
        let text = self.safe(text);
        let line = if self.colour {
            format!("\u{1b}[{}m{label}\u{1b}[0m {text}\n", look.code())
        } else {
            format!("{label} {text}\n")
        };
        self.write(&line);
    }

    /// Prints a line in which no word is set off.
    pub(crate) fn plain_line(&self, text: &str) {
        self.write(&format!("{}\n", self.safe(text)));
    }

    /// Prints lines that are fit for a terminal already.
    pub(crate) fn block(&self, lines: &str) {
        self.write(&self.secrets.mask(lines));
    }

    /// Begins to draw at the bottom of the terminal.
    pub(crate) fn begin_display(&self) {
        self.output().display = Some(Display::new());
    }

    /// Draws anew: `lines` are told the room there is and what makes text from recipes fit to be shown.
    pub(crate) fn redraw(&self, lines: impl FnOnce(Room, &dyn Fn(&str) -> String) -> Vec<String>) {
        let lines = lines(Display::room(), &|text| self.safe(text));
        let mut output = self.output();
        let waiting = std::mem::take(&mut output.waiting);
        if let Some(display) = &mut output.display {
            let above = (!waiting.is_empty()).then_some(|| write(&waiting));
            display.show(&lines, above);
        }
    }

    /// Removes what is drawn and prints what waits, if there is a display.
    pub(crate) fn end_display(&self) {
        self.output().end_display();
    }

    /// Does the same unless someone else is writing: the program is about to end, and must not wait for them.
    pub(crate) fn try_end_display(&self) {
        if let Ok(mut output) = self.output.try_lock() {
            output.end_display();
        }
    }

    fn write(&self, text: &str) {
        let mut output = self.output();
        match output.display {
            Some(_) => output.waiting.push_str(text),
            None => write(text),
        }
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text on one line and without secrets.
    fn safe(&self, text: &str) -> String {
        one_line(&self.secrets.mask(text)).into_owned()
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

impl Output {
    fn end_display(&mut self) {
        if let Some(display) = self.display.take() {
            display.clear();
            write(&std::mem::take(&mut self.waiting));
        }
    }
}

fn write(text: &str) {
    // If standard error is gone there is no one left to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
