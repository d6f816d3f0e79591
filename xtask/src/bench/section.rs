//! Section of the page: the results of one benchmark in Markdown.

use super::plot::Line;
use super::target::{self, Target};

/// Results of one benchmark.
pub(super) struct Section {
    /// Heading of the section.
    pub(super) title: &'static str,
    /// Description and tables.
    pub(super) text: String,
    /// Figures with a target.
    pub(super) targets: Vec<Target>,
    /// Lines of the plot: time by count.
    pub(super) lines: Vec<Line>,
}

impl Section {
    /// Renders the section with its heading and targets.
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

/// Markdown table.
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
