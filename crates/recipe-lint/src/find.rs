//! Which files there are that may be recipes: those that were named, and those in folders that were.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Folders of other tools, full of files that nobody here has written.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// How a file came among those that may be recipes.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever looks for files must know what to do with each"
)]
pub enum Origin {
    /// It was named: it is a recipe, or should be one.
    Named,
    /// It was found in a folder: whether it is a recipe remains to be seen.
    Found,
    /// It is a folder, and cannot be searched.
    Closed(io::Error),
}

/// The files of these paths that may be recipes, each once, in the order of their names: those that are named, and of
/// folders that are, the `.json`, `.yaml` and `.yml` files in them. Hidden files and folders, `node_modules` and `target`
/// are passed over.
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

/// Looks through a folder and those inside it. Links to folders are not followed: they may lead in a circle.
fn search(folder: &Path, files: &mut BTreeMap<PathBuf, Origin>) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                files.insert(plain(&folder), Origin::Closed(error));
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
                    folders.push(path);
                }
            } else if is_document(&path) && path.is_file() {
                files.entry(plain(&path)).or_insert(Origin::Found);
            }
        }
    }
}

/// Whether a file may be a recipe by its extension. Markdown files are mostly about something else.
fn is_document(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let extension = extension.map(str::to_ascii_lowercase);
    matches!(extension.as_deref(), Some("json" | "yaml" | "yml"))
}

/// A path without `./`, so that one file has one name.
fn plain(path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let plain: PathBuf = parts.collect();
    if plain.as_os_str().is_empty() {
        path.to_owned()
    } else {
        plain
    }
}
