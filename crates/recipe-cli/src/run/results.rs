//! Output files of a run: `--context-out`, `--report`, `--trace`.

use std::sync::Arc;

use recipe_core::Context;
use recipe_core::secrets::KnownSecrets;

use crate::arguments::OutputArguments;
use crate::arguments::destination::DestinationError;
use crate::arguments::destinations::Destinations;
use crate::observe::recording::{Detail, Recorder};
use crate::observe::report;
use crate::observe::trace;
use crate::run::signals::Interruption;

/// The files to write when a run has ended, whether it failed or not.
pub(crate) struct Results {
    destinations: Destinations,
    secrets: KnownSecrets,
    /// Records the run for `--report` and `--trace`.
    recorder: Option<Arc<Recorder>>,
}

impl Results {
    /// Outputs that the arguments name.
    ///
    /// # Errors
    /// When two results have one place, or there is none to put one into.
    pub(crate) fn new(
        arguments: &OutputArguments,
        recipe: &str,
        secrets: &KnownSecrets,
    ) -> Result<Self, DestinationError> {
        let destinations = arguments.destinations.clone();
        destinations.check()?;
        let detail = match (&destinations.report, &destinations.trace) {
            (Some(_), _) => Some(Detail::Everything),
            (None, Some(_)) => Some(Detail::Times),
            (None, None) => None,
        };
        Ok(Self {
            destinations,
            secrets: secrets.clone(),
            recorder: detail
                .map(|detail| Arc::new(Recorder::new(recipe.to_owned(), secrets.clone(), detail))),
        })
    }

    /// Observer that must be added to the run.
    pub(crate) fn recorder(&self) -> Option<Arc<Recorder>> {
        self.recorder.clone()
    }

    /// Writes all of them, and returns what went wrong with each that could not be.
    pub(crate) fn write(
        &self,
        context: &Context,
        interruption: Option<Interruption>,
    ) -> Vec<DestinationError> {
        let mut written = Vec::new();
        if let Some(destination) = &self.destinations.context_out {
            written.push(destination.write(&as_json(context)));
        }
        if let Some(recorder) = &self.recorder {
            let recording = recorder.take(interruption);
            if let Some(destination) = &self.destinations.report {
                written.push(destination.write(&report::page(&recording, &self.secrets)));
            }
            if let Some(destination) = &self.destinations.trace {
                written.push(destination.write(&trace::json(&recording, &self.secrets)));
            }
        }
        written.into_iter().filter_map(Result::err).collect()
    }
}

/// The artifacts as indented JSON.
fn as_json(context: &Context) -> String {
    let json = serde_json::to_string_pretty(context).expect("artifacts are JSON values");
    json + "\n"
}
