//! Observers of a run: progress for people, events and logs for programs, and the recording that reports and traces are written from.

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
