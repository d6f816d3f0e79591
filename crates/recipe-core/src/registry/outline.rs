//! The steps of a recipe as a tree, with their templates and artifacts, for tools that inspect
//! recipes without running them.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Registry;
use crate::document::{Pointer, Recipe, StepControls, StepDocument, Target};
use crate::inspection::ArtifactUse;
use crate::step_traits::StepTraits;
use crate::subschemas::subschemas;

/// A step of a recipe, with its substeps.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OutlineStep {
    /// Its type.
    pub step_type: String,
    /// Whether the type is registered. If not, nothing is known of its configuration.
    pub is_known: bool,
    /// The facts that its type states; the default ones if the type is not registered.
    pub traits: StepTraits,
    /// Its name, if the recipe has one.
    pub name: Option<String>,
    /// Its name in messages: `step 0 (parallel): substeps[1] (read_file)`.
    pub place: String,
    /// Its configuration as written, in either spelling.
    pub config: Arc<Map<String, Value>>,
    /// Its controls as written: `name`, `timeout`, `retry`, `on_error`.
    pub controls: Map<String, Value>,
    /// The templates in its own fields, in the order of the document.
    pub templates: Vec<OutlineText>,
    /// The artifacts its own fields name, in the order of the document.
    pub artifacts: Vec<(OutlineText, ArtifactUse)>,
    /// The objects in the JSON Schemas of its responses, in the order of the document.
    pub answer_objects: Vec<OutlineObject>,
    /// Its lists of substeps, in the order of the document.
    pub inside: Vec<OutlineList>,
}

/// A list of substeps.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OutlineList {
    /// The field with the list: `substeps`, `if_true`.
    pub field: String,
    /// Whether they run only if the step fails. Otherwise the list is part of its configuration.
    pub is_on_error: bool,
    /// The steps in the list.
    pub steps: Vec<OutlineStep>,
}

/// An object in a response, by its JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineObject {
    /// The names of its properties, in the order of the schema.
    pub properties: Vec<OutlineText>,
    /// The names of the required ones.
    pub required: Vec<String>,
}

/// A string in a step's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineText {
    /// Its value, with escapes resolved.
    pub text: String,
    /// The field, as a path in the step's configuration such as `files[0].path`.
    pub field: String,
    /// Its span in the document, quotes included; `None` for a recipe that was not parsed from
    /// text.
    pub span: Option<Range<usize>>,
}

impl Registry {
    /// Outlines the steps of a recipe and their substeps, as far as the step types are known.
    pub fn outline(&self, recipe: &Recipe) -> Vec<OutlineStep> {
        let source = recipe.source.as_ref();
        let at = source.map_or_else(|| Pointer::default().key("steps"), |source| source.steps());
        let steps = recipe.steps.iter().enumerate();
        steps
            .filter(|(_, document)| !document.is_broken)
            .map(|(index, document)| {
                self.outline_step(recipe, document, &at.index(index), format!("step {index}"))
            })
            .collect()
    }

    fn outline_step(
        &self,
        recipe: &Recipe,
        document: &StepDocument,
        at: &Pointer,
        label: String,
    ) -> OutlineStep {
        let place = format!("{label} ({})", document.step_type);
        let mut step = OutlineStep {
            step_type: document.step_type.clone(),
            is_known: false,
            traits: StepTraits::new(),
            name: document.name().map(str::to_owned),
            place: place.clone(),
            config: document.config.clone(),
            controls: document.controls.clone(),
            templates: Vec::new(),
            artifacts: Vec::new(),
            answer_objects: Vec::new(),
            inside: Vec::new(),
        };
        let Some(step_type) = self.get(&document.step_type) else {
            return step;
        };
        let config_at = if document.nested {
            at.key("config")
        } else {
            at.clone()
        };
        let source = recipe.source.as_ref();
        let text = |pointer: &Pointer, text: &str, target| OutlineText {
            text: text.to_owned(),
            field: pointer.to_string(),
            span: source.map(|source| source.span(&config_at.join(pointer), target)),
        };
        let inspection = step_type.inspect(&document.config);
        step.is_known = true;
        step.traits = step_type.traits();
        for (pointer, template) in inspection.templates {
            step.templates.push(text(&pointer, template, Target::Value));
        }
        for (pointer, name, how) in inspection.artifacts {
            let is_key = pointer.last_key() == Some(name);
            let target = if is_key { Target::Key } else { Target::Value };
            step.artifacts.push((text(&pointer, name, target), how));
        }
        for (pointer, schema) in inspection.answer_schemas {
            for (at, part) in subschemas(schema) {
                let Some(properties) = part.get("properties").and_then(Value::as_object) else {
                    continue;
                };
                let at = pointer.join(&at).key("properties");
                let properties = properties.keys();
                let properties = properties.map(|name| text(&at.key(name), name, Target::Key));
                let required = part.get("required").and_then(Value::as_array);
                let required = required.into_iter().flatten().filter_map(Value::as_str);
                step.answer_objects.push(OutlineObject {
                    properties: properties.collect(),
                    required: required.map(str::to_owned).collect(),
                });
            }
        }
        let controls = StepControls::inspect(&document.controls);
        let inside = [
            (&config_at, inspection.steps, false),
            (at, controls.steps, true),
        ];
        for (holder_at, steps, is_on_error) in inside {
            for (pointer, value) in steps {
                let Ok(inner) = StepDocument::deserialize(value) else {
                    continue;
                };
                let path = pointer.to_string();
                let label = format!("{place}: {path}");
                let inner = self.outline_step(recipe, &inner, &holder_at.join(&pointer), label);
                let field = path.split(['.', '[']).next().unwrap_or_default();
                step.add(field, is_on_error, inner);
            }
        }
        step
    }
}

