//! Generates and checks the JSON Schemas in `schemas/` and their catalog, from the steps and the
//! event records. They are kept in the repository, where editors and other readers fetch them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use recipe_core::event::EventRecord;

use crate::catalog::{self, RECIPE_SCHEMA};

/// Writes the schemas to a directory and removes unexpected files there.
pub(crate) fn write(folder: &Path) -> io::Result<ExitCode> {
    let stale = compare(folder)?;
    for (path, state) in &stale {
        let file = folder.join(path);
        match state {
            State::Extra => fs::remove_file(&file)?,
            State::Missing(content) | State::Stale(content) => {
                fs::create_dir_all(file.parent().unwrap_or(folder))?;
                fs::write(&file, content)?;
            }
        }
        println!("{} {}", state.done(), file.display());
    }
    if stale.is_empty() {
        println!("{} is up to date", folder.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Reports missing, stale and unexpected schemas in a directory.
pub(crate) fn check(folder: &Path) -> io::Result<ExitCode> {
    let stale = compare(folder)?;
    if stale.is_empty() {
        println!("{} is up to date", folder.display());
        return Ok(ExitCode::SUCCESS);
    }
    for (path, state) in &stale {
        eprintln!("{} {}", state.found(), folder.join(path).display());
    }
    eprintln!("run `cargo xtask schemas` and commit the result");
    Ok(ExitCode::FAILURE)
}

/// Difference of a file from the generated ones.
#[derive(Debug, PartialEq)]
enum State {
    /// The file is missing; its content.
    Missing(String),
    /// The content differs; the new content.
    Stale(String),
    /// The file is unexpected.
    Extra,
}

impl State {
    fn found(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing:",
            Self::Stale(_) => "stale:  ",
            Self::Extra => "extra:  ",
        }
    }

    fn done(&self) -> &'static str {
        match self {
            Self::Missing(_) => "created",
            Self::Stale(_) => "updated",
            Self::Extra => "removed",
        }
    }
}

/// Compares the files of a directory with the generated ones.
fn compare(folder: &Path) -> io::Result<BTreeMap<PathBuf, State>> {
    let mut states = BTreeMap::new();
    let mut present = files(folder)?;
    for (path, content) in generate() {
        match present.remove(&path) {
            Some(text) if text == content.as_bytes() => {}
            Some(_) => drop(states.insert(path, State::Stale(content))),
            None => drop(states.insert(path, State::Missing(content))),
        }
    }
    states.extend(present.into_keys().map(|path| (path, State::Extra)));
    Ok(states)
}

/// Generates all schemas and their catalog, by path in the directory.
fn generate() -> BTreeMap<PathBuf, String> {
    let mut registry = recipe_steps::registry();
    recipe_llm::register(&mut registry).expect("the type names are unique");
    let text = |schema| format!("{:#}\n", serde_json::Value::from(schema));
    let recipe = (RECIPE_SCHEMA.into(), text(registry.recipe_schema()));
    let catalog = ("catalog.json".into(), catalog::text());
    // Not in the catalog: it describes lines of a file, which editors do not support.
    let events = ("events.schema.json".into(), text(EventRecord::schema()));
    let steps = registry.types().filter_map(|step_type| {
        let path = format!("steps/{}.schema.json", step_type.name());
        let schema = registry.config_schema(step_type.name())?;
        Some((path.into(), text(schema)))
    });
    steps.chain([recipe, catalog, events]).collect()
}

/// Reads all files below a directory, by path; none if the directory is missing.
fn files(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let entries = match fs::read_dir(folder.join(&inner)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files.insert(path, fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_missing_and_extra_files_are_reported_and_fixed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("schemas");
        assert_eq!(compare(&folder).unwrap().len(), generate().len());
        write(&folder).unwrap();
        assert!(compare(&folder).unwrap().is_empty());

        fs::write(folder.join("recipe.schema.json"), "{}").unwrap();
        fs::remove_file(folder.join("steps/loop.schema.json")).unwrap();
        fs::write(folder.join("steps/gone.schema.json"), "{}").unwrap();
        let found: Vec<_> = compare(&folder)
            .unwrap()
            .into_iter()
            .map(|(path, state)| format!("{} {}", state.found().trim(), path.display()))
            .collect();
        assert_eq!(
            found,
            [
                "stale: recipe.schema.json",
                "extra: steps/gone.schema.json",
                "missing: steps/loop.schema.json",
            ]
        );
        assert_eq!(check(&folder).unwrap(), ExitCode::FAILURE);
        write(&folder).unwrap();
        assert_eq!(check(&folder).unwrap(), ExitCode::SUCCESS);
    }
}
