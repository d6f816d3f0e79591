//! Templates, with what python-liquid makes of each.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::outcome::Outcome;

#[derive(Deserialize)]
pub(crate) struct Case {
    /// For a generated template its place among the others: `filter/sort/a/numbers`.
    pub(crate) name: String,
    pub(crate) template: String,
    pub(crate) data: Map<String, Value>,
    #[serde(flatten)]
    pub(crate) python: Outcome,
    /// Outcomes of python-liquid with a behaviour changed, where they are others: see `tests/templates/variants.py`.
    pub(crate) variants: BTreeMap<String, Outcome>,
}

/// Reads a file with a case on each line.
pub(crate) fn read(file: &Path) -> io::Result<Vec<Case>> {
    let lines = BufReader::new(File::open(file)?).lines();
    lines
        .map(|line| serde_json::from_str(&line?).map_err(io::Error::other))
        .collect()
}
