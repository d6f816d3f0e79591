//! Files that may be recipes: the named ones, and those in named directories.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Directories with files of other tools.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// Origin of a file that may be a recipe.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle each origin")]
pub enum Origin {
    /// Named by the user: it should be a recipe.
    Named,
    /// Found in a directory: it may be something else.
    Found,
    /// A directory that cannot be searched.
    Closed(io::Error),
}

/// Finds files that may be recipes, each once and sorted by name: the given files, and the `.json`,
/// `.yaml` and `.yml` files in the given directories. Skips hidden files and directories,
/// `node_modules` and `target`.
pub fn find_files(paths: &[PathBuf]) -> BTreeMap<PathBuf, Origin> {
    let mut files = BTreeMap::new();
    for path in paths {
        if path.is_dir() {
            search(path, &mut files);
        } else {
            files.insert(plain(path), Origin::Named);
        }
    }
    files
}

/// Searches a directory and its subdirectories. Links to directories are not followed: they may
/// form a cycle.
fn search(directory: &Path, files: &mut BTreeMap<PathBuf, Origin>) {
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(&directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                files.insert(plain(&directory), Origin::Closed(error));
                continue;
            }
        };
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !SKIPPED.contains(&&*name) {
                    directories.push(path);
                }
            } else if is_document(&path) && path.is_file() {
                files.entry(plain(&path)).or_insert(Origin::Found);
            }
        }
    }
}

/// Whether a file may be a recipe by its extension. Most Markdown files are not.
fn is_document(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let extension = extension.map(str::to_ascii_lowercase);
    matches!(extension.as_deref(), Some("json" | "yaml" | "yml"))
}

/// Removes `./`, so that each file has one name.
fn plain(path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let plain: PathBuf = parts.collect();
    if plain.as_os_str().is_empty() {
        path.to_owned()
    } else {
        plain
    }
}
