//! Destinations of a run's outputs: arguments, and part of the stored settings of a run.

use std::io;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::destination::{Destination, DestinationError};

/// Output files of a run.
#[derive(Debug, Default, Clone, Args, Serialize, Deserialize)]
#[group(id = "destinations", multiple = true)]
pub(crate) struct Destinations {
    /// Write the final artifacts as JSON, after a failed run too; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) context_out: Option<Destination>,

    /// Write every event of the run, while it runs, as one JSON object a line; `-` is standard
    /// output.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<Destination>,

    /// Write what happened as one HTML page to open in a browser, after a failed run too; `-` is
    /// standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<Destination>,

    /// Write the times of all steps for Perfetto (ui.perfetto.dev) and chrome://tracing, after a
    /// failed run too; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<Destination>,
}

impl Destinations {
    /// Each output with its option.
    fn all_mut(&mut self) -> [(&'static str, &mut Option<Destination>); 4] {
        let Self {
            context_out,
            events,
            report,
            trace,
        } = self;
        [
            ("--context-out", context_out),
            ("--events", events),
            ("--report", report),
            ("--trace", trace),
        ]
    }

    /// Checks that each file can be written, and no two outputs share one.
    ///
    /// # Errors
    /// If two outputs have the same destination, or a directory is missing.
    pub(crate) fn check(&self) -> Result<(), DestinationError> {
        let mut seen: Vec<(&'static str, Destination)> = Vec::new();
        for (option, destination) in self.clone().all_mut() {
            let Some(destination) = destination.take() else {
                continue;
            };
            if let Some((other, _)) = seen.iter().find(|(_, place)| *place == destination) {
                return Err(DestinationError::Shared {
                    options: [other, option],
                    destination,
                });
            }
            destination.check()?;
            seen.push((option, destination));
        }
        Ok(())
    }

    /// Takes those of `others` that are not set here.
    pub(crate) fn or(&mut self, others: &Self) {
        let mut others = others.clone();
        for ((_, ours), (_, other)) in self.all_mut().into_iter().zip(others.all_mut()) {
            if ours.is_none() {
                *ours = other.take();
            }
        }
    }

    /// Resolves relative paths against the working directory.
    ///
    /// # Errors
    /// If the working directory is unknown.
    pub(crate) fn make_absolute(&mut self) -> io::Result<()> {
        let all = self.all_mut().into_iter();
        all.filter_map(|(_, destination)| destination.as_mut())
            .try_for_each(Destination::make_absolute)
    }
}
