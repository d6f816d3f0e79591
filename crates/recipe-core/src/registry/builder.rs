//! Builds steps from their configurations, and reports mistakes with their places.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{BuildError, Controls, PreparedStep, Registry, StepType, Steps};
use crate::document::{
    FieldError, InvalidField, MisplacedField, MissingField, Pointer, Problem, ProblemKind,
    Problems, Recipe, RefusedStepType, SourceText, StepControls, StepDocument, UnknownField,
    UnknownStepType, WrongType,
};
use crate::error::{ConfigError, ConfigErrorKind, chain};
use crate::inspection;
use crate::nearest::nearest;
use crate::step::AnyStep;

/// Prepares the steps inside a step's configuration; passed to [`Step::new`](crate::Step::new).
pub struct StepBuilder<'a> {
    registry: &'a Registry,
    recipe: &'a Recipe,
    /// The step that it builds; `None` for the recipe itself.
    location: Option<&'a Location<'a>>,
    problems: &'a mut Problems,
}

/// Location of a step in a document, as a chain outwards. Spelled out only for a report.
#[derive(Clone, Copy)]
struct Location<'p> {
    outer: Option<&'p Self>,
    entry: Entry<'p>,
    /// Its type, once known to be registered.
    step_type: Option<&'static str>,
    /// The field of the step that is meant, if not the step itself.
    field: Option<&'static str>,
}

/// A step inside another.
#[derive(Clone, Copy)]
enum Entry<'p> {
    /// An item of a list, with the noun for steps of that list.
    Listed {
        list: &'p Pointer,
        noun: &'static str,
        index: usize,
    },
    /// A step found in a broken configuration.
    Found(&'p Pointer),
}

impl Location<'_> {
    fn pointer(&self) -> Pointer {
        let outer = self.outer.map(Self::pointer).unwrap_or_default();
        let step = match self.entry {
            Entry::Listed { list, index, .. } => outer.join(list).index(index),
            Entry::Found(pointer) => outer.join(pointer),
        };
        self.field.map_or(step.clone(), |field| step.key(field))
    }
}

/// `step 0 (parallel): substep 1 (loop)`
impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outer) = self.outer {
            write!(f, "{outer}: ")?;
        }
        match self.entry {
            Entry::Listed { noun, index, .. } => write!(f, "{noun} {index}")?,
            Entry::Found(pointer) => pointer.fmt(f)?,
        }
        match self.step_type {
            Some(step_type) => write!(f, " ({step_type})"),
            None => Ok(()),
        }
    }
}

impl StepBuilder<'_> {
    /// Returns the [extension](Registry::add_extension) of this type.
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.registry.extension()
    }

    /// Returns the tool server that the recipe names, as written.
    ///
    /// # Errors
    /// If the recipe does not have it, fails with the name that looks most like it.
    pub fn mcp_server(&self, name: &str) -> Result<&Map<String, Value>, NoMcpServer> {
        let servers = &self.recipe.mcp_servers;
        servers.get(name).ok_or_else(|| NoMcpServer {
            name: name.to_owned(),
            nearest: nearest(name, servers.keys().map(String::as_str)),
        })
    }
}

/// A server that is missing in `mcp_servers` of the recipe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("server not found in mcp_servers: {name}{}", did_you_mean(nearest.as_deref()))]
#[non_exhaustive]
pub struct NoMcpServer {
    /// The name as given.
    pub name: String,
    /// The existing name that looks most like it.
    pub nearest: Option<String>,
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

impl<'a> StepBuilder<'a> {
    /// Creates a builder for the steps of the recipe itself.
    pub(super) fn root(
        registry: &'a Registry,
        recipe: &'a Recipe,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            registry,
            recipe,
            location: None,
            problems,
        }
    }

