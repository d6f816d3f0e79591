//! The folder for what the program remembers from one run to the next.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// Its folder where the platform has programs keep such things, if there is a home.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(state.join("recipe"))
}
