//! `recipe show`: one stored run, for people, as JSON, or as the page of `--report`.

mod json;
mod text;

use recipe_core::secrets::KnownSecrets;
use recipe_journal::{Store, StoredRun};

use crate::arguments::ShowArguments;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::observe::report;
use crate::observe::run_model::RunModel;
use crate::stored_runs;
use crate::terminal::printer::Printer;
use crate::terminal::stdout;

/// Shows a run.
pub(crate) fn show(arguments: &ShowArguments) -> ExitCode {
    Printer::plain().end(shown(arguments))
}

fn shown(arguments: &ShowArguments) -> Result<(), Failure> {
    if let Some(destination) = &arguments.report {
        destination.check().map_err(Failure::NoDestination)?;
    }
    let store = stored_runs::store(&arguments.store)?;
    let run = chosen(&store, arguments.run.as_deref())?;
    if let Some(destination) = &arguments.report {
        // What is stored is masked already.
        let page = report::page(&RunModel::from_stored(&run)?, &KnownSecrets::new());
        return destination.write(&page).map_err(Failure::Destination);
    }
    let text = if arguments.json {
        json::text(&run)?
    } else {
        text::text(&run)?
    };
    Ok(stdout::print(&text)?)
}

/// The run that is meant: without a word about it the newest.
fn chosen(store: &Store, run: Option<&str>) -> Result<StoredRun, Failure> {
    let id = match run {
        Some(run) => store.find(run)?,
        None => {
            let newest = store.ids()?.into_iter().next();
            newest.ok_or_else(|| Failure::NoStoredRuns {
                store: store.directory().to_owned(),
            })?
        }
    };
    Ok(store.run(&id)?)
}
