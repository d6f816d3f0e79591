//! Recipes as data, and parsing them.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::deserialize::{from_object, from_value};
use super::duplicate_keys::has_duplicate_keys;
use super::format::Format;
use super::inputs::{self, Input, InputError};
use super::json::{SyntaxError, parse_json};
use super::markdown::{MarkdownError, json_block};
use super::pointer::Pointer;
use super::position::Position;
use super::problem::{Problem, Problems};
use super::problem_kind::{ProblemKind, UnknownField};
use super::source_text::{SourceText, Target};
use super::step_document::StepDocument;
use super::yaml::{PlainScalar, YamlError, YamlErrorKind, parse_yaml};
use crate::Context;
use crate::inspection::unknown_fields;
use crate::schema_settings::root_schema;

/// A list of steps that share a context, with a description of its inputs and outputs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename = "recipe")]
pub struct Recipe {
    /// JSON Schema with which editors check this document.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Name of the recipe.
    #[serde(default)]
    pub name: Option<String>,
    /// Description of the recipe.
    #[serde(default)]
    pub description: Option<String>,
    /// Artifacts that the recipe needs at the start, by name.
    #[serde(default)]
    pub inputs: IndexMap<String, Input>,
    /// Artifacts that are the result of the recipe, by name, when it is called as a tool (`recipe
    /// mcp`).
    #[serde(default)]
    pub outputs: Vec<String>,
    /// Environment variables to copy into the configuration, under their lower-case names.
    #[serde(default)]
    pub env_vars: Vec<String>,
    /// Tool servers that speak the Model Context Protocol (MCP), by the names that steps use for
    /// them: `server` of mcp, and `mcp_servers` of llm_generate.
    #[serde(default)]
    pub mcp_servers: IndexMap<String, Map<String, Value>>,
    /// The steps, run one after the other on the same context.
    pub steps: Vec<StepDocument>,
    /// The text that the recipe was parsed from.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) source: Option<SourceText>,
    /// Problems that do not stop a run: unknown fields beside `steps`, and duplicate keys.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) warnings: Problems,
}

/// A text that is not a recipe.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The text does not parse.
    #[error("{position}: {message}{}", Near(.near))]
    Syntax {
        /// Position at which parsing stopped.
        position: Position,
        /// Description of the error.
        message: String,
        /// The text around that position; may be empty.
        near: String,
        /// Text to write instead, if known.
        suggestion: Option<String>,
    },
    /// A YAML object has a duplicate key. In JSON the last value is used, and the key is a
    /// [`Problem`].
    #[error("{position}: duplicate key: {key}{}", Near(.near))]
    DuplicateKey {
        /// Position of the last key.
        position: Position,
        /// The key.
        key: String,
        /// The text around that position.
        near: String,
    },
    /// The Markdown text has no ```` ```json ```` block.
    #[error("no ```json block in the Markdown text")]
    NoJsonBlock,
    /// The document parses and is not a recipe.
    #[error(transparent)]
    Invalid(Problems),
}

impl Recipe {
    /// Parses a recipe, in JSON or YAML: an object with `steps`, a bare list of steps, or Markdown
    /// with either in its ```` ```json ```` block.
    ///
    /// # Errors
    /// Fails if the text does not parse or is not a recipe. Step types and their configurations are
    /// checked by [`Registry::check`](crate::Registry::check).
    pub fn parse(text: impl Into<Arc<str>>, format: Format) -> Result<Self, DocumentError> {
        Self::parse_leniently(text, format).and_then(Self::without)
    }

    /// Parses as much of a recipe as possible, for tools that report all problems: invalid steps
    /// are left out of later checks, other invalid values are ignored.
    ///
    /// # Errors
    /// Fails if the text does not parse.
    pub fn parse_leniently(
        text: impl Into<Arc<str>>,
        format: Format,
    ) -> Result<(Self, Problems), DocumentError> {
        let text = text.into();
        let document = match format {
            Format::Json | Format::Yaml => 0..text.len(),
            Format::Markdown => json_block(&text).map_err(|error| markdown_error(&text, error))?,
        };
        let json = &text[document.clone()];
        // Editors on Windows may put a byte order mark first.
        let bom = if json.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        let document = document.start + bom..document.end;
        let written = &text[document.clone()];
        let value = match format {
            Format::Yaml => parse_yaml(written).map_err(Mistake::from),
            Format::Json | Format::Markdown => parse_json(written).map_err(Mistake::from),
        };
        let value = value.map_err(|mistake| mistake.within(&text, document.start))?;
        let bare_list = matches!(value, Value::Array(_));
        // In YAML, a duplicate key has been an error already.
        let has_duplicate_keys =
            format != Format::Yaml && has_duplicate_keys(&text[document.clone()], &value);
        let source = SourceText::new(text, document, format, bare_list);
        let (mut recipe, problems) = Self::from_json(value, Some(source));
        if has_duplicate_keys {
            recipe.add_duplicate_keys();
        }
        Ok((recipe, problems))
    }

