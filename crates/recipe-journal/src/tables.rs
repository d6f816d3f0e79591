//! The tables of a journal: one database file for each run.
//!
//! | Table | A row for each |
//! |---|---|
//! | `run` | run: there is one |
//! | `session` | process that worked on the run |
//! | `recipe` | text of a recipe file that the run has loaded |
//! | `variable` | environment variable that a recipe has copied into the configuration |
//! | `load` | place in the run where a recipe was loaded |
//! | `step` | step, and round of a loop, by its address |
//! | `failure` | attempt that failed with another one to follow, and failure after which `on_error` steps began |
//! | `tool_call` | call of a tool that has ended |
//! | `text` | configuration, what a tool was given or has said, and other JSON text of 256 bytes or more, by its hash: what is large is stored once |
//!
//! Times are microseconds since 1970, durations microseconds. Texts are sealed: where a secret stood in them, its name
//! stands between two U+0001.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::format::FORMAT;

/// The format of a file without tables: it is written with them.
const EMPTY: i64 = 0;

/// How long to wait for another process that has the file: readers never block a writer for long.
const BUSY: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE run (
    id TEXT NOT NULL,
    recipe TEXT NOT NULL,      -- the main recipe, as it was named
    folder TEXT NOT NULL,      -- the working directory
    program TEXT NOT NULL,     -- the version that began it
    began INTEGER NOT NULL,
    artifacts TEXT NOT NULL,   -- what it began with
    config TEXT NOT NULL,      -- the same, without the secrets
    secrets TEXT NOT NULL,     -- the names of those
    settings TEXT NOT NULL     -- what the program wants to know when it resumes the run
);
CREATE TABLE session (
    number INTEGER PRIMARY KEY,
    began INTEGER NOT NULL,
    ended INTEGER,             -- null while it works, and for ever if it was killed
    outcome TEXT,              -- done, failed, interrupted
    error TEXT
);
CREATE TABLE recipe (
    number INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    hash BLOB NOT NULL,
    steps TEXT NOT NULL,       -- [[type, hash], …]
    loaded INTEGER NOT NULL,   -- the last time
    left_as BLOB,              -- the hash of what the file held when the run stopped, if it was something else
    UNIQUE (file, hash)
);
CREATE TABLE variable (
    name TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE load (
    path TEXT PRIMARY KEY,
    recipe INTEGER NOT NULL REFERENCES recipe
) WITHOUT ROWID;
CREATE TABLE step (
    path TEXT PRIMARY KEY,
    number INTEGER NOT NULL,   -- in the order in which they began
    type TEXT,                 -- null: a round of a loop
    name TEXT,
    config BLOB,               -- the hash of a text
    began INTEGER,
    duration INTEGER,
    state TEXT NOT NULL,       -- running, done, failed, recovered, skipped, cancelled
    error TEXT,
    requests INTEGER NOT NULL DEFAULT 0,       -- to language models, all attempts together
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    ending TEXT,               -- what resuming rests on: done, recovered, failed (its on_error steps follow)
    reason TEXT,               -- why it failed, for its on_error steps; with that ending
    content BLOB,              -- the hash of what it is; with an ending
    change TEXT                -- what it did to the context; with an ending
) WITHOUT ROWID;
CREATE TABLE failure (
    number INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    at INTEGER NOT NULL,
    attempt INTEGER,           -- null: its on_error steps follow
    attempts INTEGER,
    delay INTEGER,
    error TEXT NOT NULL
);
CREATE TABLE tool_call (
    number INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    tool TEXT NOT NULL,
    began INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    arguments BLOB NOT NULL,   -- the hash of a text
    result BLOB NOT NULL,      -- the hash of a text: what it said, or what it said when it failed
    failed INTEGER NOT NULL    -- 0 or 1
);
CREATE TABLE text (
    hash BLOB PRIMARY KEY,
    json TEXT NOT NULL
);
";

/// Makes the file of a new run. What `begin` writes is there with the tables, or neither is.
pub(crate) fn create(
    file: &Path,
    begin: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    // Most runs are small.
    connection.pragma_update(None, "page_size", 1024)?;
    prepare_for_writing(&connection)?;
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    begin(&transaction)?;
    transaction.commit()?;
    Ok(connection)
}

/// Opens the file of a run to go on writing it.
pub(crate) fn open_for_writing(file: &Path) -> Result<Connection, StoreError> {
    let connection =
        open(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| match error {
            StoreError::Read { file, source } => StoreError::Write { file, source },
            other => other,
        })?;
    prepare_for_writing(&connection).map_err(|source| StoreError::Write {
        file: file.to_owned(),
        source: source.into(),
    })?;
    Ok(connection)
}

/// Opens the file of a run to read it, also while another process writes it.
pub(crate) fn open_for_reading(file: &Path) -> Result<Connection, StoreError> {
    // To read what is being written, the reader needs to write down where it reads. Where it may not, it can still read
    // what nobody is writing.
    match open(file, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Err(StoreError::Read { .. }) if file.exists() => open_unwritten(file),
        Err(StoreError::Read { .. }) => Err(StoreError::NotBegun {
            file: file.to_owned(),
        }),
        opened => opened,
    }
}

fn open_unwritten(file: &Path) -> Result<Connection, StoreError> {
    let path = file.to_string_lossy();
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let address = format!("file:{path}?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    open(Path::new(&address), flags).map_err(|error| match error {
        StoreError::Read { source, .. } => StoreError::Read {
            file: file.to_owned(),
            source,
        },
        other => other,
    })
}

fn open(file: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let read = |source: rusqlite::Error| StoreError::Read {
        file: file.to_owned(),
        source: source.into(),
    };
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(read)?;
    connection.busy_timeout(BUSY).map_err(read)?;
    let format = connection.query_row("PRAGMA user_version", (), |row| row.get(0));
    match format.map_err(read)? {
        FORMAT => Ok(connection),
        EMPTY => Err(StoreError::NotBegun {
            file: file.to_owned(),
        }),
        format => Err(StoreError::UnknownFormat {
            file: file.to_owned(),
            format,
        }),
    }
}

fn prepare_for_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    // A write-ahead log: what is appended to it survives the process at once, and the machine once it is synced. A torn
    // end of it is known by its checksums and left out.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Secrets that were written before they were known for such are overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "synchronous", "FULL")
}
