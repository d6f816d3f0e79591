//! Rust source files of a folder, for tests that read the code.

use std::fs;
use std::path::{Path, PathBuf};

/// Lists the Rust files in a folder and the folders in it.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// Lists the Rust files in `src` of all crates.
pub(crate) fn crate_sources() -> Vec<PathBuf> {
    let crates = fs::read_dir(crate::workspace().join("crates")).unwrap();
    crates
        .flat_map(|krate| rust_files(&krate.unwrap().path().join("src")))
        .collect()
}