    /// Reads a recipe from parsed JSON: an object with `steps`, or a list of steps.
    ///
    /// # Errors
    /// Fails if the value is not a recipe.
    pub fn from_value(value: Value) -> Result<Self, DocumentError> {
        Self::without(Self::from_json(value, None))
    }

    /// Returns the unquoted scalars of a recipe in YAML, with their places in its text. Empty for
    /// other formats.
    pub fn plain_scalars(&self) -> Vec<PlainScalar> {
        let source = self.source.as_ref();
        source.map_or_else(Vec::new, SourceText::plain_scalars)
    }

    /// Returns the range to underline for a declared input, in bytes of the text. `None` for a
    /// recipe that was not parsed from text.
    pub fn input_span(&self, name: &str) -> Option<Range<usize>> {
        let pointer = Pointer::default().key("inputs").key(name);
        let source = self.source.as_ref()?;
        Some(source.span(&pointer, Target::Key))
    }

    /// Converts the inputs in `context` to their declared types and sets defaults, as a run does
    /// before its first step.
    ///
    /// # Errors
    /// Fails at the first input that is missing or invalid.
    pub fn apply_inputs(&self, context: &mut Context) -> Result<(), InputError> {
        inputs::apply(&self.inputs, context)
    }

    fn add_duplicate_keys(&mut self) {
        let Some(source) = &self.source else {
            return;
        };
        for (key, span) in source.duplicate_keys() {
            self.warnings
                .push(Problem::duplicate_key(key, source, span));
        }
    }

    /// Returns the recipe if it has no problems.
    fn without((recipe, mut problems): (Self, Problems)) -> Result<Self, DocumentError> {
        if problems.is_empty() {
            return Ok(recipe);
        }
        problems.append(recipe.warnings);
        Err(DocumentError::Invalid(problems))
    }

    fn from_json(value: Value, source: Option<SourceText>) -> (Self, Problems) {
        let mut problems = Problems::default();
        let mut report = |pointer: &Pointer, kind| {
            problems.push(Problem::new(kind, String::new(), source.as_ref(), pointer));
        };
        let mut fields = match value {
            Value::Object(fields) => fields,
            Value::Array(steps) => Map::from_iter([("steps".to_owned(), Value::Array(steps))]),
            _ => {
                let message = "expected an object with `steps`, or a list of steps";
                report(&Pointer::default(), ProblemKind::invalid("", message));
                return (Self::default(), problems);
            }
        };
        static SCHEMA: LazyLock<Value> = LazyLock::new(root_schema::<Recipe>);
        let mut warnings = Problems::default();
        if !are_known(&fields) {
            for found in unknown_fields(&SCHEMA, &fields) {
                let kind = ProblemKind::UnknownField(UnknownField {
                    field: found.name,
                    nearest: found.nearest,
                });
                let place = String::new();
                warnings.push(Problem::new(kind, place, source.as_ref(), &found.pointer));
            }
        }
        // An invalid step does not hide problems of others.
        let at = source
            .as_ref()
            .map_or_else(|| Pointer::default().key("steps"), SourceText::steps);
        let steps = match fields.get_mut("steps") {
            Some(Value::Array(steps)) => std::mem::take(steps),
            _ => Vec::new(),
        };
        let steps = steps.into_iter().enumerate().map(|(index, step)| {
            let step = StepDocument::from_value(step).or_else(|value| from_value(&value));
            step.unwrap_or_else(|error| {
                let kind =
                    ProblemKind::from_field_error(error, &[]).within(&format!("steps[{index}]"));
                report(&at.index(index), kind);
                StepDocument::broken()
            })
        });
        let steps: Vec<StepDocument> = steps.collect();
        let recipe: Self = from_object(&fields).unwrap_or_else(|error| {
            let pointer = error.pointer.clone();
            report(&pointer, ProblemKind::from_field_error(error, &[]));
            Self::default()
        });
        for (name, input) in &recipe.inputs {
            if let Some(message) = input.wrong_default() {
                let field = format!("inputs.{name}.default");
                let pointer = Pointer::default().key("inputs").key(name).key("default");
                report(&pointer, ProblemKind::invalid(field, message));
            }
        }
        let recipe = Self {
            steps,
            source,
            warnings,
            ..recipe
        };
        (recipe, problems)
    }
}

