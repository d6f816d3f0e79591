//! `recipe runs prune`: removes stored runs.

use jiff::ZonedDateTime;
use recipe_journal::{RunId, Store, StoreError};

use crate::arguments::{Criteria, PruneArguments};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::stored_runs::{self, ListedRun};
use crate::terminal::printer::{Look, Printer};
use crate::terminal::stdout;

/// Removes the runs that are meant, or tells which ones they are.
pub(super) fn prune(arguments: &PruneArguments, printer: &Printer) -> ExitCode {
    match remove(arguments, printer) {
        Ok(code) => code,
        Err(failure) => printer.failure(&failure),
    }
}

fn remove(arguments: &PruneArguments, printer: &Printer) -> Result<ExitCode, Failure> {
    let store = stored_runs::store(&arguments.store)?;
    let ids = meant(&store, &arguments.criteria)?;
    if ids.is_empty() {
        let text = format!("no run to remove in {}", store.directory().display());
        printer.line("note:", Look::Faint, &text);
    }
    let mut code = ExitCode::Done;
    for id in ids {
        let removed = match store.is_running(&id) {
            true => Err(StoreError::Locked(id.clone())),
            false if arguments.dry_run => Ok(()),
            false => store.remove(&id),
        };
        match removed {
            Ok(()) => stdout::print(&format!("{id}\n"))?,
            Err(busy @ StoreError::Locked(_)) => {
                printer.line("note:", Look::Faint, &format!("not removed: {busy}"));
            }
            Err(error) => {
                printer.failure(&error.into());
                code = ExitCode::Failed;
            }
        }
    }
    Ok(code)
}

/// The runs for which the criteria hold, the oldest first: if not all can be removed, the newest stay.
fn meant(store: &Store, criteria: &Criteria) -> Result<Vec<RunId>, Failure> {
    let Criteria {
        older_than,
        keep,
        status,
    } = criteria;
    let mut ids: Vec<RunId> = store.ids()?.into_iter().skip(keep.unwrap_or(0)).collect();
    if let Some(age) = older_than {
        let bound = age.before(&ZonedDateTime::now());
        ids.retain(|id| {
            id.began()
                .is_some_and(|began| bound.is_some_and(|bound| began < bound))
        });
    }
    if !status.is_empty() {
        ids.retain(|id| status.contains(&ListedRun::read(store, id.clone()).status()));
    }
    ids.reverse();
    Ok(ids)
}
