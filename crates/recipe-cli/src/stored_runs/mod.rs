//! Durable runs that are stored: where, which is the folder of `--store` or one in the platform's folder for state, and
//! what commands that look at them have in common.

mod facts;
pub(crate) mod local_time;

use recipe_journal::Store;

use crate::arguments::StoreArgument;
use crate::failure::Failure;
use crate::state_folder::state_folder;

pub(crate) use facts::{ListedRun, RunFacts, StepCounts, seconds, step_counts, time};

/// The store that the arguments mean.
///
/// # Errors
/// When they name none and there is no home folder.
pub(crate) fn store(argument: &StoreArgument) -> Result<Store, Failure> {
    match &argument.store {
        Some(folder) => Ok(Store::new(folder)),
        None => state_folder()
            .map(|folder| Store::new(folder.join("runs")))
            .ok_or(Failure::NoStore),
    }
}
