//! Reading and resuming corrupt journals.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use recipe_core::{Context, Executor};
use recipe_journal::{JournalOptions, NewRun, RunId, Store, StoreError};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::runtime::{block_on, source};
use crate::text::text;

/// Name of a run's database.
const DATABASE: &str = "run.db";

/// Columns of JSON, or of strings and numbers with a meaning.
const COLUMNS: [(&str, &str); 24] = [
    ("run", "artifacts"),
    ("run", "config"),
    ("run", "secrets"),
    ("run", "settings"),
    ("run", "began"),
    ("session", "began"),
    ("session", "ended"),
    ("session", "outcome"),
    ("recipe", "steps"),
    ("recipe", "hash"),
    ("recipe", "loaded"),
    ("load", "path"),
    ("step", "path"),
    ("step", "number"),
    ("step", "config"),
    ("step", "began"),
    ("step", "duration"),
    ("step", "state"),
    ("step", "ending"),
    ("step", "reason"),
    ("step", "content"),
    ("step", "change"),
    ("text", "hash"),
    ("text", "json"),
];

/// Uses bytes that start like a database as the file of a run. Otherwise they change a valid
/// journal: the first byte is the number of a column, which is set to the rest in the rows that the
/// second byte selects; if it is larger, the rest are changes of the file, each a two-byte offset
/// and one byte to write.
///
/// # Panics
/// If an operation on the journal panics, or the temporary directory fails.
pub fn journal(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = Store::new(folder.path());
    let sound = valid();
    let file = folder.path().join(sound.id.as_str()).join(DATABASE);
    let written =
        fs::create_dir(folder.path().join(sound.id.as_str())).and_then(|()| match bytes {
            [b'S', b'Q', b'L', ..] => fs::write(&file, bytes),
            _ => fs::write(&file, &sound.database),
        });
    written.expect("the temporary folder can be written to");
    match bytes {
        [b'S', b'Q', b'L', ..] | [] => {}
        [column, rows, value @ ..] if usize::from(*column) < COLUMNS.len() => {
            set(&file, COLUMNS[usize::from(*column)], *rows, value);
        }
        [_, changes @ ..] => change(&file, changes),
    }
    read_all(&store, &sound.id);
    resume(&store, &sound.id);
}

/// Valid journal of a run that failed at its last step, with some of everything.
struct Valid {
    id: RunId,
    database: Vec<u8>,
}

fn valid() -> &'static Valid {
    static VALID: OnceLock<Valid> = OnceLock::new();
    VALID.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let store = Store::new(folder.path());
        let mut context = Context::new();
        context.set("seen", json!(["at first"]));
        context.set_config("region", "eu");
        let run = NewRun {
            recipe: "fuzzed",
            context: &context,
            directory: folder.path(),
            settings: json!({}),
        };
        let journal = store
            .begin(&run, JournalOptions::default())
            .expect("the journal begins");
        let journal = Arc::new(journal);
        let id = journal.id().clone();
        let executor = Executor::new(recipe_steps::registry());
        let ended =
            block_on(executor.run_durable(source(&recipe()), &mut context, journal.clone()));
        ended.expect_err("the last step fails");
        journal.close();
        drop(journal);
        let database = fs::read(folder.path().join(id.as_str()).join(DATABASE));
        Valid {
            id,
            database: database.expect("the journal is there"),
        }
    })
}

fn recipe() -> Value {
    let add = json!({"type": "set_context", "key": "seen", "value": ["{{ item }}"], "if_exists": "merge"});
    json!([
        add,
        {"type": "set_context", "key": "long", "value": "x".repeat(300)},
        {"type": "set_context", "key": "long", "value": "y", "if_exists": "merge"},
        {"type": "set_context", "key": "doc", "value": {"a": {"b": [1.5, null]}}},
        {"type": "set_context", "key": "doc", "value": {"a": 2}, "if_exists": "merge"},
        {"type": "loop", "items": [1, 2], "item_key": "item", "substeps": [add], "result_key": "all"},
        {"type": "parallel", "substeps": [add, add]},
        {"type": "conditional", "condition": "file_exists('fuzzed')", "if_false": {"steps": [add]}},
        {
            "type": "read_files", "config": {"path": "fuzzed/missing", "content_key": "c"},
            "on_error": {"steps": [add]}
        },
        {"type": "read_files", "path": "fuzzed/missing", "content_key": "c"},
    ])
}

/// Sets a column of some rows, if possible.
fn set(file: &Path, (table, column): (&str, &str), rows: u8, value: &[u8]) {
    let connection = Connection::open(file).expect("the journal opens");
    let update = format!(
        "UPDATE OR REPLACE {table} SET {column} = ?1 WHERE (SELECT count(*) FROM {table} AS before \
         WHERE before.{column} < {table}.{column}) % 8 = ?2 OR ?2 > 7"
    );
    // Large values would take longer to write than to read.
    let _ = connection.pragma_update(None, "synchronous", "OFF");
    let text = text(value);
    let number = text.parse::<i64>();
    let _ = match (number, rows & 0x10) {
        (Ok(number), _) => connection.execute(&update, (number, rows & 0xf)),
        (_, 0) => connection.execute(&update, (text, rows & 0xf)),
        _ => connection.execute(&update, (value, rows & 0xf)),
    };
}

fn change(file: &Path, changes: &[u8]) {
    let mut database = fs::read(file).expect("the journal is there");
    for change in changes.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let length = database.len();
        database[at % length] = change[2];
    }
    fs::write(file, database).expect("the temporary folder can be written to");
}

/// Reads everything of a run.
fn read_all(store: &Store, id: &RunId) {
    let _ = store.ids();
    let _ = store.settings::<Value>(id);
    match store.run(id) {
        Ok(run) => {
            let _ = (run.duration(), run.artifacts(), run.counts());
            for step in run.steps().unwrap_or_default() {
                let _ = (run.config(&step), run.changes(&step));
                for call in &step.tool_calls {
                    let _ = (run.tool_arguments(call), run.tool_result(call));
                }
            }
        }
        Err(error) => format(&error),
    }
}

/// Resumes a run to its end.
fn resume(store: &Store, id: &RunId) {
    match store.resume(id, JournalOptions::default()) {
        Ok(journal) => {
            let journal = Arc::new(journal);
            let executor = Executor::new(recipe_steps::registry());
            let options = executor.options();
            match journal.context(&options.secrets, &options.environment) {
                Ok(mut context) => {
                    let recipe = source(&recipe());
                    let run = executor.run_durable(recipe, &mut context, journal.clone());
                    let _ = block_on(run);
                }
                Err(error) => format(&error),
            }
            journal.close();
        }
        Err(error) => format(&error),
    }
}

fn format(error: &StoreError) {
    let _ = recipe_core::chain(error).to_string();
}
