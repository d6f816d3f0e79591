//! Files that a run may have written: an invalid recipe may be valid by then.

use std::path::{Component, Path, PathBuf, absolute};

use recipe_core::registry::{OutlineStep, WrittenFiles};
use serde_json::Value;

use super::Walk;
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::words;

impl Walk<'_, '_> {
    /// Records the files that a step writes.
    pub(super) fn written(&mut self, step: &OutlineStep, known: &mut Knowledge) {
        if !step.traits.may_write_files() {
            return;
        }
        match known_files(step, known) {
            Some(files) => self.files.extend(files),
            None => known.has_written = true,
        }
    }

    /// Whether the file at a path may have changed by then.
    pub(super) fn may_be_written(&self, path: &str, known: &Knowledge) -> bool {
        let is_among = |path| self.files.contains(&path);
        let has_files = !self.files.is_empty();
        known.has_written || has_files && plain(path.into()).is_none_or(is_among)
    }
}

/// Returns the files that a step writes, if all their paths are known.
fn known_files(step: &OutlineStep, known: &Knowledge) -> Option<Vec<PathBuf>> {
    let Some(WrittenFiles::At { path, root }) = step.traits.writes_files else {
        return None;
    };
    let text = |value: &Value| words::rendered(value.as_str()?, known);
    let root = match root.and_then(|field| step.config.get(field)) {
        Some(root) => text(root)?,
        None => ".".to_owned(),
    };
    let paths = match path.split_once('.') {
        None => vec![step.config.get(path)?],
        Some((list, field)) => {
            let files = step.config.get(list)?.as_array()?.iter();
            files.map(|file| file.get(field)).collect::<Option<_>>()?
        }
    };
    let files = paths.into_iter();
    files
        .map(|path| plain(Path::new(&root).join(text(path)?)))
        .collect()
}

/// Makes a path comparable; `None` with `..`, which may lead anywhere.
fn plain(path: PathBuf) -> Option<PathBuf> {
    let is_plain = !path.components().any(|part| part == Component::ParentDir);
    absolute(path).ok().filter(|_| is_plain)
}