    fn source(&self) -> Option<&'a SourceText> {
        self.recipe.source.as_ref()
    }

    /// Checks the tool servers of the recipe.
    pub(super) fn mcp_servers(&mut self) {
        let Some(section) = self.registry.mcp_servers.as_deref() else {
            return;
        };
        for (name, server) in &self.recipe.mcp_servers {
            let at = Pointer::default().key("mcp_servers").key(name);
            for unknown in section.unknown_fields(server) {
                let kind = ProblemKind::UnknownField(UnknownField {
                    field: unknown.name,
                    nearest: unknown.nearest,
                });
                self.report(|_| at.join(&unknown.pointer), kind);
            }
            if let Err(error) = (section.check)(server) {
                let pointer = at.join(&error.pointer);
                let templates = section.inspect(server).templates;
                let kind = ProblemKind::from_field_error(error, &templates);
                let kind = kind.within(&format!("mcp_servers.{name}"));
                self.report(|_| pointer, kind);
            }
        }
    }

    pub(super) fn recipe_steps(&mut self, recipe: &Recipe) -> Steps {
        let list = self
            .source()
            .map_or_else(|| Pointer::default().key("steps"), SourceText::steps);
        self.build_all("steps", "step", &list, &recipe.steps)
    }

    /// Prepares the steps in a field of this step's configuration; `field` is the path of the list,
    /// such as `["if_true", "steps"]`.
    ///
    /// `noun` is the word for such a step in messages: `substep` gives `substep 1 (read_file)`. The
    /// first part of `field` appears in their [paths](crate::StepPath). Mistakes in them are
    /// reported with their place in the document.
    pub fn steps(
        &mut self,
        field: &[&'static str],
        noun: &'static str,
        documents: &[StepDocument],
    ) -> Steps {
        let list = field
            .iter()
            .fold(Pointer::default(), |list, key| list.key(key));
        let field = field.first().copied().unwrap_or("steps");
        self.build_all(field, noun, &list, documents)
    }

    fn build_all(
        &mut self,
        field: &'static str,
        noun: &'static str,
        list: &Pointer,
        documents: &[StepDocument],
    ) -> Steps {
        let mut built = Vec::with_capacity(documents.len());
        built.extend(
            documents
                .iter()
                .enumerate()
                .filter_map(|(index, document)| {
                    self.build(Entry::Listed { list, noun, index }, document)
                }),
        );
        Steps {
            field,
            noun,
            list: Arc::new(built),
        }
    }

    fn build(&mut self, entry: Entry<'_>, document: &StepDocument) -> Option<PreparedStep> {
        if document.is_broken {
            return None;
        }
        let mut location = Location {
            outer: self.location,
            entry,
            step_type: None,
            field: None,
        };
        let registry = self.registry;
        let Some(step_type) = registry.get(&document.step_type) else {
            let kind = ProblemKind::UnknownStepType(UnknownStepType {
                step_type: document.step_type.clone(),
                nearest: registry.nearest(&document.step_type),
            });
            self.at(&location).report(|step| step.key("type"), kind);
            return None;
        };
        location.step_type = Some(step_type.name);
        let mut beside = self.at(&location);
        if let Some(reason) = registry.refused.get(step_type.name) {
            let kind = ProblemKind::RefusedStepType(RefusedStepType {
                step_type: step_type.name.to_owned(),
                reason: reason.clone(),
            });
            beside.report(|step| step.key("type"), kind);
        }
        let controls = beside.controls(document);
        let configuration = Location {
            field: document.nested.then_some("config"),
            ..location
        };
        let step = self.at(&configuration).step(step_type, document);
        let (name, controls) = controls?;
        Some(PreparedStep {
            step_type: step_type.name,
            name,
            config: document.config.clone(),
            step: step?,
            controls,
            fingerprint: OnceLock::new(),
        })
    }

    /// Returns a builder for this location.
    fn at<'b>(&'b mut self, location: &'b Location<'b>) -> StepBuilder<'b> {
        StepBuilder {
            registry: self.registry,
            recipe: self.recipe,
            location: Some(location),
            problems: self.problems,
        }
    }

    /// Builds the step from its configuration.
    fn step(&mut self, step_type: &StepType, document: &StepDocument) -> Option<Arc<dyn AnyStep>> {
        self.unknown_fields(step_type.unknown_fields(&document.config));
        match (step_type.build)(&document.config, self) {
            Ok(step) => Some(step),
            Err(BuildError::Deserialize(error)) => {
                let inspection = step_type.inspect(&document.config);
                self.steps_of_broken(inspection.steps);
                let first = self.deserialize_error(error, &inspection.templates);
                // Deserializing stops at the first missing field; the schema has all of them.
                for (pointer, field) in inspection.missing_fields {
                    let within = pointer.to_string();
                    let kind = ProblemKind::MissingField(MissingField { within, field });
                    if kind != first {
                        self.report(|config| config.join(&pointer), kind);
                    }
                }
                None
            }
            Err(BuildError::Refused(error)) => {
                let ConfigError {
                    field,
                    kind,
                    source,
                } = error;
                let named = field.clone();
                let message = chain(&*source).to_string();
                let problem = InvalidField { field, message };
                let kind = match kind {
                    ConfigErrorKind::Condition => ProblemKind::Condition(problem),
                    ConfigErrorKind::Value => ProblemKind::Value(problem),
                };
                self.report(|config| config.path(&named), kind);
                None
            }
        }
    }

    /// Parses the fields beside the configuration: the step's name, and how it is run.
    fn controls(
        &mut self,
        document: &StepDocument,
    ) -> Option<(Option<String>, Option<Box<Controls>>)> {
        let fields = &document.controls;
        if fields.is_empty() {
            return Some((None, None));
        }
        self.unknown_fields(StepControls::unknown_fields(fields));
        if let Some(name) = StepControls::list(fields) {
            let kind = ProblemKind::Type(WrongType {
                field: name.to_owned(),
                expected: "an object".to_owned(),
                found: "a list".to_owned(),
            });
            self.report(|step| step.key(name), kind);
            return None;
        }
        let controls = match StepControls::parse(fields) {
            Ok(controls) => controls,
            Err(error) => {
                let inspection = StepControls::inspect(fields);
                self.steps_of_broken(inspection.steps);
                self.deserialize_error(error, &inspection.templates);
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

    fn unknown_fields(&mut self, fields: Vec<inspection::UnknownField>) {
        for unknown in fields {
            // A field that is known beside the configuration, not in it.
            let is_misplaced = unknown.pointer.is_one_key() && StepControls::has(&unknown.name);
            let kind = match is_misplaced {
                true => ProblemKind::MisplacedField(MisplacedField {
                    field: unknown.name,
                }),
                false => ProblemKind::UnknownField(UnknownField {
                    field: unknown.name,
                    nearest: unknown.nearest,
                }),
            };
            self.report(|fields| fields.join(&unknown.pointer), kind);
        }
    }

    /// Checks the steps inside a broken configuration, as far as they can be found.
    fn steps_of_broken(&mut self, steps: Vec<(Pointer, &Value)>) {
        for (pointer, value) in steps {
            if let Ok(document) = StepDocument::deserialize(value) {
                self.build(Entry::Found(&pointer), &document);
            }
        }
    }

    fn deserialize_error(
        &mut self,
        error: FieldError,
        templates: &[(Pointer, &str)],
    ) -> ProblemKind {
        let pointer = error.pointer.clone();
        let kind = ProblemKind::from_field_error(error, templates);
        self.report(|fields| fields.join(&pointer), kind.clone());
        kind
    }

    /// Reports a problem of a value inside of this location.
    fn report(&mut self, inside: impl FnOnce(Pointer) -> Pointer, kind: ProblemKind) {
        let (pointer, place) = self.location.map_or_else(Default::default, |location| {
            (location.pointer(), location.to_string())
        });
        let problem = Problem::new(kind, place, self.source(), &inside(pointer));
        self.problems.push(problem);
    }
}
