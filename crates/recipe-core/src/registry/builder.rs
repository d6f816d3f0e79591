//! Building steps from their configurations, and saying where in the document one is wrong.

use serde::Deserialize;
use serde_json::Value;

use super::{BuildError, PreparedStep, Registry, Steps};
use crate::document::{Pointer, Problem, ProblemKind, Problems, Recipe, SourceText, StepDocument};
use crate::error::ConfigError;
use crate::nearest::nearest;

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
            let place = join(&self.place, &label);
            self.report(&at.key("type"), place, kind);
            return None;
        };
        let place = join(&self.place, &format!("{label} ({})", step_type.name));
        for name in &document.unknown {
            let known = StepDocument::FIELDS.into_iter();
            let kind = ProblemKind::UnknownField {
                field: name.clone(),
                nearest: nearest(name, known),
            };
            self.report(&at.key(name), place.clone(), kind);
        }
        let config_at = if document.nested {
            at.key("config")
        } else {
            at
        };
        let inspection = step_type.inspect(&document.config);
        for unknown in inspection.unknown_fields {
            let kind = ProblemKind::UnknownField {
                field: unknown.name,
                nearest: unknown.nearest,
            };
            self.report(&config_at.join(&unknown.pointer), place.clone(), kind);
        }
        let mut inner = StepBuilder {
            registry,
            source: self.source,
            pointer: config_at.clone(),
            place: place.clone(),
            problems: self.problems,
        };
        match (step_type.build)(Value::Object(document.config.clone()), &mut inner) {
            Ok(step) => Some(PreparedStep {
                step_type: step_type.name,
                name: document.name.clone(),
                step,
            }),
            Err(BuildError::Deserialize(error)) => {
                // The steps inside are checked all the same, as far as they can be found.
                for (pointer, value) in inspection.steps {
                    if let Ok(document) = StepDocument::deserialize(value) {
                        inner.build(pointer.to_string(), config_at.join(&pointer), &document);
                    }
                }
                let pointer = config_at.follow(error.path());
                let kind = ProblemKind::of_error(error);
                // Deserializing ends at the first field that is missing; the schema knows of all.
                let others = inspection.missing_fields.into_iter();
                let others = others.map(|(within, field)| {
                    let pointer = config_at.join(&within);
                    let within = within.to_string();
                    (pointer, ProblemKind::MissingField { within, field })
                });
                let others: Vec<_> = others.filter(|(_, other)| *other != kind).collect();
                self.report(&pointer, place.clone(), kind);
                for (pointer, kind) in others {
                    self.report(&pointer, place.clone(), kind);
                }
                None
            }
            Err(BuildError::Refused(ConfigError { field, message })) => {
                let pointer = config_at.path(&field);
                self.report(
                    &pointer,
                    place,
                    ProblemKind::InvalidField { field, message },
                );
                None
            }
        }
    }

    fn report(&mut self, at: &Pointer, place: String, kind: ProblemKind) {
        self.problems
            .push(Problem::new(kind, place, self.source, at));
    }
}

fn join(place: &str, label: &str) -> String {
    if place.is_empty() {
        label.to_owned()
    } else {
        format!("{place}: {label}")
    }
}
