//! `recipe run`: runs one recipe, shows its progress, and writes down its results.

mod until_stopped;

use std::sync::Arc;

use recipe_core::{
    Context, Environment, Executor, KnownSecrets, Options, Registry, Severity, Step,
};
use recipe_steps::{Command, Shell};

use crate::arguments::RunArguments;
use crate::context_file;
use crate::dry_run;
use crate::environment_file;
use crate::events_file::EventsFile;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::log_files::LogFiles;
use crate::log_observer::LogObserver;
use crate::printer::{Printer, Screen};
use crate::progress::{Live, Progress, Verbosity};
use crate::results::Results;

use until_stopped::{Ended, Interrupted, Stopper, run_until_stopped};

/// Runs a recipe.
pub(crate) fn run(arguments: RunArguments) -> ExitCode {
    let secrets = KnownSecrets::new();
    let fatal = if arguments.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    let printer = Arc::new(Printer::new(secrets.clone(), fatal));
    match Prepared::new(&arguments, secrets, &printer) {
        Ok(Prepared {
            context, options, ..
        }) if arguments.dry_run => {
            let registry = registry(&arguments);
            dry_run::dry_run(&arguments, &context, &options, registry, &printer)
        }
        Ok(prepared) => prepared.run(&arguments, &printer),
        Err(failure) => printer.failure(&failure),
    }
}

/// Everything a run needs, made before it starts: what can go wrong with the arguments does so here, at once.
struct Prepared {
    context: Context,
    options: Options,
    log_files: Option<LogFiles>,
    events: Option<Arc<EventsFile>>,
    /// What shows the run, unless it is to be quiet.
    progress: Option<Arc<Progress>>,
    results: Results,
}

impl Prepared {
    fn new(
        arguments: &RunArguments,
        secrets: KnownSecrets,
        printer: &Arc<Printer>,
    ) -> Result<Self, Failure> {
        let context = context(arguments)?;
        secrets.learn(context.config());
        let results = Results::new(arguments, &secrets).map_err(Failure::NoDestination)?;
        let mut options = Options::default();
        options.strict = arguments.strict;
        if let Some(variables) = environment_file::read()? {
            options.environment = Environment::ProcessOr(Arc::new(variables));
        }
        let log_files = match &arguments.log_dir {
            Some(folder) => Some(LogFiles::open(folder, arguments.log_format, &secrets)?),
            None => None,
        };
        options.secrets = secrets.clone();
        let progress = progress(arguments, printer, &context);
        let recipe = arguments.recipe.display().to_string();
        if let Some(progress) = &progress {
            options.observers.push(progress.clone());
        }
        if arguments.log_dir.is_some() {
            options.observers.push(Arc::new(LogObserver::new(recipe)));
        }
        let events = match &arguments.events {
            Some(destination) => {
                let events = EventsFile::open(destination, secrets, printer.clone())?;
                Some(Arc::new(events))
            }
            None => None,
        };
        if let Some(events) = &events {
            options.observers.push(events.clone());
        }
        if let Some(recorder) = results.recorder() {
            options.observers.push(recorder);
        }
        Ok(Self {
            context,
            options,
            log_files,
            events,
            progress,
            results,
        })
    }

    fn run(self, arguments: &RunArguments, printer: &Arc<Printer>) -> ExitCode {
        let executor = Executor::with_options(registry(arguments), self.options.clone());
        let progress = self.progress.as_ref();
        let live = progress
            .filter(|_| printer.screen() == Screen::Drawable)
            .map(|progress| Live::start(printer, progress));
        let stopper = Stopper {
            cancellation: self.options.cancellation,
            printer: printer.clone(),
            progress: self.progress.clone(),
            events: self.events.clone(),
        };
        let ended = run_until_stopped(executor, &arguments.recipe, self.context, &stopper);
        drop(live);
        let Ended {
            context,
            result,
            interruption,
        } = match ended {
            Ok(ended) => ended,
            Err(failure) => return printer.failure(&failure),
        };
        // The results first: printing an error may wait for a reader who never comes.
        let by = interruption.as_ref().map(|interrupted| interrupted.by);
        let unwritten = self.results.write(&context, by);
        let (result, stands) = match (result, interruption) {
            (Err(_), Some(Interrupted { by, stands })) => (
                Err(Failure::Interrupted {
                    recipe: arguments.recipe.clone(),
                    interruption: by,
                }),
                stands,
            ),
            (result, _) => (result.map_err(Failure::from), Vec::new()),
        };
        for (path, error) in self.log_files.iter().flat_map(LogFiles::incomplete) {
            printer.warning(&format!("{} is incomplete: {error}", path.display()), None);
        }
        let mut written = ExitCode::Done;
        for error in unwritten {
            written = printer.failure(&Failure::Destination(error));
        }
        let result = printer.end(result);
        let events = match &self.events {
            // It has been warned of when it happened.
            Some(events) if events.is_incomplete() => ExitCode::Failed,
            _ => ExitCode::Done,
        };
        if let Some(progress) = progress {
            progress.print_stands(&stands);
            progress.print_summary();
        }
        if result == ExitCode::Done {
            written.max(events)
        } else {
            result
        }
    }
}

/// The step types that the arguments allow.
fn registry(arguments: &RunArguments) -> Registry {
    let mut registry = recipe_steps::registry();
    if arguments.no_commands {
        for step_type in [Command::TYPE, Shell::TYPE] {
            registry.refuse(step_type, "the run was started with --no-commands");
        }
    }
    registry
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
    for value in &arguments.config {
        context.set_config(value.name.as_str(), value.value.as_str());
    }
    Ok(context)
}

/// What shows the run, unless it is to be quiet.
fn progress(
    arguments: &RunArguments,
    printer: &Arc<Printer>,
    context: &Context,
) -> Option<Arc<Progress>> {
    let verbosity = Verbosity::of(arguments.quiet, arguments.verbose, printer.screen());
    let recipe = arguments.recipe.display().to_string();
    let progress = (verbosity > Verbosity::Quiet)
        .then(|| Arc::new(Progress::new(printer.clone(), verbosity, recipe)))?;
    progress.given(context);
    Some(progress)
}