/// Fields of a recipe. The schema has them, too, but building it takes longer than all else that a
/// small recipe needs to be parsed.
const FIELDS: [&str; 8] = [
    "$schema",
    "name",
    "description",
    "inputs",
    "outputs",
    "env_vars",
    "mcp_servers",
    "steps",
];
/// Fields of an input whose content has no further fields.
const INPUT_FIELDS: [&str; 15] = [
    "description",
    "type",
    "default",
    "required",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Whether all fields except those of steps are known, so that the schema is not needed.
fn are_known(fields: &Map<String, Value>) -> bool {
    let inputs = fields.get("inputs").and_then(Value::as_object);
    let mut inputs = inputs.into_iter().flat_map(Map::values);
    fields.keys().all(|name| FIELDS.contains(&name.as_str()))
        && inputs.all(|input| {
            let mut fields = input.as_object().into_iter().flat_map(Map::keys);
            fields.all(|name| INPUT_FIELDS.contains(&name.as_str()))
        })
}

/// `, near …`, if there is any text.
struct Near<'n>(&'n str);

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            near => write!(f, ", near `{near}`"),
        }
    }
}

/// An error in the document part of a text.
struct Mistake {
    position: Position,
    kind: MistakeKind,
}

enum MistakeKind {
    Json(String),
    Yaml(YamlErrorKind),
}

impl From<SyntaxError> for Mistake {
    fn from(error: SyntaxError) -> Self {
        Self {
            position: error.position,
            kind: MistakeKind::Json(error.message),
        }
    }
}

impl From<YamlError> for Mistake {
    fn from(error: YamlError) -> Self {
        Self {
            position: error.position,
            kind: MistakeKind::Yaml(error.kind),
        }
    }
}

impl Mistake {
    /// Returns the error with its position in the whole text, where the document begins at `start`.
    fn within(self, text: &str, start: usize) -> DocumentError {
        let document = &text[start..];
        let offset = self.position.offset_in(document);
        let position = Position::from_offset(text, start + offset);
        let near = around(document, offset);
        let (message, suggestion) = match self.kind {
            MistakeKind::Yaml(YamlErrorKind::DuplicateKey { key }) => {
                return DocumentError::DuplicateKey {
                    position,
                    key,
                    near,
                };
            }
            MistakeKind::Yaml(kind) => (kind.to_string(), kind.suggestion()),
            MistakeKind::Json(message) => (message, None),
        };
        DocumentError::Syntax {
            position,
            message,
            near,
            suggestion,
        }
    }
}

/// Returns the error of a Markdown text without a recipe, with its position.
fn markdown_error(text: &str, error: MarkdownError) -> DocumentError {
    let (at, message) = match error {
        MarkdownError::NoJsonBlock => return DocumentError::NoJsonBlock,
        MarkdownError::Unclosed(at) => (at, "unclosed block"),
        MarkdownError::SecondJsonBlock(at) => (at, "unexpected second ```json block"),
    };
    DocumentError::Syntax {
        position: Position::from_offset(text, at),
        message: message.to_owned(),
        near: around(text, at),
        suggestion: None,
    }
}

