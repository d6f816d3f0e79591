//! `read_files`: reads files and parses JSON and YAML.

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
use crate::forms::{parse_template, unexpected_form};

/// Reads files; `.json`, `.yaml` and `.yml` are parsed.
///
/// A structured file that cannot be parsed is read as a string, with a warning. A single file
/// yields its content, several are merged by `merge_mode`. YAML follows the core schema of YAML
/// 1.2: `true` and `false` are booleans, `yes`, `no`, `on` and `off` are strings, `0123` is 123;
/// several documents in a file are a list.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "read_files")]
#[non_exhaustive]
pub struct ReadFilesConfig {
    /// Files, relative to the working directory: a path, several separated by commas, or a list of
    /// paths. Globs such as `notes/*.md` are read in sorted order. Templates.
    pub path: Paths,
    /// Artifact for the content. A template.
    #[schemars(extend("x-artifact" = "sets"))]
    pub content_key: Template,
    /// Whether to skip missing files instead of failing; false by default.
    #[serde(default)]
    pub optional: bool,
    /// Merge mode of several files: `concat` (default) joins their contents, each after its path;
    /// `dict` makes an object of paths and contents. `dict` applies to globs and lists even if they
    /// have one file or none, but not to a single path; a glob without files is then a warning.
    #[serde(default)]
    pub merge_mode: MergeMode,
}

/// Configured paths.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline, untagged)]
#[non_exhaustive]
pub enum Paths {
    /// Comma-separated paths.
    Text(Template),
    /// List of paths.
    List(Vec<Template>),
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = |value: &Value| match value {
            Value::String(text) => parse_template(text),
            other => Err(unexpected_form(other, "a path")),
        };
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Text(parse_template(&text)?)),
            Value::Array(list) => Ok(Self::List(list.iter().map(path).collect::<Result<_, _>>()?)),
            value => Err(unexpected_form(&value, "a path or a list of paths")),
        }
    }
}

/// Merge mode of several files: `concat`, `dict`, or a template that renders to one of them.
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
            other => Err(format!("expected `concat` or `dict`, found {other:?}")),
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
            scope.warn("path is empty after rendering, no file is read");
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

/// Rendered paths; some may be globs.
struct Patterns {
    paths: Vec<String>,
    /// Whether the form allows several files, regardless of their number.
    several: bool,
}

/// Files that were read.
struct Read {
    /// Whether the form allows several files, regardless of their number.
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

/// Whether a path is a glob. The name of an existing file may look like one.
fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '[']) && !Path::new(path).is_file()
}

/// Returns the files that match a glob, sorted, or the path itself if none does.
fn expand(pattern: &str) -> Vec<String> {
    if !is_glob(pattern) {
        return vec![pattern.to_owned()];
    }
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    // A final `**` matches all files below, as elsewhere; in the library it matches directories.
    let all_below = pattern
        .strip_suffix("**")
        .map(|directory| format!("{directory}**/*"));
    let mut matches: Vec<String> =
        glob::glob_with(all_below.as_deref().unwrap_or(pattern), options)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|path| !path.is_dir())
            .map(|path| path.to_string_lossy().into_owned())
            // Keeps the `./` of the recipe, which the library removes.
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

/// Parses a structured file by its extension; other and invalid files are returned as strings.
///
/// # Errors
/// If the only problem is an integer that is not representable.
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
            "cannot parse {path}, reading it as a string: {error}"
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

/// Parses a YAML file: a document, or a list of several.
fn parse_yaml(text: &str) -> Result<Value, YamlError> {
    let mut documents = parse_yaml_documents(text)?;
    Ok(match documents.len() {
        0 | 1 => documents.pop().unwrap_or_default(),
        _ => Value::Array(documents),
    })
}
