//! The plan as text: indented lines, limited in number.

use recipe_core::secrets::KnownSecrets;

use crate::terminal::one_line::one_line;

/// Maximum number of steps shown: recursive recipes multiply.
const MAX_STEPS: usize = 10_000;

/// Maximum line length, in characters. Beyond it, each field has a line of its own.
const MAX_WIDTH: usize = 120;

/// The lines so far.
pub(super) struct Plan {
    text: String,
    steps: usize,
    secrets: KnownSecrets,
}

impl Plan {
    /// Creates an empty plan. Secrets are masked even if they become known later.
    pub(super) fn new(secrets: KnownSecrets) -> Self {
        Self {
            text: String::new(),
            steps: 0,
            secrets,
        }
    }

    /// Masks the secrets in a text.
    pub(super) fn masked(&self, text: &str) -> String {
        self.secrets.mask(text).into_owned()
    }

    /// Counts one more step; returns whether it may be shown.
    pub(super) fn has_room(&mut self) -> bool {
        if self.steps == MAX_STEPS {
            self.line(0, &format!("… the plan ends here, after {MAX_STEPS} steps"));
        }
        self.steps += 1;
        !self.is_full()
    }

    fn is_full(&self) -> bool {
        self.steps > MAX_STEPS
    }

    /// Adds a line, unless the plan is full.
    pub(super) fn line(&mut self, depth: usize, text: &str) {
        if self.is_full() {
            return;
        }
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(&one_line(text));
        self.text.push('\n');
    }

    /// Adds a line with fields after a `separator`, or below it if they are too long.
    pub(super) fn line_with(
        &mut self,
        depth: usize,
        head: &str,
        separator: &str,
        fields: &[String],
        end: &str,
    ) {
        if fields.is_empty() {
            return self.line(depth, &format!("{head}{end}"));
        }
        let line = format!("{head}{separator} {}{end}", fields.join(", "));
        if 2 * depth + line.chars().count() <= MAX_WIDTH {
            return self.line(depth, &line);
        }
        self.line(depth, &format!("{head}{end}"));
        for field in fields {
            // Deeper than substeps.
            self.line(depth + 2, field);
        }
    }

    /// Returns the whole plan, with secrets masked.
    pub(super) fn into_text(self) -> String {
        self.secrets.mask(&self.text).into_owned()
    }
}
