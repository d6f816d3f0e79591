//! Tables of a journal: one database file per run.
//!
//! | Table | One row per |
//! |---|---|
//! | `run` | run: exactly one |
//! | `session` | process that ran the run |
//! | `recipe` | text of a loaded recipe file |
//! | `variable` | environment variable that a recipe copied into the configuration |
//! | `load` | address at which a recipe was loaded |
//! | `step` | step or loop iteration, by address |
//! | `failure` | retried attempt, or failure followed by `on_error` steps |
//! | `tool_call` | tool call that ended |
//! | `text` | configuration, argument or result of a tool, JSON of 256 bytes or more; by hash |
//!
//! Times are microseconds since 1970, durations microseconds. Strings are sealed: a secret is
//! replaced by its name between two U+0001.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::format::FORMAT;

/// Format of a file without tables: both are written together.
const EMPTY: i64 = 0;

/// Maximum wait for another process that uses the file. Readers never block a writer for long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE run (
    id TEXT NOT NULL,
    recipe TEXT NOT NULL,      -- path of the main recipe, as given
    folder TEXT NOT NULL,      -- working directory
    program TEXT NOT NULL,     -- version that began the run
    began INTEGER NOT NULL,
    artifacts TEXT NOT NULL,   -- initial artifacts
    config TEXT NOT NULL,      -- initial configuration without secrets
    secrets TEXT NOT NULL,     -- names of those secrets
    settings TEXT NOT NULL     -- settings that the program needs to resume the run
);
CREATE TABLE session (
    number INTEGER PRIMARY KEY,
    began INTEGER NOT NULL,
    ended INTEGER,             -- null while it runs or if it was killed
    outcome TEXT,              -- done, failed, interrupted
    error TEXT
);
CREATE TABLE recipe (
    number INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    hash BLOB NOT NULL,
    steps TEXT NOT NULL,       -- [[type, hash], …]
    loaded INTEGER NOT NULL,   -- last time it was loaded
    left_as BLOB,              -- hash of the file when the run stopped, if it differed
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
    number INTEGER NOT NULL,   -- in start order
    type TEXT,                 -- null: loop iteration
    name TEXT,
    config BLOB,               -- hash of a text
    began INTEGER,
    duration INTEGER,
    state TEXT NOT NULL,       -- running, done, failed, recovered, skipped, cancelled
    error TEXT,
    requests INTEGER NOT NULL DEFAULT 0,       -- to language models, over all attempts
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    ending TEXT,               -- replayed ending: done, recovered, failed (its on_error steps follow)
    reason TEXT,               -- error for its on_error steps; if it failed
    content BLOB,              -- fingerprint; with an ending
    change TEXT                -- change to the context; with an ending
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
    arguments BLOB NOT NULL,   -- hash of a text
    result BLOB NOT NULL,      -- hash of a text: result or error
    failed INTEGER NOT NULL    -- 0 or 1
);
CREATE TABLE text (
    hash BLOB PRIMARY KEY,
    json TEXT NOT NULL
);
";

/// Creates the file of a new run. The tables and the content from `begin` are written atomically.
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

/// Opens the file of a run to resume it.
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

/// Opens the file of a run for reading, even while another process writes to it.
pub(crate) fn open_for_reading(file: &Path) -> Result<Connection, StoreError> {
    // Reading a file that is being written requires write access, for the reader's position.
    // Without write access an unused file can still be read.
    match open(file, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Err(StoreError::Read { .. }) if file.exists() => open_unwritten(file),
        Err(StoreError::Read { .. }) => Err(StoreError::Empty {
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
    connection.busy_timeout(BUSY_TIMEOUT).map_err(read)?;
    let format = connection.query_row("PRAGMA user_version", (), |row| row.get(0));
    match format.map_err(read)? {
        FORMAT => Ok(connection),
        EMPTY => Err(StoreError::Empty {
            file: file.to_owned(),
        }),
        format => Err(StoreError::UnsupportedFormat {
            file: file.to_owned(),
            format,
        }),
    }
}

fn prepare_for_writing(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Write-ahead log: appended data survives the process at once, and a power failure once synced.
    // Checksums detect a torn end, which is dropped.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Secrets that became known later are overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "synchronous", "FULL")
}
