//! Removes secrets from the journal that became known after strings with them were stored.

use recipe_core::secrets::KnownSecrets;
use rusqlite::{Connection, params};

/// Columns that can contain a secret: table, key, column, kind of content.
const COLUMNS: &[(&str, &str, &str, Content)] = &[
    ("run", "rowid", "artifacts", Content::Json),
    ("run", "rowid", "config", Content::Json),
    ("run", "rowid", "recipe", Content::Text),
    ("run", "rowid", "folder", Content::Text),
    ("session", "number", "error", Content::Text),
    ("recipe", "number", "file", Content::Text),
    ("load", "path", "path", Content::Text),
    ("failure", "number", "path", Content::Text),
    ("failure", "number", "error", Content::Text),
    ("tool_call", "number", "path", Content::Text),
    ("tool_call", "number", "tool", Content::Text),
    ("step", "path", "name", Content::Text),
    ("step", "path", "error", Content::Text),
    ("step", "path", "reason", Content::Text),
    ("step", "path", "change", Content::Json),
    ("step", "path", "path", Content::Text),
    ("text", "rowid", "json", Content::Json),
];

/// Kind of content in a column.
#[derive(Clone, Copy)]
enum Content {
    Json,
    Text,
}

/// Seals everything with the currently known secrets. Returns whether it found any.
pub(crate) fn sweep(connection: &Connection, secrets: &KnownSecrets) -> rusqlite::Result<bool> {
    let mut is_found = false;
    for (table, key, column, content) in COLUMNS {
        let select = format!("SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL");
        let mut select = connection.prepare(&select)?;
        let mut rows = select.query(())?;
        let mut sealed_rows = Vec::new();
        while let Some(row) = rows.next()? {
            let text = row.get_ref(1)?.as_str()?;
            let sealed = match content {
                Content::Json => secrets.seal_json(text),
                Content::Text => secrets.seal_text(text),
            };
            if sealed != text {
                let key: rusqlite::types::Value = row.get(0)?;
                sealed_rows.push((key, sealed.into_owned()));
            }
        }
        let update = format!("UPDATE OR REPLACE {table} SET {column} = ? WHERE {key} = ?");
        for (key, sealed) in &sealed_rows {
            connection.execute(&update, params![sealed, key])?;
        }
        is_found |= !sealed_rows.is_empty();
    }
    Ok(is_found)
}

/// Moves the write-ahead log to the database, so that the log does not keep overwritten secrets.
pub(crate) fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
}
