//! In-memory index of the steps that earlier processes of a run finished, without their changes.

use std::collections::HashMap;
use std::time::SystemTime;

use recipe_core::journal::{Fingerprint, LoadedRecipe, RecipeChange, RecipeStep, StepOutcome};

use crate::error::StoreError;
use crate::reader::{Reader, fingerprint, from_microseconds};

/// Finished steps and loaded recipes, by address.
#[derive(Debug)]
pub(crate) struct Earlier {
    ends: HashMap<String, End>,
    /// Addresses of the ended steps, whatever their state, sorted.
    ran: Vec<String>,
    /// Loaded texts, by their numbers.
    recipes: HashMap<i64, EarlierRecipe>,
    /// Number of the text that was loaded at each address.
    loads: HashMap<String, i64>,
    /// Whether recipes may have changed.
    accepts_changes: bool,
    next_number: i64,
    /// Latest time at which the last process can have been killed, if it was.
    killed: Option<SystemTime>,
}

#[derive(Debug)]
struct End {
    fingerprint: Fingerprint,
    ending: StepOutcome,
}

/// Text of a recipe that the run loaded.
#[derive(Debug)]
pub(crate) struct EarlierRecipe {
    pub(crate) file: String,
    pub(crate) hash: Fingerprint,
    /// Content of the file when the run stopped, if it differed.
    pub(crate) left_as: Option<Fingerprint>,
    pub(crate) steps: Vec<RecipeStep>,
    /// Time at which it was loaded last, in microseconds.
    pub(crate) loaded: i64,
}

/// Record of a step or loop iteration.
pub(crate) enum Known {
    /// No record exists.
    Nothing,
    /// The record is invalid because the step at this address changed.
    Void,
    /// The step has ended.
    Ended(StepOutcome),
}

impl Earlier {
    pub(crate) fn read(reader: &Reader) -> Result<Self, StoreError> {
        let ends = reader.all(
            "SELECT path, content, ending, reason FROM step WHERE ending IS NOT NULL",
            (),
            |row| {
                let ending: String = row.get(2)?;
                let ending = match &*ending {
                    "recovered" => StepOutcome::Recovered,
                    "failed" => StepOutcome::Failed {
                        message: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                    },
                    _ => StepOutcome::Done,
                };
                let fingerprint = fingerprint(row, 1)?;
                Ok((
                    row.get(0)?,
                    End {
                        fingerprint,
                        ending,
                    },
                ))
            },
        )?;
        let mut ran: Vec<String> = reader.all(
            "SELECT path FROM step WHERE type IS NOT NULL AND state IN ('done', 'recovered', 'failed')",
            (),
            |row| row.get(0),
        )?;
        ran.sort_unstable();
        let recipes = reader.all(
            "SELECT file, hash, loaded, steps, left_as, number FROM recipe",
            (),
            |row| {
                let recipe = EarlierRecipe {
                    file: row.get(0)?,
                    hash: fingerprint(row, 1)?,
                    left_as: row
                        .get::<_, Option<[u8; 32]>>(4)?
                        .map(Fingerprint::from_bytes),
                    steps: Vec::new(),
                    loaded: row.get(2)?,
                };
                Ok((row.get(5)?, recipe, row.get::<_, String>(3)?))
            },
        )?;
        let recipes = recipes.into_iter().map(|(number, recipe, steps)| {
            let steps: Vec<(String, String)> = reader.parse(&steps)?;
            let steps = steps.into_iter().map(|(step_type, fingerprint)| {
                let fingerprint = Fingerprint::parse(&fingerprint)
                    .ok_or_else(|| reader.corrupt("invalid hash"))?;
                Ok(RecipeStep::new(step_type, fingerprint))
            });
            let steps = steps.collect::<Result<_, StoreError>>()?;
            Ok((number, EarlierRecipe { steps, ..recipe }))
        });
        let loads = reader.all("SELECT path, recipe FROM load", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let query = "SELECT coalesce(max(number) + 1, 0) FROM step";
        let next_number = reader.one(query, (), |row| row.get(0))?;
        Ok(Self {
            ends: ends.into_iter().collect(),
            ran,
            recipes: recipes.collect::<Result<_, StoreError>>()?,
            loads: loads.into_iter().collect(),
            accepts_changes: false,
            next_number,
            killed: killed(reader)?,
        })
    }

    /// Whether nothing has ended.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn next_number(&self) -> i64 {
        self.next_number
    }

