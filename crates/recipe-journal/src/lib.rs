//! Durable runs on an embedded store: finished steps do not run again.
//!
//! A [`Store`] is a directory with one directory per run, which holds the run's journal, an SQLite
//! file. [`Store::begin`] and [`Store::resume`] return the [`RunJournal`] for
//! [`Executor::run_durable`]. It holds a lock, so only one process runs a run at a time. Others can
//! read it meanwhile: [`Store::run`] returns a [`StoredRun`] with its steps, times, attempts,
//! errors and tool calls.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use std::sync::Arc;
//!
//! use recipe_core::{Context, Executor, RecipeSource, Registry};
//! use recipe_journal::{JournalOptions, NewRun, RunStatus, Store};
//! use serde_json::Value;
//!
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! let store = Store::new(directory);
//! let mut context = Context::new();
//! let run = NewRun { recipe: "hello", context: &context, directory, settings: Value::Null };
//! let journal = Arc::new(store.begin(&run, JournalOptions::default())?);
//! let id = journal.id().clone();
//!
//! let recipe = RecipeSource::json("hello", "[]");
//! let executor = Executor::new(Registry::new());
//! executor.run_durable(recipe.clone(), &mut context, journal.clone()).await?;
//! journal.close();
//! assert_eq!(store.run(&id)?.status, RunStatus::Done);
//!
//! // Later, perhaps in another process:
//! let journal = Arc::new(store.resume(&id, JournalOptions::default())?);
//! let options = executor.options();
//! let mut context = journal.context(&options.secrets, &options.environment)?;
//! executor.run_durable(recipe, &mut context, journal).await?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # What is stored
//!
//! One row per step and per loop iteration, with its changes to the context: for a list or string
//! that has grown, the added part; for an object, the changed members; otherwise the new value.
//! Values of 256 bytes of JSON or more are stored once, by hash, even if many steps pass them on.
//! So the journal grows with the work of the steps, not with the size of the context. `tables.rs`
//! describes the tables. The format is versioned ([`StoreError::UnsupportedFormat`]).
//!
//! # What survives
//!
//! One thread writes records in the order in which steps end, all queued ones in one transaction.
//! With [`Durability::Step`] a step completes once its record is written, so the record survives
//! any end of the process. The record of a step with an [effect](recipe_core::journal::Effect)
//! outside the context is also synced first, with all earlier ones: they survive a power failure.
//! With [`Durability::Batch`] records are written and synced ten times a second. Checksums detect a
//! torn end of the file; everything before it stays.
//!
//! # Secrets
//!
//! The file never contains the secrets of the run, [`Options::secrets`] of the executor. A secret
//! is replaced by its name; resuming puts back the current value of that name. A secret that
//! becomes known after a string with it was stored is removed from the file, and the pages that
//! held it are overwritten. As everywhere, secrets of fewer than four characters are not searched
//! for.
//!
//! # Why SQLite
//!
//! The candidates were measured with one 260-byte record per transaction, an insert and an update
//! by address, as here (one run on ext4, on a virtual disk with a sync of 0.2 ms; medians of nine):
//!
//! | | redb 4.6 | fjall 3.1 | SQLite 3.54 (1 KiB pages) |
//! |---|---|---|---|
//! | 1,000 sequential records, synced | 257 ms | 145 ms | 189 ms |
//! | 1,000 sequential records, not synced | 16 ms | 3 ms | 19 ms |
//! | 2,000 records, 16 at a time, synced in groups | 87 ms | 63 ms | 71 ms |
//! | 10,000 records in batches | 29 ms | 27 ms | 47 ms |
//! | new store and first record, synced | 0.9 ms | 8.3 ms | 1.9 ms |
//! | bytes written per synced record | 32,700 | 373 | 3,700 |
//! | opening and reading 10,000 records after a kill | 11 ms | 49 ms | 14 ms |
//! | kills (of 20) that lost unsynced records | 20 | 0 | 0 |
//! | another process can read while one writes | no | no | yes |
//! | opens with its end cut off (50 offsets) | 0 | 50 | 50 |
//! | files of an open store | 1 | 14 | 3 (1 when closed) |
//! | size with 10 records, closed | 56 KiB | 40 KiB | 8 KiB |
//! | crates, including build dependencies | 2 | 42 | 11 |
//! | clean release build | 27 s | 32 s | 86 s |
//! | added binary size | 0.9 MiB | 1.2 MiB | 1.9 MiB |
//!
//! All three are fast compared to steps. Only SQLite meets all of these: unsynced records survive
//! the process, other processes can read a running run (redb has a mode for that, in which every
//! commit syncs twice), and a truncated file still opens. The costs are a C compiler, build time,
//! and size.
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
