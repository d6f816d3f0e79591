//! Commands, one module each.

pub(crate) mod completions;
#[cfg(test)]
mod custom_steps;
pub(crate) mod dry_run;
pub(crate) mod graph;
pub(crate) mod init;
pub(crate) mod inputs;
pub(crate) mod man;
#[cfg(feature = "llm")]
pub(crate) mod mcp;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod steps;
pub(crate) mod validate;
