//! Observers of a run: the model that progress, reports and traces read, events and logs.

#[cfg(test)]
pub(crate) mod calling_run;
pub(crate) mod events_file;
pub(crate) mod log;
pub(crate) mod progress;
pub(crate) mod report;
#[cfg(test)]
pub(crate) mod resumed_run;
pub(crate) mod run_model;
pub(crate) mod trace;
