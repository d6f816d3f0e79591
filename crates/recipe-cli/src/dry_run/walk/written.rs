//! The files that a run has written by then: what is wrong with a recipe now may be put right.

use std::path::{Component, Path, PathBuf, absolute};

use recipe_core::Step;
use recipe_core::registry::OutlineStep;
use recipe_steps::{WriteFiles, writes_files};
use serde_json::Value;

use super::Walk;
use crate::dry_run::knowledge::Knowledge;
use crate::dry_run::words;

impl Walk<'_, '_> {
    /// Takes note of what a step writes.
    pub(super) fn written(&mut self, step: &OutlineStep, known: &mut Knowledge) {
        if !writes_files(&step.step_type) {
            return;
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

/// The files that a step writes, if all their paths are known; of other steps than `write_files` they never are.
fn known_files(step: &OutlineStep, known: &Knowledge) -> Option<Vec<PathBuf>> {
    if step.step_type != WriteFiles::TYPE {
        return None;
    }
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
