//! What `recipe run --durable` leaves for `recipe resume`.

use std::path::PathBuf;

use recipe_journal::{JournalOptions, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arguments::destination::Destination;
use crate::arguments::{Durability, LogFormat, OutputArguments, RunArguments, StoreArgument};
use crate::run::execution::Rules;
use crate::terminal::printer::{Look, Printer};

/// How a run was asked for, as far as resuming it is to be the same.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RunSettings {
    /// The main recipe.
    pub(crate) recipe: PathBuf,
    /// What recipes may do.
    pub(crate) rules: Rules,
    /// When what steps have done is on the disk.
    pub(crate) durability: Durability,
    context_out: Option<Destination>,
    events: Option<Destination>,
    report: Option<Destination>,
    trace: Option<Destination>,
    log_dir: Option<PathBuf>,
    log_format: LogFormat,
}

impl RunSettings {
    /// How a run is asked for.
    pub(crate) fn of(arguments: &RunArguments) -> Self {
        let output = &arguments.output;
        Self {
            recipe: arguments.recipe.clone(),
            rules: Rules::of(arguments),
            durability: arguments.durability,
            context_out: output.context_out.clone(),
            events: output.events.clone(),
            report: output.report.clone(),
            trace: output.trace.clone(),
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
        let destinations = [
            (&mut output.context_out, &self.context_out),
            (&mut output.events, &self.events),
            (&mut output.report, &self.report),
            (&mut output.trace, &self.trace),
        ];
        for (now, then) in destinations {
            if now.is_none() {
                now.clone_from(then);
            }
        }
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

/// Tells how to go on with a run that has stopped.
pub(crate) fn resume_hint(printer: &Printer, id: &RunId, store: &StoreArgument) {
    let store = match &store.store {
        Some(folder) => format!(" --store {}", folder.display()),
        None => String::new(),
    };
    let text = format!("go on with it: recipe resume {id}{store}");
    printer.line("help:", Look::Plain, &text);
}
