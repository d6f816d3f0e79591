//! The files that a new project begins with, written without overwriting anything.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The recipe to begin with.
const HELLO: &str = r#"{
  "$schema": "./schemas/recipe.schema.json",
  "name": "hello",
  "description": "Greets someone, by default the world.",
  "inputs": {
    "name": {
      "description": "Whom to greet.",
      "type": "string",
      "default": "world"
    }
  },
  "steps": [
    {
      "type": "set_context",
      "config": { "key": "greeting", "value": "Hello {{ name | capitalize }}!" }
    },
    {
      "type": "write_files",
      "config": { "files": [{ "path": "output/greeting.txt", "content_key": "greeting" }] }
    }
  ]
}
"#;

/// Settings with which Visual Studio Code checks recipes that do not name their schema; those in YAML with the
/// extension that most use for it.
const EDITOR_SETTINGS: &str = r#"{
  "json.schemas": [
    {
      "fileMatch": ["recipes/**/*.json", "*.recipe.json"],
      "url": "./schemas/recipe.schema.json"
    }
  ],
  "yaml.schemas": {
    "./schemas/recipe.schema.json": [
      "recipes/**/*.yaml",
      "recipes/**/*.yml",
      "*.recipe.yaml",
      "*.recipe.yml"
    ]
  }
}
"#;

/// A project that cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewProjectError {
    /// Files are there already and would be overwritten.
    #[error("would overwrite {}", list(.0))]
    Existing(Vec<PathBuf>),
    /// Where a folder should be is something else.
    #[error("not a folder: {}", .0.display())]
    NotAFolder(PathBuf),
    /// A folder cannot be made.
    #[error("cannot make the folder {}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let paths = paths.iter().map(|path| path.display().to_string());
    paths.collect::<Vec<_>>().join(", ")
}

/// One file of a new project.
pub(crate) struct NewFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Whether it was there before, as it should be.
    pub(crate) was_there: bool,
    content: String,
}

/// Makes the files in a folder, all or, when one of them would overwrite something, none.
pub(crate) fn make(folder: &Path, schema: String) -> Result<Vec<NewFile>, NewProjectError> {
    let files = plan(folder, schema)?;
    let missing = || files.iter().filter(|file| !file.was_there);
    for file in missing() {
        make_folder_of(&file.path)?;
    }
    for file in missing() {
        write(file)?;
    }
    Ok(files)
}

/// The files, compared with what is there.
fn plan(folder: &Path, schema: String) -> Result<Vec<NewFile>, NewProjectError> {
    let contents = [
        ("hello.json", HELLO.to_owned()),
        ("schemas/recipe.schema.json", schema),
        (".vscode/settings.json", EDITOR_SETTINGS.to_owned()),
    ];
    let mut files = Vec::new();
    let mut in_the_way = Vec::new();
    for (name, content) in contents {
        let path = match folder == Path::new(".") {
            true => PathBuf::from(name),
            false => folder.join(name),
        };
        check_folder_of(&path)?;
        // A link that leads nowhere is something, too.
        let exists = fs::symlink_metadata(&path).is_ok();
        let was_there = exists && fs::read(&path).is_ok_and(|bytes| bytes == content.as_bytes());
        if exists && !was_there {
            in_the_way.push(path.clone());
        }
        files.push(NewFile {
            path,
            was_there,
            content,
        });
    }
    if in_the_way.is_empty() {
        Ok(files)
    } else {
        Err(NewProjectError::Existing(in_the_way))
    }
}

/// Makes sure that nothing else is where a folder should be.
fn check_folder_of(path: &Path) -> Result<(), NewProjectError> {
    for ancestor in path.ancestors().skip(1) {
        match fs::metadata(ancestor) {
            Ok(there) if there.is_dir() => return Ok(()),
            Ok(_) => return Err(NewProjectError::NotAFolder(ancestor.to_owned())),
            Err(_) => {}
        }
    }
    Ok(())
}

fn make_folder_of(path: &Path) -> Result<(), NewProjectError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|source| NewProjectError::Folder {
        path: folder.to_owned(),
        source,
    })
}

/// Writes a file that must not be there yet, whole or not at all.
fn write(file: &NewFile) -> Result<(), NewProjectError> {
    let failed = |source| NewProjectError::File {
        path: file.path.clone(),
        source,
    };
    // Whatever has come into its place since the plan was made stays.
    let mut open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file.path)
        .map_err(failed)?;
    open.write_all(file.content.as_bytes()).map_err(|source| {
        // Half a file would be in the way of the next try.
        let _ = fs::remove_file(&file.path);
        failed(source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use recipe_core::Recipe;
    use recipe_core::document::Format;
    use serde_json::Value;

    #[test]
    fn the_recipe_is_valid_and_the_settings_are_json() {
        let recipe = Recipe::parse(HELLO, Format::Json).unwrap();
        assert!(recipe_steps::registry().check(&recipe).is_empty());
        assert!(serde_json::from_str::<Value>(EDITOR_SETTINGS).is_ok());
    }
}
