//! `recipe resume`: goes on with a durable run where it stopped.

use std::env;
use std::path::absolute;
use std::sync::Arc;

use recipe_core::Registry;
use recipe_core::document::Severity;
use recipe_core::secrets::KnownSecrets;
use recipe_journal::{RunId, RunStatus, Store, StoredRun};

use crate::arguments::assignment::Assignment;
use crate::arguments::{OutputArguments, ResumeArguments};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::run::execution::{Execution, Outcome, Task, environment};
use crate::run::settings::{RunSettings, journal_options, resume_hint};
use crate::stored_runs;
use crate::terminal::printer::Printer;

/// Goes on with a run.
pub(crate) fn resume(mut arguments: ResumeArguments, registry: Registry) -> ExitCode {
    let secrets = KnownSecrets::new();
    for value in &arguments.config {
        secrets.learn(&value.as_config());
    }
    let printer = Arc::new(Printer::new(secrets.clone(), Severity::Error));
    match go_on(&mut arguments, registry, secrets, &printer) {
        Ok(code) => code,
        Err(failure) => printer.failure(&failure),
    }
}

fn go_on(
    arguments: &mut ResumeArguments,
    registry: Registry,
    secrets: KnownSecrets,
    printer: &Arc<Printer>,
) -> Result<ExitCode, Failure> {
    let store = stored_runs::store(&arguments.store)?;
    // The run goes on in its own folder, and what is given here means this one.
    let store = Store::new(absolute(store.directory()).map_err(Failure::Start)?);
    make_absolute(&mut arguments.output)?;
    let run = chosen(&store, arguments.run.as_deref())?;
    let given = |name: &str| arguments.config.iter().any(|value| value.name == name);
    if let Some(name) = run.secrets.iter().find(|name| !given(name)) {
        return Err(Failure::SecretNotGiven { name: name.clone() });
    }
    env::set_current_dir(&run.directory).map_err(|source| Failure::Folder {
        folder: run.directory.clone(),
        source,
    })?;
    let id = run.id.clone();
    drop(run);

    let environment = environment()?;
    let settings: RunSettings = store.settings(&id)?;
    let journal = Arc::new(store.resume(&id, journal_options(settings.durability))?);
    let changed = journal.changed_recipes(&settings.rules.apply(registry.clone()));
    if arguments.accept_changes {
        journal.accept_changes(&changed);
    } else if !changed.is_empty() {
        return Err(Failure::RecipesChanged(changed));
    }
    let mut context = journal.context(&secrets, &environment)?;
    Assignment::configure(&arguments.config, &mut context);
    settings.add_to(&mut arguments.output);
    let task = Task {
        recipe: &settings.recipe,
        context,
        registry,
        rules: settings.rules,
        output: &arguments.output,
    };
    let execution = Execution::new(task, environment, secrets, printer.clone())?;
    let outcome = execution.run(Some(journal.clone()));
    journal.close();
    if let Outcome::Stopped(_) = outcome {
        resume_hint(printer, &id, &arguments.store);
    }
    Ok(outcome.exit_code())
}

/// The run that is meant: without a word about it the newest that can be resumed.
fn chosen(store: &Store, run: Option<&str>) -> Result<StoredRun, Failure> {
    if let Some(run) = run {
        return Ok(store.run(&store.find(run)?)?);
    }
    let can_be_resumed = |id: &RunId| {
        let run = store.run(id).ok()?;
        let is_stopped = matches!(run.status, RunStatus::Failed | RunStatus::Interrupted);
        is_stopped.then_some(run)
    };
    let newest = store.ids()?.iter().find_map(can_be_resumed);
    newest.ok_or_else(|| Failure::NothingToResume {
        store: store.directory().to_owned(),
    })
}

/// Has results go to where their paths lead from here.
fn make_absolute(output: &mut OutputArguments) -> Result<(), Failure> {
    let made = output.destinations.make_absolute();
    made.map_err(Failure::Start)?;
    if let Some(folder) = &mut output.log_dir {
        *folder = absolute(&folder).map_err(Failure::Start)?;
    }
    Ok(())
}
