//! `recipe run`: runs one recipe, shows its progress, and writes down its results.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use recipe_core::{
    CancellationToken, Context, Environment, Executor, Format, KnownSecrets, Options, RecipeSource,
    Registry, RunError, Severity, Step, read_recipe_file,
};
use recipe_steps::{Command, Shell};
use tokio::runtime::Runtime;

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
use crate::progress::{Live, Progress, Stand, Verbosity};
use crate::results::Results;
use crate::runtime;
use crate::signals::{Interruption, Signals};

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
        }) if arguments.dry_run => dry_run::dry_run(&arguments, &context, &options, &printer),
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
        let ended = run_until_stopped(executor, arguments, self.context, &stopper);
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

/// A run that has ended; nothing of it is left running.
struct Ended {
    context: Context,
    result: Result<(), RunError>,
    /// That it was asked to stop, if it was.
    interruption: Option<Interrupted>,
}

/// That a run was asked to stop.
struct Interrupted {
    by: Interruption,
    /// Where it stood then.
    stands: Vec<Stand>,
}

/// What stops a run.
struct Stopper {
    cancellation: CancellationToken,
    printer: Arc<Printer>,
    progress: Option<Arc<Progress>>,
    events: Option<Arc<EventsFile>>,
}

impl Stopper {
    /// Has the run wind down.
    fn stop(&self, by: Interruption) -> Interrupted {
        let progress = self.progress.as_ref();
        let stands = progress.map(|progress| progress.innermost());
        self.cancellation.cancel();
        Interrupted {
            by,
            stands: stands.unwrap_or_default(),
        }
    }

    /// Ends the process at once.
    fn end(&self, runtime: Runtime) -> ! {
        if let Some(events) = &self.events {
            events.hurry();
        }
        self.printer.try_end_display();
        runtime.shutdown_timeout(AT_ONCE);
        std::process::exit(ExitCode::Interrupted as i32)
    }
}

/// The main recipe, read before there are any threads: that spares a small run the one that would read it.
fn source(recipe: &Path) -> RecipeSource {
    match read_recipe_file(recipe) {
        Ok(text) => RecipeSource::Text {
            name: recipe.display().to_string(),
            text,
            format: Format::of(recipe),
        },
        // The run says what is wrong with it.
        Err(_) => RecipeSource::from(recipe),
    }
}

/// How long a process that is to end at once waits for its threads, which kill the programs that steps run.
const AT_ONCE: Duration = Duration::from_millis(200);

/// Runs a recipe to its end, or until someone asks to stop and it has wound down. Whoever asks a second time
/// gets the process ended at once.
fn run_until_stopped(
    executor: Executor,
    arguments: &RunArguments,
    mut context: Context,
    stopper: &Stopper,
) -> Result<Ended, Failure> {
    let recipe = source(&arguments.recipe);
    let runtime = runtime::build().map_err(Failure::Start)?;
    let ended: Result<_, Failure> = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(Failure::Start)?;
        // A task of its own, so that it runs on a thread whose stack is large enough for deep recipes.
        let mut run = tokio::spawn(async move {
            let result = executor.run(recipe, &mut context).await;
            (context, result)
        });
        let mut interruption: Option<Interrupted> = None;
        loop {
            tokio::select! {
                ended = &mut run => {
                    let (context, result) = ended.map_err(Failure::BrokeDown)?;
                    return Ok(ControlFlow::Continue(Ended { context, result, interruption }));
                }
                signal = signals.next() => match interruption {
                    None => interruption = Some(stopper.stop(signal)),
                    Some(_) => return Ok(ControlFlow::Break(())),
                },
            }
        }
    });
    let ended = match ended {
        Ok(ControlFlow::Continue(ended)) => Ok(ended),
        Ok(ControlFlow::Break(())) => stopper.end(runtime),
        Err(failure) => Err(failure),
    };
    // The executor has waited for all work. What is left are idle threads, which end with the process; to wake them
    // for that would take longer than a small run.
    std::mem::forget(runtime);
    ended
}
