//! Output files of a run: `--context-out`, `--report`, `--trace`.

use recipe_core::Context;
use recipe_core::secrets::KnownSecrets;

use crate::arguments::OutputArguments;
use crate::arguments::destination::DestinationError;
use crate::arguments::destinations::Destinations;
use crate::observe::report;
use crate::observe::run_model::{Detail, LiveModel};
use crate::observe::trace;
use crate::run::signals::Interruption;

/// The files to write when a run has ended, whether it failed or not.
pub(crate) struct Results {
    destinations: Destinations,
    secrets: KnownSecrets,
}

impl Results {
    /// Outputs that the arguments name.
    ///
    /// # Errors
    /// When two results have one place, or there is none to put one into.
    pub(crate) fn new(
        arguments: &OutputArguments,
        secrets: &KnownSecrets,
    ) -> Result<Self, DestinationError> {
        let destinations = arguments.destinations.clone();
        destinations.check()?;
        Ok(Self {
            destinations,
            secrets: secrets.clone(),
        })
    }

    /// Detail that the model of the run needs.
    pub(crate) fn detail(&self) -> Detail {
        match (&self.destinations.report, &self.destinations.trace) {
            (Some(_), _) => Detail::Everything,
            (None, Some(_)) => Detail::Times,
            (None, None) => Detail::Running,
        }
    }

    /// Writes all of them, and returns what went wrong with each that could not be.
    pub(crate) fn write(
        &self,
        context: &Context,
        model: &LiveModel,
        interruption: Option<Interruption>,
    ) -> Vec<DestinationError> {
        let mut written = Vec::new();
        if let Some(destination) = &self.destinations.context_out {
            written.push(destination.write(&as_json(context)));
        }
        let mut model = model.lock();
        model.interrupted(interruption);
        if let Some(destination) = &self.destinations.report {
            written.push(destination.write(&report::page(&model, &self.secrets)));
        }
        if let Some(destination) = &self.destinations.trace {
            written.push(destination.write(&trace::json(&model, &self.secrets)));
        }
        written.into_iter().filter_map(Result::err).collect()
    }
}

/// The artifacts as indented JSON.
fn as_json(context: &Context) -> String {
    let json = serde_json::to_string_pretty(context).expect("artifacts are JSON values");
    json + "\n"
}
