//! `recipe steps`: the step types, each with what it does.

use recipe_core::Registry;

use crate::exit_code::ExitCode;
use crate::terminal::printer::Printer;
use crate::terminal::stdout;

/// Prints a table of the step types.
pub(crate) fn steps(registry: &Registry) -> ExitCode {
    let width = registry.types().map(|t| t.name().len()).max().unwrap_or(0);
    let mut table = String::new();
    for step_type in registry.types() {
        let (name, description) = (step_type.name(), summary(step_type.description()));
        table.push_str(&format!("{name:width$}  {description}\n"));
    }
    Printer::plain().end(stdout::print(&table).map_err(Into::into))
}

/// The first sentence of a description, on one line.
fn summary(description: &str) -> String {
    let paragraph = description.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(end) => line[..end].to_owned(),
        None => line.trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_sums_up() {
        assert_eq!(
            summary("Reads a\nfile. It is text.\n\nMore."),
            "Reads a file"
        );
        assert_eq!(summary("Reads a file.\n\nMore."), "Reads a file");
        assert_eq!(summary(""), "");
    }
}
