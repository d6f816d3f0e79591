//! Settings that `recipe run --durable` stores for `recipe resume`.

use std::path::PathBuf;

use recipe_journal::{JournalOptions, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arguments::destinations::Destinations;
use crate::arguments::{Durability, LogFormat, OutputArguments, RunArguments, StoreArgument};
use crate::program_name::program_name;
use crate::run::rules::Rules;
use crate::terminal::printer::{Look, Printer};

/// Arguments of a run that apply again when it is resumed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RunSettings {
    /// The main recipe.
    pub(crate) recipe: PathBuf,
    /// Restrictions on recipes.
    pub(crate) rules: Rules,
    /// Frequency of writes to the disk.
    pub(crate) durability: Durability,
    #[serde(flatten)]
    destinations: Destinations,
    log_dir: Option<PathBuf>,
    log_format: LogFormat,
}

impl RunSettings {
    /// Settings of the arguments.
    pub(crate) fn of(arguments: &RunArguments) -> Self {
        let output = &arguments.output;
        Self {
            recipe: arguments.recipe.clone(),
            rules: Rules::of(arguments),
            durability: arguments.durability,
            destinations: output.destinations.clone(),
            log_dir: output.log_dir.clone(),
            log_format: output.log_format,
        }
    }

    /// As it is stored.
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("paths of arguments are text")
    }

    /// Has results go where they went, unless they are to go elsewhere now.
    pub(crate) fn add_to(&self, output: &mut OutputArguments) {
        output.destinations.or(&self.destinations);
        if output.log_dir.is_none() {
            output.log_dir.clone_from(&self.log_dir);
            output.log_format = self.log_format;
        }
    }
}

/// Settings of a journal, for the executor's arguments.
pub(crate) fn journal_options(durability: Durability) -> JournalOptions {
    let mut options = JournalOptions::default();
    options.durability = match durability {
        Durability::Step => recipe_journal::Durability::Step,
        Durability::Batch => recipe_journal::Durability::Batch,
    };
    options
}

/// Prints how to resume a stopped run.
pub(crate) fn resume_hint(printer: &Printer, id: &RunId, store: &StoreArgument) {
    let store = match &store.store {
        Some(folder) => format!(" --store {}", folder.display()),
        None => String::new(),
    };
    let name = program_name();
    let text = format!("to resume: {name} resume {id}{store}");
    printer.line("help:", Look::Plain, &text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_older_runs_are_read() {
        let stored = r#"{
            "recipe": "r.json", "rules": {"strict": true, "no_commands": false}, "durability": "Step",
            "context_out": "stdout", "events": null, "report": {"file": "r.html"}, "trace": null,
            "log_dir": null, "log_format": "Text"
        }"#;
        let settings: RunSettings = serde_json::from_str(stored).unwrap();
        let stored: Value = serde_json::from_str(stored).unwrap();
        assert_eq!(settings.to_json(), stored);
    }
}
