//! Recipes that are not what they were when the run stopped: found before it goes on.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use recipe_core::document::Format;
use recipe_core::internal::read_recipe_file;
use recipe_core::journal::{ContentHash, RecipeChange};
use recipe_core::secrets::mask_sealed;
use recipe_core::{Recipe, Registry};
use rusqlite::{Connection, params};

use crate::earlier::EarlierRecipe;
use crate::journal::RunJournal;
use crate::reader::content_hash;

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
    let hash = ContentHash::of(&text);
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

/// Notes of the recipe files that the run has loaded what they hold now: it may have written them since.
pub(crate) fn note_files(connection: &Connection) -> rusqlite::Result<()> {
    let latest = "SELECT number, file, hash FROM recipe
                  WHERE loaded = (SELECT max(loaded) FROM recipe AS same WHERE same.file = recipe.file)";
    let mut statement = connection.prepare(latest)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (number, file): (i64, String) = (row.get(0)?, row.get(1)?);
        let Ok(text) = read_recipe_file(Path::new(&file)) else {
            continue;
        };
        let hash = ContentHash::of(&text);
        if hash != content_hash(row, 2)? {
            let update = "UPDATE recipe SET left_as = ? WHERE number = ?";
            connection.execute(update, params![hash.as_bytes(), number])?;
        }
    }
    Ok(())
}
