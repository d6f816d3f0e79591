//! The plan as text: lines with indentation, bounded in all.

use recipe_core::secrets::KnownSecrets;

use crate::terminal::one_line::one_line;

/// More steps than these are not shown: recipes that call one another multiply.
const MOST_STEPS: usize = 10_000;

/// What is longer is written below its line, a field a line.
const WIDEST: usize = 120;

/// Lines in the making.
pub(super) struct Plan {
    text: String,
    steps: usize,
    secrets: KnownSecrets,
}

impl Plan {
    /// An empty plan; secrets that become known until it is done are masked.
    pub(super) fn new(secrets: KnownSecrets) -> Self {
        Self {
            text: String::new(),
            steps: 0,
            secrets,
        }
    }

    /// The text without the secrets in it.
    pub(super) fn masked(&self, text: &str) -> String {
        self.secrets.mask(text).into_owned()
    }

    /// Makes room for one more step, and tells where there is no more.
    pub(super) fn has_room(&mut self) -> bool {
        if self.steps == MOST_STEPS {
            self.line(
                0,
                &format!("… the plan ends here, after {MOST_STEPS} steps"),
            );
        }
        self.steps += 1;
        !self.is_full()
    }

    fn is_full(&self) -> bool {
        self.steps > MOST_STEPS
    }

    /// Adds a line, unless the plan has ended.
    pub(super) fn line(&mut self, depth: usize, text: &str) {
        if self.is_full() {
            return;
        }
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(&one_line(text));
        self.text.push('\n');
    }

    /// Adds a line with fields behind it, after a `separator`, or below where they are too many.
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
        if 2 * depth + line.chars().count() <= WIDEST {
            return self.line(depth, &line);
        }
        self.line(depth, &format!("{head}{end}"));
        for field in fields {
            // Deeper than the steps inside.
            self.line(depth + 2, field);
        }
    }

    /// The whole plan, secrets masked.
    pub(super) fn into_text(self) -> String {
        self.secrets.mask(&self.text).into_owned()
    }
}