    /// Latest time at which the last process can have been killed, if it was.
    pub(crate) fn killed(&self) -> Option<SystemTime> {
        self.killed
    }

    /// Looks up the step or loop iteration at an address and removes an invalid record.
    pub(crate) fn ending(&mut self, path: &str, fingerprint: Fingerprint) -> Known {
        match self.ends.get(path) {
            None => Known::Nothing,
            Some(end) if end.fingerprint == fingerprint => Known::Ended(end.ending.clone()),
            Some(_) => {
                self.ends.remove(path);
                Known::Void
            }
        }
    }

    /// Number of ended steps inside a step or loop iteration.
    pub(crate) fn steps_inside(&self, path: &str, ending: &StepOutcome) -> usize {
        // Addresses continue with `.` or `/`; the next character is `0`.
        let inside = self.between(&format!("{path}."), &format!("{path}0"));
        let on_error = match ending {
            // These are looked up one by one.
            StepOutcome::Failed { .. } => {
                let field = format!("{path}.on_error");
                self.between(&format!("{field}["), &format!("{field}\\"))
            }
            _ => 0,
        };
        inside - on_error
    }

    /// Number of ended steps with addresses from `first` up to `end`.
    fn between(&self, first: &str, end: &str) -> usize {
        let position = |text: &str| self.ran.partition_point(|path| path.as_str() < text);
        position(end) - position(first)
    }

    /// Forgets the records of the steps inside a step.
    pub(crate) fn forget_below(&mut self, path: &str) {
        if !self.ends.is_empty() {
            self.ends.retain(|inner, _| !is_inside(inner, path));
            self.loads.retain(|inner, _| !is_inside(inner, path));
        }
    }

    /// Difference to the recipe that was loaded here, unless changes are accepted.
    pub(crate) fn change_of(&self, path: &str, recipe: LoadedRecipe<'_>) -> Option<RecipeChange> {
        let earlier = self.recipes.get(self.loads.get(path)?)?;
        let is_changed = earlier.hash != recipe.fingerprint && !self.accepts_changes;
        is_changed.then(|| RecipeChange::between(&earlier.steps, recipe.steps))
    }

    /// Text that was loaded last, for each file.
    pub(crate) fn latest_recipes(&self) -> impl Iterator<Item = &EarlierRecipe> {
        let mut latest: HashMap<&str, &EarlierRecipe> = HashMap::new();
        for recipe in self.recipes.values() {
            let known = latest.entry(&recipe.file).or_insert(recipe);
            if recipe.loaded > known.loaded {
                *known = recipe;
            }
        }
        latest.into_values()
    }

    /// Accepts changed recipes from now on. All steps around a call of these files run again.
    pub(crate) fn accept_changes(&mut self, files: &[String]) {
        self.accepts_changes = true;
        for (path, recipe) in &self.loads {
            let recipe = self.recipes.get(recipe);
            if recipe.is_some_and(|recipe| files.contains(&recipe.file)) {
                let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '/'));
                for (end, _) in ends {
                    self.ends.remove(&path[..end]);
                }
            }
        }
    }
}

/// Latest time at which the last process can have been killed: a little after its last write.
fn killed(reader: &Reader) -> Result<Option<SystemTime>, StoreError> {
    const MARGIN_MICROSECONDS: i64 = 2_000_000;
    let query = "
        SELECT max(session.began, (SELECT coalesce(max(began + coalesce(duration, 0)), 0) FROM step))
        FROM session WHERE ended IS NULL AND number = (SELECT max(number) FROM session)";
    let seen = reader.all(query, (), |row| row.get::<_, i64>(0))?.pop();
    Ok(seen.map(|seen| from_microseconds(seen + MARGIN_MICROSECONDS)))
}

/// Whether an address is inside a step.
fn is_inside(path: &str, step: &str) -> bool {
    path.strip_prefix(step)
        .is_some_and(|rest| rest.starts_with(['.', '/']))
}
