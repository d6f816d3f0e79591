//! The content of recipe files when a run stops.

use std::path::Path;

use recipe_core::internal::read_recipe_file;
use recipe_core::journal::Fingerprint;
use rusqlite::{Connection, params};

use crate::reader::fingerprint;

/// Stores the current hash of each loaded recipe file, since the run may have written it.
pub(crate) fn store(connection: &Connection) -> rusqlite::Result<()> {
    let latest = "SELECT number, file, hash FROM recipe
                  WHERE loaded = (SELECT max(loaded) FROM recipe AS same WHERE same.file = recipe.file)";
    let mut statement = connection.prepare(latest)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (number, file): (i64, String) = (row.get(0)?, row.get(1)?);
        let Ok(text) = read_recipe_file(Path::new(&file)) else {
            continue;
        };
        let hash = Fingerprint::from_text(&text);
        if hash != fingerprint(row, 2)? {
            let update = "UPDATE recipe SET left_as = ? WHERE number = ?";
            connection.execute(update, params![hash.as_bytes(), number])?;
        }
    }
    Ok(())
}
