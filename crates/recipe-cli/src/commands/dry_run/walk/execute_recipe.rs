//! `execute_recipe`: the recipes that recipes call are followed, as far as their paths are known.

use std::path::{Path, PathBuf};

use recipe_core::error::RecipeError;
use recipe_core::registry::OutlineStep;
use recipe_core::{StepError, chain};
use recipe_steps::{ExecuteRecipe, ExecuteRecipeConfig};

use super::place::Place;
use super::{Walk, config, template_failed};
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::words;

/// How many calls of recipes are followed.
const MOST_CALLS: usize = 1_000;

/// What is to be done about a call.
enum Found {
    Followed {
        path: String,
        /// Where the file is there.
        resolved: Option<PathBuf>,
    },
    /// And why, where that does not go without saying.
    NotFollowed(&'static str),
}

impl Walk<'_, '_> {
    pub(super) fn execute_recipe(
        &mut self,
        step: &OutlineStep,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let config = config::<ExecuteRecipe>(step)?;
        let written = config.recipe_path.text();
        let head = format!("{head} {}", words::template(written, known, self.plan));
        let path = known.render(|variables| config.recipe_path.render(variables));
        let path = path.transpose();
        let path = path.map_err(|error| template_failed("recipe_path", error));

        let mut fields = Vec::new();
        let overridden = self.overrides(&config, &mut fields, known);
        let told = ["recipe_path", "context_overrides"];
        fields.extend(words::fields(step, &told, known, self.plan));

        let found = match path.and_then(|path| overridden.map(|()| path)) {
            Ok(Some(path)) => self.find(path),
            Ok(None) => Found::NotFollowed(""),
            Err(error) => {
                self.plan.line_with(at.depth, &head, ",", &fields, "");
                return Err(self.fails(at, error));
            }
        };
        match found {
            Found::Followed { path, resolved } => {
                self.plan.line_with(at.depth, &head, ",", &fields, "");
                self.call(&path, resolved, at, known)
            }
            Found::NotFollowed(why) => {
                let head = format!("{head}{why}");
                self.plan.line_with(at.depth, &head, ",", &fields, "");
                known.forget_all();
                Ok(())
            }
        }
    }

    /// Sets what a call sets first, each value with those before it.
    fn overrides(
        &self,
        config: &ExecuteRecipeConfig,
        fields: &mut Vec<String>,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        for (name, value) in &config.context_overrides {
            let name = name.as_str();
            let rendered = known
                .render(|variables| ExecuteRecipeConfig::render_override(name, value, variables));
            let shown = match rendered.transpose()? {
                Some(value) => {
                    let shown = words::value(&value, self.plan);
                    known.change(name, |artifacts| artifacts.set(name, value));
                    shown
                }
                None => {
                    known.forget(name);
                    words::value(value.source(), self.plan) + words::UNKNOWN
                }
            };
            fields.push(format!("{} = {shown}", words::cut(name)));
        }
        Ok(())
    }

    /// Whether a recipe is to be followed.
    fn find(&mut self, path: String) -> Found {
        let file = Path::new(&path);
        // What is no plain file, such as a pipe, is read once only, and that by the run.
        if file.exists() && !file.is_file() && !file.is_dir() {
            return Found::NotFollowed(" (no plain file, not followed)");
        }
        let resolved = file.canonicalize().ok();
        if resolved
            .as_ref()
            .is_some_and(|file| self.way.contains(file))
        {
            return Found::NotFollowed(" (calls itself again, not followed)");
        }
        self.calls += 1;
        if self.calls > MOST_CALLS {
            return Found::NotFollowed(" (over 1000 calls, not followed)");
        }
        Found::Followed { path, resolved }
    }

    fn call(
        &mut self,
        path: &str,
        resolved: Option<PathBuf>,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let inside = at.recipe(path);
        let in_recipe = |source| StepError::Recipe {
            path: path.to_owned(),
            source: Box::new(source),
        };
        let called = match self.recipes.read(Path::new(path), &inside.path) {
            Ok(called) => called,
            Err(error) if self.may_be_written(path, known) => {
                // An earlier step may have written it by then.
                let error = chain(&error).to_string();
                self.plan.line(
                    inside.depth,
                    &format!("not followed, as it is now: {error}"),
                );
                known.forget_all();
                return Ok(());
            }
            Err(error) => return Err(self.fails(at, in_recipe(error))),
        };
        self.way.extend(resolved.clone());
        let result = self.recipe(&called, &inside, known);
        if resolved.is_some() {
            self.way.pop();
        }
        result.map_err(|error| in_recipe(RecipeError::Step(error)))
    }
}
