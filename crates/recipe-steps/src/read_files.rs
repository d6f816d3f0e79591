//! `read_files`: one or several files, JSON and YAML parsed.

use std::borrow::Cow;
use std::path::Path;

use recipe_core::document::{
    SyntaxErrorKind, YamlError, YamlErrorKind, parse_json, parse_yaml_documents,
};
use recipe_core::journal::Effect;
use recipe_core::template::{Template, spaced_json};
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::file::{FileError, NumberError, read_text};
use crate::forms::{other_form, template};

/// Reads one or several files; `.json`, `.yaml` and `.yml` are parsed.
///
/// A structured file that does not parse is kept as text, with a warning. One file gives its content, unless
/// `merge_mode` says otherwise; several are merged. YAML follows the core schema of YAML 1.2: `true` and `false` are
/// booleans, `yes`, `no`, `on` and `off` are text, `0123` is 123; a file of several documents gives a list of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "read_files")]
#[non_exhaustive]
pub struct ReadFilesConfig {
    /// The files, relative to the working directory: one path, several separated by commas, or a list of
    /// paths. A path may be a glob such as `notes/*.md`, read in sorted order. Templates.
    pub path: Paths,
    /// The artifact to store the content in. A template.
    #[schemars(extend("x-artifact" = "sets"))]
    pub content_key: Template,
    /// Whether missing files are left out; by default they fail the step.
    #[serde(default)]
    pub optional: bool,
    /// How several files become one artifact: `concat`, the default, joins their texts under their paths;
    /// `dict` gives an object from path to content. With `dict` a glob, a list of paths, and paths separated by commas
    /// give an object for one file and for none, too; a glob that matches nothing gives a warning. One path as a text,
    /// without a comma, gives the content.
    #[serde(default)]
    pub merge_mode: MergeMode,
}

/// Which files to read.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline, untagged)]
#[non_exhaustive]
pub enum Paths {
    /// Paths separated by commas.
    Text(Template),
    /// One path each.
    List(Vec<Template>),
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = |value: &Value| match value {
            Value::String(text) => template(text),
            other => Err(other_form(other, "a path")),
        };
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Text(template(&text)?)),
            Value::Array(list) => Ok(Self::List(list.iter().map(path).collect::<Result<_, _>>()?)),
            value => Err(other_form(&value, "a path or a list of paths")),
        }
    }
}

/// How several files become one artifact: `concat` or `dict`, or a template that renders to one of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Template")]
pub struct MergeMode(Option<Template>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Merge {
    Concat,
    Dict,
}

impl Merge {
    fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "concat" | "" => Ok(Self::Concat),
            "dict" => Ok(Self::Dict),
            other => Err(format!(
                "unknown merge mode {other:?}, write `concat` or `dict`"
            )),
        }
    }
}

impl TryFrom<Template> for MergeMode {
    type Error = String;

    fn try_from(mode: Template) -> Result<Self, String> {
        if mode.is_plain() {
            Merge::parse(mode.text())?;
        }
        Ok(Self(Some(mode)))
    }
}

impl JsonSchema for MergeMode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MergeMode".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Template::json_schema(generator);
        schema.insert("if".to_owned(), json!({"pattern": "\\{[{%]"}));
        schema.insert("else".to_owned(), json!({"enum": ["concat", "dict"]}));
        schema
    }
}

impl MergeMode {
    fn render(&self, context: &Context) -> Result<Merge, StepError> {
        let Some(mode) = &self.0 else {
            return Ok(Merge::Concat);
        };
        let mode = mode.render(context).in_field("merge_mode")?;
        Merge::parse(&mode)
            .map_err(|message| StepError::failed(ConfigError::new("merge_mode", message)))
    }
}

/// See [`ReadFilesConfig`].
pub struct ReadFiles {
    config: ReadFilesConfig,
}

impl Step for ReadFiles {
    const TYPE: &'static str = "read_files";
    type Config = ReadFilesConfig;
    const EFFECT: Effect = Effect::Context;

    fn new(config: ReadFilesConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self { config })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let key = self
            .config
            .content_key
            .render(context)
            .in_field("content_key")?;
        let patterns = self.config.path.render(context)?;
        let merge = self.config.merge_mode.render(context)?;
        let optional = self.config.optional;
        if patterns.paths.is_empty() && !optional {
            scope.warn("path: nothing is left of it after rendering, so no file is read");
        }
        let read = scope
            .blocking(move || read_all(&patterns, optional, merge))
            .await?;
        for warning in &read.warnings {
            scope.warn(warning);
        }
        context.set(key, read.merged(merge));
        Ok(())
    }
}

