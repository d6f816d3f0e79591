//! Directory of stored runs, for every command that uses one.

use std::path::PathBuf;

use clap::Args;

/// Directory of stored runs.
#[derive(Args)]
pub(crate) struct StoreArgument {
    /// The folder of stored runs [default: recipe/runs in the folder for state, such as
    /// ~/.local/state].
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
}
