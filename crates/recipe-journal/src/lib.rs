//! Durable runs on an embedded store.

mod change;
mod changed;
mod delta;
mod earlier;
mod entry;
mod error;
mod journal;
mod lock;
mod packing;
mod reader;
mod run_id;
mod state;
mod store;
mod stored_run;
mod sweeping;
mod tables;
mod writer;

pub use changed::ChangedRecipe;
pub use error::{DatabaseError, StoreError};
pub use journal::{JournalOptions, RunJournal};
pub use run_id::RunId;
pub use state::{RunStatus, StepState};
pub use store::{NewRun, Store};
pub use stored_run::{
    Session, StoredArtifact, StoredAttempt, StoredFailure, StoredRun, StoredStep,
};
pub use writer::Durability;