/// Returns the text around an offset, at most one line.
fn around(text: &str, offset: usize) -> String {
    const EITHER_SIDE: usize = 20;
    let line_start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[offset..]
        .find('\n')
        .map_or(text.len(), |end| offset + end);
    let before: Vec<char> = text[line_start..offset]
        .chars()
        .rev()
        .take(EITHER_SIDE)
        .collect();
    let after = text[offset..line_end].chars().take(EITHER_SIDE);
    let near: String = before.into_iter().rev().chain(after).collect();
    near.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Recipe::parse(text, Format::Json).unwrap_err().to_string()
    }

    #[test]
    fn a_bare_list_and_markdown_are_recipes() {
        let list = Recipe::parse(r#"[{"type": "t"}]"#, Format::Json).unwrap();
        assert_eq!(list.steps.len(), 1);
        let markdown = Recipe::parse("# T\n```json\n{\"steps\": []}\n```", Format::Markdown);
        assert_eq!(markdown.unwrap().steps, []);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(Recipe::parse("\u{feff}[]", Format::Json).is_ok());
    }

    #[test]
    fn errors_give_line_column_and_the_text_there() {
        insta::assert_snapshot!(error("{\n  \"steps\": [\n    {\"type\": \"x\",, }\n]}"), @"line 3, column 18: key must be a string, near `{\"type\": \"x\",, }`");
        insta::assert_snapshot!(error("{\"steps\": [{}]}"), @"line 1, column 12: steps[0]: missing field `type`");
        insta::assert_snapshot!(error("[1]"), @"line 1, column 2: steps[0]: expected an object with a `type`, found `1`");
        insta::assert_snapshot!(error("{\"name\": \"x\"}"), @"line 1, column 1: missing field `steps`");
        insta::assert_snapshot!(error("7"), @"line 1, column 1: expected an object with `steps`, or a list of steps");
        insta::assert_snapshot!(error(""), @"line 1, column 1: unexpected end of input, expected a value");
        assert!(error(&"[".repeat(10_000)).contains("nested too deeply"));
    }

    #[test]
    fn markdown_positions_count_from_the_start_of_the_file() {
        let error = Recipe::parse("# T\n\n```json\n[{]\n```\n", Format::Markdown).unwrap_err();
        assert!(error.to_string().starts_with("line 4, column 3"), "{error}");
    }

    #[test]
    fn yaml_is_the_same_recipe_as_json() {
        let json = r#"{"steps": [{"type": "t", "config": {"a": "x\ny\n", "b": [1, true, null]}}]}"#;
        let yaml = "steps:\n  - type: t\n    config:\n      a: |\n        x\n        y\n      b: [1, true, ~]\n";
        let from_yaml = Recipe::parse(yaml, Format::Yaml).unwrap();
        assert_eq!(
            from_yaml.steps,
            Recipe::parse(json, Format::Json).unwrap().steps
        );
        let anchored = "- &t {type: t}\n- *t\n- {<<: *t, a: 1}\n";
        assert_eq!(
            Recipe::parse(anchored, Format::Yaml).unwrap().steps.len(),
            3
        );
    }

    #[test]
    fn mistakes_in_yaml_have_line_and_column_too() {
        let error = |text: &str| Recipe::parse(text, Format::Yaml).unwrap_err().to_string();
        insta::assert_snapshot!(error("steps:\n  - type: x\n   bad: y\n"), @"line 3, column 4: while parsing a block collection, did not find expected '-' indicator, near `bad: y`");
        insta::assert_snapshot!(error("steps: []\nname: a\nname: b\n"), @"line 3, column 1: duplicate key: name, near `name: b`");
        insta::assert_snapshot!(error("steps: [\n"), @"line 1, column 8: unclosed bracket '[', near `steps: [`");
        insta::assert_snapshot!(error("steps: []\n---\nsteps: []\n"), @"line 3, column 1: unexpected second document, near `steps: []`");
        insta::assert_snapshot!(error("- *nothing\n"), @"line 1, column 3: alias references unknown anchor, near `- *nothing`");
        insta::assert_snapshot!(error("steps: {}\n"), @"line 1, column 8: steps: expected a list, found an object");
        insta::assert_snapshot!(error(""), @"line 1, column 1: expected an object with `steps`, or a list of steps");
        insta::assert_snapshot!(error(&"[".repeat(10_000)), @"line 1, column 256: nested too deeply, near `[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[`");
        insta::assert_snapshot!(error("é: \"ö\"\nsteps: [{type: x}, {typ: y}]\n"), @"line 2, column 20: steps[1]: missing field `type` (and 1 more problem)");
        let bomb: String =
            ('b'..'h').fold("- &a [x, x, x, x, x, x, x, x, x]\n".into(), |text, name| {
                let before = (name as u8 - 1) as char;
                let repeated = vec![format!("*{before}"); 9].join(", ");
                format!("{text}- &{name} [{repeated}]\n")
            });
        insta::assert_snapshot!(error(&bomb), @"line 6, column 15: too large with its repeated aliases, near `- &f [*e, *e, *e, *e, *e, *e, *e,`");
    }

    #[test]
    fn unknown_fields_in_yaml_are_found_at_their_key() {
        let yaml = "# comment\nsteps: []\n\"descripton\": é\ninputs:\n  a: {typ: string}\n";
        let recipe = Recipe::parse(yaml, Format::Yaml).unwrap();
        let problems: Vec<String> = recipe.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "line 3, column 1: unknown field: descripton",
                "line 5, column 7: unknown field: typ"
            ]
        );
    }

    #[test]
    fn the_fields_known_without_the_schema_are_those_of_the_schema() {
        let schema = root_schema::<Recipe>();
        let names = |object: &Value| -> Vec<String> {
            let properties = object["properties"].as_object().unwrap();
            properties.keys().cloned().collect()
        };
        assert_eq!(names(&schema), FIELDS);
        let mut input_fields = names(&schema["definitions"]["Input"]);
        // Inside these are inputs again, which are checked along the schema.
        input_fields.retain(|name| !matches!(name.as_str(), "items" | "properties"));
        assert_eq!(input_fields, INPUT_FIELDS);
        // Steps have their own schemas. Any other definition with fields would have to be checked
        // here.
        let definitions = schema["definitions"].as_object().unwrap();
        assert_eq!(definitions.keys().collect::<Vec<_>>(), ["Input", "step"]);
    }

    #[test]
    fn unknown_fields_beside_steps_are_found() {
        let recipe =
            Recipe::parse("{\"steps\": [],\n \"descripton\": \"\"}", Format::Json).unwrap();
        let problem = recipe.warnings.iter().next().unwrap();
        assert_eq!(
            problem.to_string(),
            "line 2, column 2: unknown field: descripton"
        );
        assert_eq!(problem.kind.suggestion(), Some("description"));
    }
}
