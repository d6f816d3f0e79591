//! Log files: each event of a run and each record of other crates, with the step it belongs to.

pub(crate) mod file;
pub(crate) mod files;
pub(crate) mod layer;
pub(crate) mod observer;
pub(crate) mod record;
