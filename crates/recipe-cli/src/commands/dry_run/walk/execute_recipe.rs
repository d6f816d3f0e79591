//! Steps that call recipes, which are followed as far as their paths are known.

use std::path::{Path, PathBuf};

use recipe_core::error::RecipeError;
use recipe_core::registry::{OutlineStep, RecipeCall};
use recipe_core::template::{Template, TemplateValue};
use recipe_core::{StepError, chain};
use recipe_steps::render_override;
use serde::Deserialize;
use serde_json::Value;

use super::place::Place;
use super::{Walk, template_failed};
use crate::commands::dry_run::knowledge::Knowledge;
use crate::commands::dry_run::words;

/// Maximum number of calls that are followed.
const MAX_CALLS: usize = 1_000;

/// Decision on a call.
enum Found {
    Followed {
        path: String,
        /// Canonical path, if the file exists.
        resolved: Option<PathBuf>,
    },
    /// With the reason, unless the plan shows it anyway.
    NotFollowed(&'static str),
}

impl Walk<'_, '_> {
    pub(super) fn calls_recipe(
        &mut self,
        step: &OutlineStep,
        call: RecipeCall,
        head: &str,
        at: &Place,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let written = step.config.get(call.path).and_then(Value::as_str);
        let written = written.unwrap_or_default();
        let head = format!("{head} {}", words::template(written, known, self.plan));
        let path = known.render(|variables| Template::parse(written)?.render(variables));
        let path = path.transpose();
        let path = path.map_err(|error| template_failed(call.path, error));

        let mut fields = Vec::new();
        let mut in_head = vec![call.path];
        let mut overridden = Ok(());
        if let Some(field) = call.overrides {
            overridden = self.overrides(step, field, &mut fields, known);
            in_head.push(field);
        }
        fields.extend(words::fields(step, &in_head, known, self.plan));

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

    /// Sets the artifacts in a field, each value with those before it.
    fn overrides(
        &self,
        step: &OutlineStep,
        field: &str,
        fields: &mut Vec<String>,
        known: &mut Knowledge,
    ) -> Result<(), StepError> {
        let overrides = step.config.get(field).and_then(Value::as_object);
        for (name, written) in overrides.into_iter().flatten() {
            let value = TemplateValue::deserialize(written).map_err(StepError::failed)?;
            let field = format!("{field}.{name}");
            let rendered = known.render(|variables| render_override(&field, &value, variables));
            let shown = match rendered.transpose()? {
                Some(value) => {
                    let shown = words::value(&value, self.plan);
                    known.change(name, |artifacts| artifacts.set(name.as_str(), value));
                    shown
                }
                None => {
                    known.forget(name);
                    words::value(written, self.plan) + words::UNKNOWN
                }
            };
            fields.push(format!("{} = {shown}", words::cut(name)));
        }
        Ok(())
    }

    /// Decides whether to follow a recipe.
    fn find(&mut self, path: String) -> Found {
        let file = Path::new(&path);
        // Anything but a regular file, such as a pipe, can be read only once: by the run.
        if file.exists() && !file.is_file() && !file.is_dir() {
            return Found::NotFollowed(" (not a regular file, not followed)");
        }
        let resolved = file.canonicalize().ok();
        if resolved
            .as_ref()
            .is_some_and(|file| self.stack.contains(file))
        {
            return Found::NotFollowed(" (calls itself again, not followed)");
        }
        self.calls += 1;
        if self.calls > MAX_CALLS {
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
        let in_recipe = |source| StepError::recipe(path, source);
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
        self.stack.extend(resolved.clone());
        let result = self.recipe(&called, &inside, known);
        if resolved.is_some() {
            self.stack.pop();
        }
        result.map_err(|error| in_recipe(RecipeError::Step(error)))
    }
}
