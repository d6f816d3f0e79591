//! Building steps from their configurations, and saying where in the document one is wrong.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{BuildError, Controls, PreparedStep, Registry, StepType, Steps};
use crate::document::{
    FieldError, MisplacedField, MissingField, Pointer, Problem, ProblemKind, Problems, Recipe,
    RefusedStepType, SourceText, StepControls, StepDocument, UnknownField, UnknownStepType,
    WrongType,
};
use crate::inspection;
use crate::nearest::nearest;
use crate::step::AnyStep;

/// What a [`Step`](crate::Step) is made with: it prepares the steps inside a step's configuration.
pub struct StepBuilder<'a> {
    registry: &'a Registry,
    recipe: &'a Recipe,
    /// What it builds; `None` for the recipe itself.
    place: Option<&'a Place<'a>>,
    problems: &'a mut Problems,
}

/// Where a step stands in a document: the way out, spelled only where there is something to report.
#[derive(Clone, Copy)]
struct Place<'p> {
    outer: Option<&'p Self>,
    entry: Entry<'p>,
    /// Its type, once it is known to be one.
    step_type: Option<&'static str>,
    /// The field of the step that this is about, if it is not the step itself.
    field: Option<&'static str>,
}

/// Which step of those inside another it is.
#[derive(Clone, Copy)]
enum Entry<'p> {
    /// One of a list, and what the steps of that list are called.
    Listed {
        list: &'p Pointer,
        noun: &'static str,
        index: usize,
    },
    /// One that was found in a configuration that is broken.
    Found(&'p Pointer),
}

impl Place<'_> {
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
impl fmt::Display for Place<'_> {
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
    /// What the registry [provides](Registry::provide) of this type.
    pub fn provided<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.registry.provided()
    }

    /// The server of tools that the recipe has under this name, as it is written.
    ///
    /// # Errors
    /// When there is none, with the name that looks most like it.
    pub fn mcp_server(&self, name: &str) -> Result<&Map<String, Value>, NoMcpServer> {
        let servers = &self.recipe.mcp_servers;
        servers.get(name).ok_or_else(|| NoMcpServer {
            name: name.to_owned(),
            nearest: nearest(name, servers.keys().map(String::as_str)),
        })
    }
}

/// A server that `mcp_servers` of the recipe does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no server {name} in mcp_servers of the recipe{}", did_you_mean(nearest.as_deref()))]
#[non_exhaustive]
pub struct NoMcpServer {
    /// The name that was looked for.
    pub name: String,
    /// The name there that looks most like it.
    pub nearest: Option<String>,
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
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
            recipe,
            place: None,
            problems,
        }
    }

    fn source(&self) -> Option<&'a SourceText> {
        self.recipe.source.as_ref()
    }

    /// Checks the servers of tools that the recipe names.
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
        let mut place = Place {
            outer: self.place,
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
            self.at(&place).report(|step| step.key("type"), kind);
            return None;
        };
        place.step_type = Some(step_type.name);
        let mut beside = self.at(&place);
        if let Some(reason) = registry.refused.get(step_type.name) {
            let kind = ProblemKind::RefusedStepType(RefusedStepType {
                step_type: step_type.name.to_owned(),
                reason: reason.clone(),
            });
            beside.report(|step| step.key("type"), kind);
        }
        let controls = beside.controls(document);
        let configuration = Place {
            field: document.nested.then_some("config"),
            ..place
        };
        let step = self.at(&configuration).step(step_type, document);
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

    /// A builder for what stands there.
    fn at<'b>(&'b mut self, place: &'b Place<'b>) -> StepBuilder<'b> {
        StepBuilder {
            registry: self.registry,
            recipe: self.recipe,
            place: Some(place),
            problems: self.problems,
        }
    }

    /// The step itself, by its configuration.
    fn step(&mut self, step_type: &StepType, document: &StepDocument) -> Option<Arc<dyn AnyStep>> {
        self.unknown_fields(step_type.unknown_fields(&document.config));
        match (step_type.build)(&document.config, self) {
            Ok(step) => Some(step),
            Err(BuildError::Deserialize(error)) => {
                let inspection = step_type.inspect(&document.config);
                self.steps_of_broken(inspection.steps);
                let first = self.deserialize_error(error, &inspection.templates);
                // Deserializing ends at the first field that is missing; the schema knows of all.
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
                let named = error.field.clone();
                self.report(|config| config.path(&named), error.into());
                None
            }
        }
    }

    /// What stands beside the configuration: the step's name, and how it is run.
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
            // Beside a configuration it is known, if not here.
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

    /// Checks the steps inside something that is broken, as far as they can be found.
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

    /// Reports a problem with something that stands inside of what is built.
    fn report(&mut self, inside: impl FnOnce(Pointer) -> Pointer, kind: ProblemKind) {
        let (pointer, place) = self.place.map_or_else(Default::default, |place| {
            (place.pointer(), place.to_string())
        });
        let problem = Problem::new(kind, place, self.source(), &inside(pointer));
        self.problems.push(problem);
    }
}
