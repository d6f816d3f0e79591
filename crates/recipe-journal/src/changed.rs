//! Recipes that are not what they were when the run stopped: found before it goes on.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use recipe_core::document::Format;
use recipe_core::internal::read_recipe_file;
use recipe_core::journal::{Fingerprint, RecipeChange};
use recipe_core::secrets::mask_sealed;
use recipe_core::{Recipe, Registry};

use crate::earlier::EarlierRecipe;
use crate::journal::RunJournal;

/// A recipe file that has changed since the run stopped.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChangedRecipe {
    /// The file, as it was named.
    pub file: String,
    /// What is different in it.
    pub change: RecipeChange,
}

impl RunJournal {
    /// The recipe files that have other texts now than when the run loaded them last. What the run itself has written
    /// since is not meant, nor are files that are gone.
    pub fn changed_recipes(&self, registry: &Registry) -> Vec<ChangedRecipe> {
        let earlier = self.earlier();
        let mut changed: Vec<_> = earlier
            .latest_recipes()
            .filter_map(|recipe| changed_since(recipe, earlier.killed(), registry))
            .collect();
        changed.sort_by(|one, other| one.file.cmp(&other.file));
        changed
    }

    /// Has the run go on with recipes as they are now: steps that are the same where they stand are not run again, the
    /// others are.
    pub fn accept_changes(&self, changed: &[ChangedRecipe]) {
        let files: Vec<_> = changed.iter().map(|recipe| recipe.file.clone()).collect();
        self.earlier().accept_changes(&files);
    }
}

fn changed_since(
    earlier: &EarlierRecipe,
    killed: Option<SystemTime>,
    registry: &Registry,
) -> Option<ChangedRecipe> {
    let path = Path::new(&earlier.file);
    let text = read_recipe_file(path).ok()?;
    let hash = Fingerprint::from_text(&text);
    if hash == earlier.hash || Some(hash) == earlier.left_as {
        return None;
    }
    // A process that was killed could not note how it left its files.
    let written = fs::metadata(path).and_then(|file| file.modified()).ok()?;
    if killed.is_some_and(|killed| written <= killed) {
        return None;
    }
    // Of one that is no recipe any more the run says so when it gets there.
    let recipe = Recipe::parse(text, Format::of(path)).ok()?;
    let steps = registry.steps_of(&recipe);
    Some(ChangedRecipe {
        file: mask_sealed(&earlier.file).into_owned(),
        change: RecipeChange::between(&earlier.steps, &steps),
    })
}
