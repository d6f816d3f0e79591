//! Running a recipe to its end, or until someone asks to stop.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use recipe_core::document::Format;
use recipe_core::internal::read_recipe_file;
use recipe_core::{CancellationToken, Context, Executor, RecipeSource, RunError};
use recipe_journal::RunJournal;
use tokio::runtime::Runtime;

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::observe::events_file::EventsFile;
use crate::observe::progress::{Progress, Stand};
use crate::run::runtime;
use crate::run::signals::{Interruption, Signals};
use crate::terminal::printer::Printer;

/// A run that has ended; nothing of it is left running.
pub(super) struct Ended {
    pub(super) context: Context,
    pub(super) result: Result<(), RunError>,
    /// That it was asked to stop, if it was.
    pub(super) interruption: Option<Interrupted>,
}

/// That a run was asked to stop.
pub(super) struct Interrupted {
    pub(super) by: Interruption,
    /// Where it stood then.
    pub(super) stands: Vec<Stand>,
}

/// What stops a run.
pub(super) struct Stopper {
    pub(super) cancellation: CancellationToken,
    pub(super) printer: Arc<Printer>,
    pub(super) progress: Option<Arc<Progress>>,
    pub(super) events: Option<Arc<EventsFile>>,
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
        runtime.shutdown_timeout(runtime::AT_ONCE);
        std::process::exit(ExitCode::Interrupted as i32)
    }
}

/// The main recipe, read before there are any threads: that spares a small run the one that would read it.
fn source(recipe: &Path) -> RecipeSource {
    match read_recipe_file(recipe) {
        Ok(text) => RecipeSource::text(
            recipe.display().to_string(),
            text,
            Format::from_path(recipe),
        ),
        // The run says what is wrong with it.
        Err(_) => RecipeSource::from(recipe),
    }
}

/// Runs a recipe to its end, or until someone asks to stop and it has wound down. Whoever asks a second time
/// gets the process ended at once.
pub(super) fn run_until_stopped(
    executor: Executor,
    recipe: &Path,
    mut context: Context,
    journal: Option<Arc<RunJournal>>,
    stopper: &Stopper,
) -> Result<Ended, Failure> {
    let recipe = source(recipe);
    let runtime = runtime::build().map_err(Failure::Start)?;
    let ended: Result<_, Failure> = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(Failure::Start)?;
        // A task of its own, so that it runs on a thread whose stack is large enough for deep recipes.
        let mut run = tokio::spawn(async move {
            let result = match journal {
                Some(journal) => executor.run_durable(recipe, &mut context, journal).await,
                None => executor.run(recipe, &mut context).await,
            };
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
