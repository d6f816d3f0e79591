//! The files that a run has written by then: what is wrong with a recipe now may be put right.

use std::path::{Component, Path, PathBuf, absolute};

use recipe_core::{OutlineStep, Step};
use recipe_steps::{Command, DocpackExtract, Shell, WriteFile, WriteFiles};
use serde_json::Value;

use super::Walk;
use crate::dry_run::knowledge::Knowledge;
use crate::dry_run::words;

impl Walk<'_, '_> {
    /// Takes note of what a step writes.
    pub(super) fn written(&mut self, step: &OutlineStep, known: &mut Knowledge) {
        match &*step.step_type {
            WriteFile::TYPE | WriteFiles::TYPE => {}
            // What these write is known only afterwards.
            DocpackExtract::TYPE | Command::TYPE | Shell::TYPE => {
                known.has_written = true;
                return;
            }
            _ => return,
        }
        match known_files(step, known) {
            Some(files) => self.files.extend(files),
            None => known.has_written = true,
        }
    }

    /// Whether the file at a path may be another one by then.
    pub(super) fn may_be_written(&self, path: &str, known: &Knowledge) -> bool {
        let is_among = |path| self.files.contains(&path);
        let has_files = !self.files.is_empty();
        known.has_written || has_files && plain(path.into()).is_none_or(is_among)
    }
}

/// The files that a step writes, if all their paths are known.
fn known_files(step: &OutlineStep, known: &Knowledge) -> Option<Vec<PathBuf>> {
    let text = |value: Option<&Value>| words::rendered(value?.as_str()?, known);
    let root = match step.config.get("root") {
        Some(root) => text(Some(root))?,
        None => ".".to_owned(),
    };
    let files = step.config.get("files")?.as_array()?.iter();
    files
        .map(|file| plain(Path::new(&root).join(text(file.get("path"))?)))
        .collect()
}

/// A path that can be compared; one with `..` may be anywhere.
fn plain(path: PathBuf) -> Option<PathBuf> {
    let is_plain = !path.components().any(|part| part == Component::ParentDir);
    absolute(path).ok().filter(|_| is_plain)
}
