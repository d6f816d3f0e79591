//! Finds recipes that changed since the run stopped, before it is resumed.

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

/// Recipe file that changed since the run stopped.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChangedRecipe {
    /// Path of the file, as given.
    pub file: String,
    /// Difference between its steps.
    pub change: RecipeChange,
}

impl RunJournal {
    /// Recipe files whose text differs from the one that the run loaded last. Changes by the run
    /// itself do not count, nor do missing files.
    pub fn changed_recipes(&self, registry: &Registry) -> Vec<ChangedRecipe> {
        let earlier = self.earlier();
        let mut changed: Vec<_> = earlier
            .latest_recipes()
            .filter_map(|recipe| changed_since(recipe, earlier.killed(), registry))
            .collect();
        changed.sort_by(|one, other| one.file.cmp(&other.file));
        changed
    }

    /// Lets the run continue with the current recipes: only changed steps run again.
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
    // A killed process could not record the state of its files.
    let written = fs::metadata(path).and_then(|file| file.modified()).ok()?;
    if killed.is_some_and(|killed| written <= killed) {
        return None;
    }
    // The run itself reports an invalid recipe when it loads it.
    let recipe = Recipe::parse(text, Format::from_path(path)).ok()?;
    let steps = registry.steps_of(&recipe);
    Some(ChangedRecipe {
        file: mask_sealed(&earlier.file).into_owned(),
        change: RecipeChange::between(&earlier.steps, &steps),
    })
}
