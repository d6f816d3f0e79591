//! A section: what one benchmark has to say, in Markdown.

use super::plot::Line;
use super::target::{self, Target};

/// What one benchmark has to say.
pub(super) struct Section {
    /// Its heading.
    pub(super) title: &'static str,
    /// What was measured and how, and the tables.
    pub(super) text: String,
    /// The figures that have a target.
    pub(super) targets: Vec<Target>,
    /// What is to be plotted: time, by how many there are of what is measured.
    pub(super) lines: Vec<Line>,
}

impl Section {
    /// With its heading and its targets.
    pub(super) fn markdown(&self) -> String {
        let Self {
            title,
            text,
            targets,
            ..
        } = self;
        format!("## {title}\n\n{text}{}", target::table(targets))
    }
}

/// A table in Markdown.
pub(super) struct Table {
    text: String,
}

impl Table {
    pub(super) fn new(heads: &[&str]) -> Self {
        let mut table = Self {
            text: String::new(),
        };
        table.row(heads);
        table.row(&vec!["---"; heads.len()]);
        table
    }

    pub(super) fn row(&mut self, cells: &[impl AsRef<str>]) {
        for cell in cells {
            self.text.push_str("| ");
            self.text.push_str(cell.as_ref());
            self.text.push(' ');
        }
        self.text.push_str("|\n");
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
