//! A run from its settings to its results.

pub(crate) mod context_file;
pub(crate) mod environment_file;
pub(crate) mod execution;
pub(crate) mod results;
pub(crate) mod rules;
pub(crate) mod runtime;
pub(crate) mod settings;
pub(crate) mod signals;
mod until_stopped;
