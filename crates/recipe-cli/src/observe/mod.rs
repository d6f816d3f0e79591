//! Observers of a run: progress, events, logs, and the recording behind reports and traces.

#[cfg(test)]
pub(crate) mod calling_run;
pub(crate) mod events_file;
pub(crate) mod log;
pub(crate) mod progress;
pub(crate) mod recording;
pub(crate) mod report;
#[cfg(test)]
pub(crate) mod resumed_run;
pub(crate) mod tool_calls;
pub(crate) mod trace;
