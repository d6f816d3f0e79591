//! Durable runs on an embedded store: what had finished is not done again.
//!
//! A [`Store`] is a folder with a folder for each run, in which one SQLite file is the run's journal. [`Store::begin`] and
//! [`Store::resume`] give the [`RunJournal`] for [`Executor::run_durable`], which holds a lock while it lives: one process
//! at a time is at work on a run. Everyone else can look meanwhile: [`Store::run`] gives a [`StoredRun`] with its steps,
//! their times, attempts, errors and calls of tools.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use std::sync::Arc;
//!
//! use recipe_core::{Context, Executor, RecipeSource, Registry};
//! use recipe_core::document::Format;
//! use recipe_journal::{JournalOptions, NewRun, RunStatus, Store};
//! use serde_json::Value;
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! let store = Store::new(folder);
//! let mut context = Context::new();
//! let run = NewRun { recipe: "hello", context: &context, folder, settings: Value::Null };
//! let journal = Arc::new(store.begin(&run, JournalOptions::default())?);
//! let id = journal.id().clone();
//!
//! let recipe = || RecipeSource::json("hello", "[]");
//! let executor = Executor::new(Registry::new());
//! executor.run_durable(recipe(), &mut context, journal.clone()).await?;
//! journal.close();
//! assert_eq!(store.run(&id)?.status, RunStatus::Done);
//!
//! // Later, perhaps in another process:
//! let journal = Arc::new(store.resume(&id, JournalOptions::default())?);
//! let mut context = journal.context(&executor.options().secrets, &executor.options().environment)?;
//! executor.run_durable(recipe(), &mut context, journal).await?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # What is stored
//!
//! For each step and each round of a loop one row, with what it changed in the context: of a list or text that has grown
//! what is new, of an object its members that are others, of anything else the new value. Values of 256 bytes of JSON or
//! more are stored once, by their hash, however many steps hand them on. So the journal grows with what steps do, not with
//! what the context holds. The tables are described in `tables.rs`. The format has a version ([`StoreError::UnknownFormat`]).
//!
//! # What survives
//!
//! Records are written in the order in which steps end, by one thread, which writes whatever waits in one transaction. With
//! [`Durability::Step`] a step is over when its record is written, so that it survives the end of the process, however it
//! ends. The record of a step with an [effect](recipe_core::journal::Effect) outside the context is synced before that, and with it
//! all before: it survives the loss of power. With [`Durability::Batch`] records are written and synced ten times a second.
//! What is torn at the end of the file is known by its checksums; what was written before stays.
//!
//! # Secrets
//!
//! The secrets of the run ([`Options::secrets`], which the executor hands over) stand nowhere in the file. In the place of one
//! stands its name, and when the run is resumed the secret of that name is put back, which by then may have another value. One that becomes known
//! only when a text with it is stored already is taken out of it, and the pages that held it are overwritten. As everywhere,
//! a secret of fewer than four letters is not looked for in texts.
//!
//! # Why SQLite
//!
//! Measured were the stores that came into question, with one record of 260 bytes a transaction, an insert and an update by
//! address, as here (one run on ext4 on a virtual disk whose sync takes 0.2 ms; medians of nine):
//!
//! | | redb 4.6 | fjall 3.1 | SQLite 3.54 (1 KiB pages) |
//! |---|---|---|---|
//! | 1,000 records one after the other, synced | 257 ms | 145 ms | 189 ms |
//! | the same, not synced | 16 ms | 3 ms | 19 ms |
//! | 2,000 records of 16 at once, synced in groups | 87 ms | 63 ms | 71 ms |
//! | 10,000 records in batches | 29 ms | 27 ms | 47 ms |
//! | new store and first record, synced | 0.9 ms | 8.3 ms | 1.9 ms |
//! | bytes written for each synced record | 32,700 | 373 | 3,700 |
//! | opened and read after a kill in 10,000 records | 11 ms | 49 ms | 14 ms |
//! | kills (of 20) in which records that were not synced were lost | 20 | 0 | 0 |
//! | another process can read while one writes | no | no | yes |
//! | opens when its end was cut off (50 places) | 0 | 50 | 50 |
//! | files of an open store | 1 | 14 | 3 (1 when closed) |
//! | size with 10 records, closed | 56 KiB | 40 KiB | 8 KiB |
//! | crates, with those that build it | 2 | 42 | 11 |
//! | clean release build | 27 s | 32 s | 86 s |
//! | what it adds to a program | 0.9 MiB | 1.2 MiB | 1.9 MiB |
//!
//! All three are fast enough beside what steps do. SQLite is the only one with which what was written but not synced
//! survives the process, others can look at a run while it goes on (redb has a mode for that, in which every commit syncs
//! twice), and a file that lost its end still opens. The price is a C compiler, the time to build it, and its size.
//!
//! [`Executor::run_durable`]: recipe_core::Executor::run_durable
//! [`Options::secrets`]: recipe_core::Options::secrets

mod beginning;
mod change;
mod changed;
mod delta;
mod earlier;
mod entry;
mod error;
mod format;
mod journal;
mod left_files;
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

pub use beginning::NewRun;
pub use changed::ChangedRecipe;
pub use error::{DatabaseError, StoreError};
pub use journal::{JournalOptions, RunJournal};
pub use run_id::RunId;
pub use state::{RunStatus, StepState};
pub use store::Store;
pub use stored_run::{
    Session, StoredArtifact, StoredAttempt, StoredFailure, StoredRun, StoredStep, StoredToolCall,
};
pub use writer::Durability;

/// The Rust in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
