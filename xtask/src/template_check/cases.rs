//! Templates with the outcomes of python-liquid.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::outcome::Outcome;

#[derive(Deserialize)]
pub(crate) struct Case {
    /// Name; a generated template has a path, such as `filter/sort/a/numbers`.
    pub(crate) name: String,
    pub(crate) template: String,
    pub(crate) data: Map<String, Value>,
    #[serde(flatten)]
    pub(crate) python: Outcome,
    /// Differing outcomes of python-liquid variants; see `tests/templates/variants.py`.
    pub(crate) variants: BTreeMap<String, Outcome>,
}

/// Reads a file with one case per line.
pub(crate) fn read(file: &Path) -> io::Result<Vec<Case>> {
    let lines = BufReader::new(File::open(file)?).lines();
    lines
        .map(|line| serde_json::from_str(&line?).map_err(io::Error::other))
        .collect()
}
