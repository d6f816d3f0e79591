//! Building steps from their configurations, and saying where in the document one is wrong.

use std::any::{Any, TypeId};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::Value;

use super::{BuildError, Controls, PreparedStep, Registry, StepType, Steps};
use crate::document::{
    Pointer, Problem, ProblemKind, Problems, Recipe, SourceText, StepControls, StepDocument,
};
use crate::error::ConfigError;
use crate::inspection::UnknownField;
use crate::step::AnyStep;

/// What a [`Step`](crate::Step) is made with: it prepares the steps inside a step's configuration.
pub struct StepBuilder<'a> {
    registry: &'a Registry,
    source: Option<&'a SourceText>,
    /// Where the configuration stands.
    pointer: Pointer,
    /// The same for people: `step 0 (parallel): substep 1 (loop)`.
    place: String,
    problems: &'a mut Problems,
}

impl StepBuilder<'_> {
    /// What the registry [provides](Registry::provide) of this type.
    pub fn provided<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let thing = self.registry.provided.get(&TypeId::of::<T>())?;
        thing.clone().downcast().ok()
    }
}

impl<'a> StepBuilder<'a> {
    /// A builder for the steps of a recipe itself.
    pub(super) fn root(
        registry: &'a Registry,
        recipe: &'a Recipe,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            registry,
            source: recipe.source.as_ref(),
            pointer: Pointer::default(),
            place: String::new(),
            problems,
        }
    }

    pub(super) fn recipe_steps(&mut self, recipe: &Recipe) -> Steps {
        let at = self
            .source
            .map_or_else(|| Pointer::default().key("steps"), SourceText::steps);
        self.build_all("steps", "step", &at, &recipe.steps)
    }

    /// Prepares steps that stand in a field of this step's configuration; `field` is the way to the list,
    /// such as `["if_true", "steps"]`.
    ///
    /// `noun` is what one of them is called in messages: `substep` gives `substep 1 (read_file)`. The first
    /// part of `field` stands in their [paths](crate::StepPath). What is wrong with them is reported with
    /// their place in the document.
    pub fn steps(
        &mut self,
        field: &[&'static str],
        noun: &'static str,
        documents: &[StepDocument],
    ) -> Steps {
        let at = field
            .iter()
            .fold(self.pointer.clone(), |at, key| at.key(key));
        self.build_all(
            field.first().copied().unwrap_or("steps"),
            noun,
            &at,
            documents,
        )
    }

    fn build_all(
        &mut self,
        field: &'static str,
        noun: &'static str,
        at: &Pointer,
        documents: &[StepDocument],
    ) -> Steps {
        let list = documents
            .iter()
            .enumerate()
            .filter_map(|(index, document)| {
                self.build(format!("{noun} {index}"), at.index(index), document)
            })
            .collect();
        Steps { field, noun, list }
    }

    fn build(
        &mut self,
        label: String,
        at: Pointer,
        document: &StepDocument,
    ) -> Option<PreparedStep> {
        if document.is_broken {
            return None;
        }
        let registry = self.registry;
        let Some(step_type) = registry.get(&document.step_type) else {
            let kind = ProblemKind::UnknownStepType {
                step_type: document.step_type.clone(),
                nearest: registry.nearest(&document.step_type),
            };
            self.inside(at.clone(), &label)
                .report(&at.key("type"), kind);
            return None;
        };
        let place = format!("{label} ({})", step_type.name);
        if let Some(reason) = registry.refused.get(step_type.name) {
            let kind = ProblemKind::RefusedStepType {
                step_type: step_type.name.to_owned(),
                reason: reason.clone(),
            };
            self.inside(at.clone(), &place)
                .report(&at.key("type"), kind);
        }
        let controls = self.inside(at.clone(), &place).controls(document);
        let config_at = if document.nested {
            at.key("config")
        } else {
            at
        };
        let step = self.inside(config_at, &place).step(step_type, document);
        let (name, controls) = controls?;
        Some(PreparedStep {
            step_type: step_type.name,
            name,
            config: document.config.clone(),
            step: step?,
            controls,
            content: OnceLock::new(),
        })
    }

    /// A builder for what stands inside.
    fn inside(&mut self, pointer: Pointer, label: &str) -> StepBuilder<'_> {
        StepBuilder {
            registry: self.registry,
            source: self.source,
            pointer,
            place: match self.place.as_str() {
                "" => label.to_owned(),
                place => format!("{place}: {label}"),
            },
            problems: self.problems,
        }
    }

    /// The step itself, by its configuration.
    fn step(&mut self, step_type: &StepType, document: &StepDocument) -> Option<Arc<dyn AnyStep>> {
        let inspection = step_type.inspect(&document.config);
        self.unknown_fields(inspection.unknown_fields);
        match (step_type.build)(Value::Object((*document.config).clone()), self) {
            Ok(step) => Some(step),
            Err(BuildError::Deserialize(error)) => {
                self.steps_of_broken(inspection.steps);
                let first = self.deserialize_error(error);
                // Deserializing ends at the first field that is missing; the schema knows of all.
                for (within, field) in inspection.missing_fields {
                    let pointer = self.pointer.join(&within);
                    let within = within.to_string();
                    let kind = ProblemKind::MissingField { within, field };
                    if kind != first {
                        self.report(&pointer, kind);
                    }
                }
                None
            }
            Err(BuildError::Refused(ConfigError { field, message })) => {
                let pointer = self.pointer.path(&field);
                self.report(&pointer, ProblemKind::InvalidField { field, message });
                None
            }
        }
    }

    /// What stands beside the configuration: the step's name, and how it is run.
    fn controls(&mut self, document: &StepDocument) -> Option<(Option<String>, Option<Controls>)> {
        let fields = &document.controls;
        if fields.is_empty() {
            return Some((None, None));
        }
        let inspection = StepControls::inspect(fields);
        self.unknown_fields(inspection.unknown_fields);
        if let Some(name) = StepControls::list(fields) {
            let field = name.to_owned();
            let message = "expected an object, found a list".to_owned();
            let pointer = self.pointer.key(name);
            self.report(&pointer, ProblemKind::InvalidField { field, message });
            return None;
        }
        let controls = match StepControls::parse(fields) {
            Ok(controls) => controls,
            Err(error) => {
                self.steps_of_broken(inspection.steps);
                self.deserialize_error(error);
                return None;
            }
        };
        let on_error = controls
            .on_error
            .map(|on_error| self.steps(&["on_error", "steps"], "on_error step", &on_error.steps));
        let run = Controls {
            timeout: controls.timeout,
            retry: controls.retry,
            on_error,
        };
        Some((controls.name, run.if_any()))
    }

    fn unknown_fields(&mut self, fields: Vec<UnknownField>) {
        for unknown in fields {
            // Beside a configuration it is known, if not here.
            let is_misplaced = unknown.pointer.is_one_key() && StepControls::has(&unknown.name);
            let kind = match is_misplaced {
                true => ProblemKind::MisplacedField {
                    field: unknown.name,
                },
                false => ProblemKind::UnknownField {
                    field: unknown.name,
                    nearest: unknown.nearest,
                },
            };
            let pointer = self.pointer.join(&unknown.pointer);
            self.report(&pointer, kind);
        }
    }

    /// Checks the steps inside something that is broken, as far as they can be found.
    fn steps_of_broken(&mut self, steps: Vec<(Pointer, &Value)>) {
        for (pointer, value) in steps {
            if let Ok(document) = StepDocument::deserialize(value) {
                let at = self.pointer.join(&pointer);
                self.build(pointer.to_string(), at, &document);
            }
        }
    }

    fn deserialize_error(
        &mut self,
        error: serde_path_to_error::Error<serde_json::Error>,
    ) -> ProblemKind {
        let pointer = self.pointer.follow(error.path());
        let kind = ProblemKind::of_error(error);
        self.report(&pointer, kind.clone());
        kind
    }

    fn report(&mut self, at: &Pointer, kind: ProblemKind) {
        let place = self.place.clone();
        self.problems
            .push(Problem::new(kind, place, self.source, at));
    }
}
