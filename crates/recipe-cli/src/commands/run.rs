//! `recipe run`: runs one recipe, shows its progress, and writes down its results.

use std::env;
use std::sync::Arc;

use recipe_core::document::Severity;
use recipe_core::internal::nearest;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Context, Recipe, Registry};
use recipe_journal::{NewRun, RunJournal, Store};

use crate::arguments::RunArguments;
use crate::arguments::assignment::Assignment;
use crate::commands::dry_run;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::run::context_file;
use crate::run::execution::{Execution, Outcome, Task, environment};
use crate::run::rules::Rules;
use crate::run::settings::{RunSettings, journal_options, resume_hint};
use crate::stored_runs;
use crate::terminal::printer::Printer;

/// Runs a recipe.
pub(crate) fn run(arguments: &RunArguments, registry: Registry) -> ExitCode {
    let secrets = KnownSecrets::new();
    let fatal = if arguments.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    let printer = Arc::new(Printer::new(secrets.clone(), fatal));
    let ended = match arguments {
        RunArguments { dry_run: true, .. } => dry_run(arguments, registry, secrets, &printer),
        RunArguments { durable: true, .. } => run_durable(arguments, registry, secrets, &printer),
        _ => prepare(arguments, registry, secrets, &printer)
            .map(|execution| execution.run(None).exit_code()),
    };
    ended.unwrap_or_else(|failure| printer.failure(&failure))
}

fn prepare<'a>(
    arguments: &'a RunArguments,
    registry: Registry,
    secrets: KnownSecrets,
    printer: &Arc<Printer>,
) -> Result<Execution<'a>, Failure> {
    let context = context(arguments)?;
    check_artifacts(arguments, &context, printer)?;
    let task = Task {
        recipe: &arguments.recipe,
        context,
        registry,
        rules: Rules::of(arguments),
        output: &arguments.output,
    };
    Execution::new(task, environment()?, secrets, printer.clone())
}

fn dry_run(
    arguments: &RunArguments,
    registry: Registry,
    secrets: KnownSecrets,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let context = context(arguments)?;
    check_artifacts(arguments, &context, printer)?;
    secrets.learn(context.config());
    let mut options = recipe_core::Options::default();
    options.strict = arguments.strict;
    options.environment = environment()?;
    options.secrets = secrets;
    let registry = Rules::of(arguments).apply(registry);
    Ok(dry_run::dry_run(
        arguments, &context, &options, registry, printer,
    ))
}

/// Runs it with a journal. One that was refused before its first step has nothing to be resumed.
fn run_durable(
    arguments: &RunArguments,
    registry: Registry,
    secrets: KnownSecrets,
    printer: &Arc<Printer>,
) -> Result<ExitCode, Failure> {
    let store = stored_runs::store(&arguments.store)?;
    let execution = prepare(arguments, registry, secrets, printer)?;
    let journal = Arc::new(begin(arguments, &store, &execution)?);
    let outcome = execution.run(Some(journal.clone()));
    journal.close();
    let id = journal.id().clone();
    match outcome {
        Outcome::Done(_) => {}
        Outcome::Stopped(_) => resume_hint(printer, &id, &arguments.store),
        Outcome::Refused(_) => store.remove(&id)?,
    }
    Ok(outcome.exit_code())
}

fn begin(
    arguments: &RunArguments,
    store: &Store,
    execution: &Execution<'_>,
) -> Result<RunJournal, Failure> {
    let folder = env::current_dir().map_err(Failure::WorkingFolder)?;
    let run = NewRun {
        recipe: &arguments.recipe.display().to_string(),
        context: execution.context(),
        directory: &folder,
        settings: RunSettings::of(arguments).to_json(),
    };
    Ok(store.begin(&run, journal_options(arguments.durability))?)
}

/// Looks for artifacts that a recipe with inputs does not declare: nothing would come of a misspelt name.
///
/// # Errors
/// With the first one, under `--strict`.
fn check_artifacts(
    arguments: &RunArguments,
    context: &Context,
    printer: &Printer,
) -> Result<(), Failure> {
    // A pipe can be read only once, which the run does.
    if context.is_empty() || !arguments.recipe.is_file() {
        return Ok(());
    }
    // What is wrong with the recipe the run says.
    let Ok(recipe) = Recipe::read(&arguments.recipe) else {
        return Ok(());
    };
    if recipe.inputs.is_empty() {
        return Ok(());
    }
    let names = context.iter().map(|(name, _)| name);
    for name in names.filter(|name| !recipe.inputs.contains_key(*name)) {
        let failure = Failure::UndeclaredArtifact {
            recipe: arguments.recipe.clone(),
            name: name.to_owned(),
            nearest: nearest(name, recipe.inputs.keys().map(String::as_str)),
        };
        if arguments.strict {
            return Err(failure);
        }
        printer.warning(&failure.to_string(), failure.suggestion());
    }
    Ok(())
}

/// The context that the arguments describe.
fn context(arguments: &RunArguments) -> Result<Context, Failure> {
    let mut context = match &arguments.context_file {
        Some(path) => Context::from_artifacts(context_file::read(path)?),
        None => Context::new(),
    };
    for (name, value) in arguments.context.iter() {
        context.set(name, value.clone());
    }
    Assignment::configure(&arguments.config, &mut context);
    Ok(context)
}
