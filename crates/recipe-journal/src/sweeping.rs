//! Secrets that become known when texts with them are in the journal already: they are taken out of it.

use recipe_core::secrets::KnownSecrets;
use rusqlite::{Connection, params};

/// Every column in which a secret could stand, with what tells a row from others.
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

/// How secrets stand in a column.
#[derive(Clone, Copy)]
enum Content {
    Json,
    Text,
}

/// Seals everything with the secrets that are known now. Tells whether there was any.
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

/// Brings what is in the log to where it belongs, so that nothing is left in the log of what was overwritten.
pub(crate) fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
}