impl Paths {
    fn render(&self, context: &Context) -> Result<Patterns, StepError> {
        Ok(match self {
            Self::Text(text) => {
                let text = text.render(context).in_field("path")?;
                let paths = text
                    .split(',')
                    .map(str::trim)
                    .filter(|path| !path.is_empty());
                Patterns {
                    paths: paths.map(str::to_owned).collect(),
                    several: text.contains(','),
                }
            }
            Self::List(list) => {
                let mut paths = Vec::new();
                for (index, path) in list.iter().enumerate() {
                    let path = path.render(context).in_field(&format!("path[{index}]"))?;
                    if !path.is_empty() {
                        paths.push(path);
                    }
                }
                Patterns {
                    paths,
                    several: true,
                }
            }
        })
    }
}

/// The paths, rendered; some may be globs.
struct Patterns {
    paths: Vec<String>,
    /// Whether they are written as several, however many there are.
    several: bool,
}

/// What was read.
struct Read {
    /// Whether several files were asked for, however many there are.
    several: bool,
    files: Vec<(String, Value)>,
    warnings: Vec<String>,
}

impl Read {
    fn merged(mut self, merge: Merge) -> Value {
        if merge == Merge::Dict && self.several {
            return self.files.into_iter().collect();
        }
        match self.files.len() {
            0 => Value::from(""),
            1 => self.files.remove(0).1,
            _ => {
                let parts = self.files.iter().map(|(path, content)| match content {
                    Value::String(text) => format!("{path}\n{text}"),
                    structured => format!("{path}\n{}", spaced_json(structured)),
                });
                Value::from(parts.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

fn read_all(patterns: &Patterns, optional: bool, merge: Merge) -> Result<Read, FileError> {
    let globs = patterns.paths.iter().any(|pattern| is_glob(pattern));
    let paths: Vec<String> = patterns
        .paths
        .iter()
        .flat_map(|pattern| expand(pattern))
        .collect();
    let mut read = Read {
        several: patterns.several || globs,
        files: Vec::with_capacity(paths.len()),
        warnings: Vec::new(),
    };
    for path in paths {
        let text = match read_text(Path::new(&path)) {
            Err(FileError::NotFound { .. }) if optional => continue,
            Err(FileError::NotFound { .. }) if merge == Merge::Dict && is_glob(&path) => {
                read.warnings.push(format!("no file matches {path}"));
                continue;
            }
            result => result?,
        };
        let content = parse(&path, text, &mut read.warnings)?;
        read.files.push((path, content));
    }
    Ok(read)
}

/// Whether a path is a glob. A file may have the signs of one in its name.
fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '[']) && !Path::new(path).is_file()
}

/// The files a glob matches, sorted; a path that matches nothing stands for itself.
fn expand(pattern: &str) -> Vec<String> {
    if !is_glob(pattern) {
        return vec![pattern.to_owned()];
    }
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    // All files below, as everywhere else; the library takes a final `**` for all folders.
    let all_below = pattern
        .strip_suffix("**")
        .map(|folder| format!("{folder}**/*"));
    let mut matches: Vec<String> =
        glob::glob_with(all_below.as_deref().unwrap_or(pattern), options)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|path| !path.is_dir())
            .map(|path| path.to_string_lossy().into_owned())
            // Paths are spelled as in the recipe; the library leaves this part out.
            .map(
                |path| match pattern.starts_with("./") && !path.starts_with("./") {
                    true => format!("./{path}"),
                    false => path,
                },
            )
            .collect();
    matches.sort();
    if matches.is_empty() {
        matches.push(pattern.to_owned());
    }
    matches
}

/// The content of a file: parsed where its extension says that it is structured and it parses, else its text.
///
/// # Errors
/// When it parses, but for an integer that could only be kept as another number.
fn parse(path: &str, text: String, warnings: &mut Vec<String>) -> Result<Value, FileError> {
    let extension = Path::new(path).extension().and_then(|e| e.to_str());
    let parsed = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("json") => match parse_json(&text) {
            Err(source) if source.kind == SyntaxErrorKind::IntegerOutOfRange => {
                return Err(number_error(path, NumberError::Json(source)));
            }
            parsed => parsed.map_err(|error| error.to_string()),
        },
        Some("yaml" | "yml") => match parse_yaml(&text) {
            Err(source) if matches!(source.kind, YamlErrorKind::IntegerOutOfRange { .. }) => {
                return Err(number_error(path, NumberError::Yaml(source)));
            }
            parsed => parsed.map_err(|error| error.to_string()),
        },
        _ => return Ok(Value::String(text)),
    };
    Ok(parsed.unwrap_or_else(|error| {
        warnings.push(format!(
            "{path} does not parse and is kept as text: {error}"
        ));
        Value::String(text)
    }))
}

fn number_error(path: &str, source: NumberError) -> FileError {
    FileError::Number {
        path: path.into(),
        source,
    }
}

/// The content of a file in YAML: a document, or a list of several.
fn parse_yaml(text: &str) -> Result<Value, YamlError> {
    let mut documents = parse_yaml_documents(text)?;
    Ok(match documents.len() {
        0 | 1 => documents.pop().unwrap_or_default(),
        _ => Value::Array(documents),
    })
}
