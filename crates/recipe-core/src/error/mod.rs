//! Errors of runs.
//!
//! Each level knows its own part and keeps the cause as its source: a [`RunError`] names the
//! recipe, a [`StepError`] the step, and so on down to the cause. [`chain`] prints all of them on
//! one line (docs/design.md §8).

mod chain;
mod config_error;
mod record;
mod step_error;

pub use chain::chain;
pub use config_error::{ConfigError, ConfigErrorKind};
pub use record::{ErrorKind, ErrorRecord, FailureRecord};
pub use step_error::{Failure, Failures, InField, RecipeError, StepError};

/// Error of a run: its main recipe and the cause.
#[derive(Debug, thiserror::Error)]
#[error("{recipe}")]
#[non_exhaustive]
pub struct RunError {
    /// Main recipe, as passed to the executor.
    pub recipe: String,
    /// Cause.
    pub source: RecipeError,
}

impl RunError {
    /// Returns the error of a main recipe, as passed to the executor.
    pub fn new(recipe: impl Into<String>, source: RecipeError) -> Self {
        Self {
            recipe: recipe.into(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_chain_names_each_part_once() {
        let read = StepError::failed(io::Error::other("file not found: notes.md"));
        let read = StepError::step("step", 0, "read_file", Some("notes".into()), read);
        let recipe = StepError::recipe("recipes/b.json", RecipeError::Step(read));
        let substep = StepError::substep(1, "execute_recipe", None, recipe);
        let step = StepError::step("step", 2, "parallel", None, substep);
        let error = RunError::new("main.json", RecipeError::Step(step));
        insta::assert_snapshot!(chain(&error), @r#"main.json: step 2 (parallel): substep 1 (recipes/b.json): step 0 (read_file "notes"): file not found: notes.md"#);
    }

    #[test]
    fn a_cycle_of_recipes_is_shown_once() {
        let recipes = ["main", "a", "b", "a", "b"].map(str::to_owned).to_vec();
        let error = StepError::TooDeep { limit: 4, recipes };
        insta::assert_snapshot!(error, @"recipe calls exceed the depth limit of 4: main > a > b > a > …");
    }
}
