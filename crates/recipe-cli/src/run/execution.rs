//! One run from its arguments to its exit code, however it was asked for: its observers, its signals, its results.

use std::path::Path;
use std::sync::Arc;

use recipe_core::run::Environment;
use recipe_core::secrets::KnownSecrets;
use recipe_core::{Context, Executor, Options, Registry};
use recipe_journal::RunJournal;

use crate::arguments::OutputArguments;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::observe::events_file::EventsFile;
use crate::observe::log::files::LogFiles;
use crate::observe::log::observer::LogObserver;
use crate::observe::progress::{Live, Progress, Verbosity};
use crate::observe::run_model::{Detail, LiveModel};
use crate::run::environment_file;
use crate::run::results::Results;
use crate::run::rules::Rules;
use crate::terminal::printer::{Printer, Screen};

use super::until_stopped::{Ended, Interrupted, Stopper, run_until_stopped};

/// What is to be run.
pub(crate) struct Task<'t> {
    /// The main recipe.
    pub(crate) recipe: &'t Path,
    /// Step types that it may use, unless the rules refuse them.
    pub(crate) registry: Registry,
    /// What it begins with.
    pub(crate) context: Context,
    /// What recipes may do.
    pub(crate) rules: Rules,
    /// Where results go, and what is shown.
    pub(crate) output: &'t OutputArguments,
}

/// Everything a run needs, made before it starts: what can go wrong with the arguments does so here, at once.
pub(crate) struct Execution<'t> {
    task: Task<'t>,
    options: Options,
    log_files: Option<LogFiles>,
    events: Option<Arc<EventsFile>>,
    /// What shows the run, unless it is to be quiet.
    progress: Option<Arc<Progress>>,
    model: Arc<LiveModel>,
    results: Results,
    printer: Arc<Printer>,
}

/// How a run has ended.
pub(crate) enum Outcome {
    /// It did its work.
    Done(ExitCode),
    /// It was refused before its first step.
    Refused(ExitCode),
    /// A step failed, or someone stopped it.
    Stopped(ExitCode),
}

impl<'t> Execution<'t> {
    /// Prepares a run.
    ///
    /// # Errors
    /// When a result has no place to go to, or the environment cannot be read.
    pub(crate) fn new(
        task: Task<'t>,
        environment: Environment,
        secrets: KnownSecrets,
        printer: Arc<Printer>,
    ) -> Result<Self, Failure> {
        let output = task.output;
        let recipe = task.recipe.display().to_string();
        secrets.learn(task.context.config());
        let results = Results::new(output, &secrets).map_err(Failure::NoDestination)?;
        let mut options = Options::default();
        options.strict = task.rules.strict;
        options.environment = environment;
        let log_files = match &output.log_dir {
            Some(folder) => Some(LogFiles::open(folder, output.log_format, &secrets)?),
            None => None,
        };
        options.secrets = secrets.clone();
        let detail = results.detail();
        let model = Arc::new(LiveModel::new(recipe.clone(), secrets.clone(), detail));
        let progress = progress(output, &recipe, &model, &printer, &task.context);
        if progress.is_some() || detail > Detail::Running {
            options.observers.push(model.clone());
        }
        if let Some(progress) = &progress {
            options.observers.push(progress.clone());
        }
        if output.log_dir.is_some() {
            let observer = LogObserver::new(recipe, secrets.clone());
            options.observers.push(Arc::new(observer));
        }
        let events = match &output.destinations.events {
            Some(destination) => {
                let events = EventsFile::open(destination, secrets, printer.clone())?;
                Some(Arc::new(events))
            }
            None => None,
        };
        if let Some(events) = &events {
            options.observers.push(events.clone());
        }
        Ok(Self {
            task,
            options,
            log_files,
            events,
            progress,
            model,
            results,
            printer,
        })
    }

    /// The context that it begins with.
    pub(crate) fn context(&self) -> &Context {
        &self.task.context
    }

    /// Runs it to its end, with a journal if there is one.
    pub(crate) fn run(self, journal: Option<Arc<RunJournal>>) -> Outcome {
        let Task {
            recipe,
            registry,
            context,
            rules,
            ..
        } = self.task;
        let executor = Executor::with_options(rules.apply(registry), self.options.clone());
        let (progress, printer) = (self.progress.as_ref(), &self.printer);
        let live = progress
            .filter(|_| printer.screen() == Screen::Drawable)
            .map(|progress| Live::start(printer, progress));
        let stopper = Stopper {
            cancellation: self.options.cancellation,
            printer: printer.clone(),
            progress: self.progress.clone(),
            events: self.events.clone(),
        };
        let ended = run_until_stopped(executor, recipe, context, journal, &stopper);
        drop(live);
        let Ended {
            context,
            result,
            interruption,
        } = match ended {
            Ok(ended) => ended,
            Err(failure) => return Outcome::Stopped(printer.failure(&failure)),
        };
        // The results first: printing an error may wait for a reader who never comes.
        let by = interruption.as_ref().map(|interrupted| interrupted.by);
        let unwritten = self.results.write(&context, &self.model, by);
        let (result, stands) = match (result, interruption) {
            (Err(_), Some(Interrupted { by, stands })) => (
                Err(Failure::Interrupted {
                    recipe: recipe.to_owned(),
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
        let ending = match &result {
            Ok(()) => Outcome::Done,
            Err(failure) if failure.is_refusal() => Outcome::Refused,
            Err(_) => Outcome::Stopped,
        };
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
        ending(match result {
            ExitCode::Done => written.max(events),
            other => other,
        })
    }
}

impl Outcome {
    /// How the program ends after this.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let (Self::Done(code) | Self::Refused(code) | Self::Stopped(code)) = self;
        *code
    }
}

/// The environment of the process, and behind it the file `.env`.
///
/// # Errors
/// When that file is of no use.
pub(crate) fn environment() -> Result<Environment, Failure> {
    Ok(match environment_file::read()? {
        Some(variables) => Environment::ProcessOr(Arc::new(variables)),
        None => Environment::Process,
    })
}

/// What shows the run, unless it is to be quiet.
fn progress(
    output: &OutputArguments,
    recipe: &str,
    model: &Arc<LiveModel>,
    printer: &Arc<Printer>,
    context: &Context,
) -> Option<Arc<Progress>> {
    let verbosity = Verbosity::of(output.quiet, output.verbose, printer.screen());
    if verbosity == Verbosity::Quiet {
        return None;
    }
    let (printer, model) = (printer.clone(), model.clone());
    let progress = Progress::new(printer, verbosity, recipe.to_owned(), model);
    progress.given(context);
    Some(Arc::new(progress))
}
