//! `recipe runs`: the durable runs that are stored.

mod prune;

use console::{Term, measure_text_width, pad_str, truncate_str};
use recipe_journal::Store;
use serde::Serialize;

use crate::arguments::{ListArguments, RunsArguments, RunsCommand};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::stored_runs::{self, ListedRun, RunFacts, StepCounts, local_time, step_counts};
use crate::terminal::one_line::one_line;
use crate::terminal::printer::{Look, Printer};
use crate::terminal::stdout;

/// Columns that are wider than this are not lined up.
const WIDEST_COLUMN: usize = 40;

/// Lists stored runs, or does what else was asked for.
pub(crate) fn runs(arguments: &RunsArguments) -> ExitCode {
    let printer = Printer::plain();
    match &arguments.command {
        Some(RunsCommand::Prune(arguments)) => prune::prune(arguments, &printer),
        None => printer.end(list(&arguments.list, &printer)),
    }
}

fn list(arguments: &ListArguments, printer: &Printer) -> Result<(), Failure> {
    let store = stored_runs::store(&arguments.store)?;
    let is_empty = if arguments.json {
        let runs: Vec<RunObject> = chosen(&store, arguments)?.map(RunObject::of).collect();
        let json = serde_json::to_string_pretty(&runs).expect("texts and numbers are JSON");
        stdout::print(&(json + "\n"))?;
        runs.is_empty()
    } else {
        let runs: Vec<RunFacts> = chosen(&store, arguments)?.map(|run| run.facts()).collect();
        stdout::print(&table(&runs, width()))?;
        runs.is_empty()
    };
    if is_empty {
        let text = match store.ids()?.len() {
            0 => format!("no stored runs in {}", store.directory().display()),
            _ => format!("no such runs in {}", store.directory().display()),
        };
        printer.line("note:", Look::Faint, &text);
    }
    Ok(())
}

/// The runs that the arguments mean, the newest first, read one after the other.
fn chosen<'a>(
    store: &'a Store,
    arguments: &'a ListArguments,
) -> Result<impl Iterator<Item = ListedRun> + 'a, Failure> {
    let ids = store.ids()?.into_iter();
    let runs = ids.map(|id| ListedRun::read(store, id));
    let chosen = runs.filter(|run| {
        let is_of_recipe =
            |text: &String| run.run.as_ref().is_ok_and(|run| run.recipe.contains(text));
        (arguments.status.is_empty() || arguments.status.contains(&run.status()))
            && arguments.recipe.as_ref().is_none_or(is_of_recipe)
    });
    Ok(chosen.take(arguments.limit.unwrap_or(usize::MAX)))
}

/// A run as `--json` has it.
#[derive(Serialize)]
struct RunObject {
    #[serde(flatten)]
    facts: RunFacts,
    counts: StepCounts,
}

impl RunObject {
    fn of(listed: ListedRun) -> Self {
        let mut facts = listed.facts();
        let counts = match &listed.run {
            // What is damaged may be found only now.
            Ok(run) => step_counts(run).unwrap_or_else(|error| {
                facts = RunFacts::of_unreadable(&listed.id, &error);
                StepCounts::new()
            }),
            Err(_) => StepCounts::new(),
        };
        Self { facts, counts }
    }
}

/// How wide lines may be, where a person looks.
fn width() -> Option<usize> {
    let terminal = Term::stdout();
    let (_, width) = terminal.size();
    terminal.is_term().then_some(usize::from(width).max(1))
}

/// A line for each run.
fn table(runs: &[RunFacts], width: Option<usize>) -> String {
    let rows: Vec<[String; 6]> = runs.iter().map(row).collect();
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell).min(WIDEST_COLUMN));
        }
    }
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths);
        let cells = cells.map(|(cell, width)| pad_str(cell, width, console::Alignment::Left, None));
        let line = cells.collect::<Vec<_>>().join("  ");
        let line = line.trim_end();
        match width {
            Some(width) => format!("{}\n", truncate_str(line, width, "…")),
            None => format!("{line}\n"),
        }
    });
    lines.collect()
}

fn row(run: &RunFacts) -> [String; 6] {
    [
        run.id.to_string(),
        run.status.to_string(),
        run.began.map(local_time::minute).unwrap_or_default(),
        run.took().unwrap_or_default(),
        one_line(run.recipe.as_deref().unwrap_or_default()).into_owned(),
        one_line(run.reason().unwrap_or_default()).into_owned(),
    ]
}
