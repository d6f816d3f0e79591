//! The context that a run starts with, as its journal stores it.

use std::path::Path;
use std::time::SystemTime;

use recipe_core::Context;
use recipe_core::secrets::{KnownSecrets, is_secret_name};
use rusqlite::{Connection, params};
use serde_json::{Map, Value};

use crate::entry::{Entry, microseconds};
use crate::error::StoreError;
use crate::packing::{pack, unpack};
use crate::reader::Reader;
use crate::run_id::RunId;

/// A new run.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a new run takes all of these")]
pub struct NewRun<'r> {
    /// The main recipe, as it was named.
    pub recipe: &'r str,
    /// The context that the run starts with. Secrets in its configuration are not stored.
    pub context: &'r Context,
    /// The working directory.
    pub directory: &'r Path,
    /// Settings that the program reads when it resumes the run. They may not hold secrets.
    pub settings: Value,
}

/// Writes the context that a run starts with.
pub(crate) fn write_beginning(
    connection: &Connection,
    id: &RunId,
    run: &NewRun<'_>,
    began: SystemTime,
    secrets: &KnownSecrets,
) -> rusqlite::Result<()> {
    let config = run.context.config();
    let (secret, open): (Vec<_>, Vec<_>) =
        config.iter().partition(|(name, _)| is_secret_name(name));
    let open: Map<String, Value> = open
        .into_iter()
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let secret: Vec<Value> = secret
        .into_iter()
        .map(|(name, _)| name.clone().into())
        .collect();
    let mut texts = Vec::new();
    let artifacts = run.context.iter();
    let artifacts: Map<String, Value> = artifacts
        .map(|(name, value)| (name.to_owned(), pack(value, secrets, &mut texts)))
        .collect();
    for text in texts {
        Entry::Text(text).write(connection)?;
    }
    connection.execute(
        "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            id.as_str(),
            secrets.seal_text(run.recipe),
            run.directory.to_string_lossy(),
            env!("CARGO_PKG_VERSION"),
            microseconds(began),
            secrets.seal_json(&Value::Object(artifacts).to_string()),
            secrets.seal_json(&Value::Object(open).to_string()),
            Value::Array(secret).to_string(),
            run.settings.to_string(),
        ],
    )?;
    Ok(())
}

/// Reads the context that a run started with.
pub(crate) fn read_beginning(
    reader: &Reader,
    secrets: &KnownSecrets,
) -> Result<Context, StoreError> {
    let query = "SELECT artifacts, config FROM run";
    let (artifacts, config) = reader.one(query, (), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let artifacts: Map<String, Value> = reader.parse(&secrets.unseal_json(&artifacts)?)?;
    let mut context = Context::new();
    for (name, packed) in artifacts {
        let value = unpack(packed, &mut |reference| reader.text(reference, secrets))?;
        context.set(name, value);
    }
    let config: Map<String, Value> = reader.parse(&secrets.unseal_json(&config)?)?;
    for (name, value) in config {
        context.set_config(name, value);
    }
    Ok(context)
}