impl OutlineStep {
    /// Returns the lists of substeps in its configuration.
    pub fn own_lists(&self) -> impl Iterator<Item = &OutlineList> {
        self.inside.iter().filter(|list| !list.is_on_error)
    }

    /// Returns the steps that run if it fails, if any.
    pub fn on_error(&self) -> Option<&OutlineList> {
        self.inside.iter().find(|list| list.is_on_error)
    }

    /// Adds a substep to the list it belongs to.
    fn add(&mut self, field: &str, is_on_error: bool, inner: Self) {
        let is_same =
            |list: &&mut OutlineList| (&*list.field, list.is_on_error) == (field, is_on_error);
        match self.inside.last_mut().filter(is_same) {
            Some(list) => list.steps.push(inner),
            None => self.inside.push(OutlineList {
                field: field.to_owned(),
                is_on_error,
                steps: vec![inner],
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Steps;
    use crate::template::Template;
    use crate::{ConfigError, Context, Scope, Step, StepBuilder, StepError};
    use schemars::JsonSchema;
    use serde_json::json;

    /// Runs steps under a condition.
    #[derive(Deserialize, JsonSchema)]
    struct PerhapsConfig {
        /// The condition. A template.
        #[serde(default)]
        decides: Option<Template>,
        /// The steps.
        #[serde(default)]
        steps: Vec<StepDocument>,
    }

    struct Perhaps {
        _decides: Option<Template>,
        steps: Steps,
    }

    impl Step for Perhaps {
        const TYPE: &'static str = "perhaps";
        type Config = PerhapsConfig;

        fn new(config: PerhapsConfig, builder: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
            Ok(Self {
                _decides: config.decides,
                steps: builder.steps(&["steps"], "step", &config.steps),
            })
        }

        async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
            scope.run_steps(&self.steps, context).await
        }
    }

    #[test]
    fn substeps_and_their_templates_are_found() {
        let mut registry = Registry::new();
        registry.register::<Perhaps>().unwrap();
        let recipe = Recipe::from_value(json!([
            {"type": "perhaps", "name": "outer", "config": {"steps": [
                {"type": "perhaps", "decides": "{{ x }}"}, {"type": "unknown", "steps": []}, 7
            ]}}
        ]));
        let recipe = recipe.unwrap();
        let [outer] = &registry.outline(&recipe)[..] else {
            panic!("one step")
        };
        assert_eq!(
            (&*outer.step_type, outer.name.as_deref()),
            ("perhaps", Some("outer"))
        );
        let [list] = &outer.inside[..] else {
            panic!("one list")
        };
        let types: Vec<_> = list.steps.iter().map(|step| &*step.step_type).collect();
        assert_eq!((&*list.field, types), ("steps", vec!["perhaps", "unknown"]));

        let inner = &list.steps[0];
        assert_eq!(inner.place, "step 0 (perhaps): steps[0] (perhaps)");
        let templates = inner.templates.iter();
        let templates: Vec<_> = templates.map(|t| (&*t.text, &*t.field)).collect();
        assert_eq!(templates, [("{{ x }}", "decides")]);
    }
}
