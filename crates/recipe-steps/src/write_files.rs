//! `write_files`: writes files from the recipe or an artifact, each atomically.

use std::path::PathBuf;

use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::data_path::{escapes, is_confined, normalize};
use crate::file::write_text;

/// Writes files atomically; missing directories are created.
///
/// Objects and lists are written as indented JSON, null as an empty file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "write_files")]
#[non_exhaustive]
pub struct WriteFilesConfig {
    /// Files to write. Takes precedence over `files_key`.
    #[serde(default)]
    pub files: Option<Vec<FileEntry>>,
    /// Artifact with a file `{path, content}` or a list of them, for example from a model.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "reads"))]
    pub files_key: Option<String>,
    /// Directory to write to; the working directory by default. A template.
    #[serde(default = "default_root")]
    pub root: Template,
    /// Whether paths from `files_key` must be inside `root`; true by default.
    #[serde(default = "recipe_core::internal::yes")]
    pub confine: bool,
}

/// A file to write.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileEntry {
    /// Path relative to `root`. A template.
    #[serde(default)]
    pub path: Option<Template>,
    /// Artifact with the path, instead of `path`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "reads"))]
    pub path_key: Option<String>,
    /// Content: a string or any JSON value, not rendered.
    #[serde(default, deserialize_with = "present")]
    pub content: Option<Value>,
    /// Artifact with the content, instead of `content`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "reads"))]
    pub content_key: Option<String>,
}

pub(crate) fn default_root() -> Template {
    Template::parse(".").expect("a string without tags is a template")
}

/// Deserializes a field that is present, even if it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Error of the files of a `write_files` step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteFilesError {
    /// An artifact does not exist.
    #[error("{field}: artifact not found: {name}")]
    ArtifactNotFound {
        /// Field with the name of the artifact.
        field: &'static str,
        /// Name of the artifact.
        name: String,
    },
    /// An artifact is not a file or a list of files.
    #[error("{name}{}: missing `path` or `content` of a file", at(.index))]
    InvalidFile {
        /// Name of the artifact.
        name: String,
        /// Index in the list, if it is a list.
        index: Option<usize>,
    },
    /// A path from an artifact is outside the root directory.
    #[error("path {path:?} is outside {}, set `confine: false` to allow it", .root.display())]
    OutsideRoot {
        /// The path.
        path: String,
        /// The root directory.
        root: PathBuf,
    },
    /// A path is empty.
    #[error("file path is empty after rendering: {template:?}")]
    EmptyPath {
        /// The path before rendering.
        template: String,
    },
}

fn at(index: &Option<usize>) -> String {
    index.map(|index| format!("[{index}]")).unwrap_or_default()
}

impl From<WriteFilesError> for StepError {
    fn from(error: WriteFilesError) -> Self {
        StepError::failed(error)
    }
}

/// See [`WriteFilesConfig`].
pub struct WriteFiles {
    source: Source,
    root: Template,
}

/// Source of the files to write.
pub(crate) enum Source {
    Entries(Vec<Entry>),
    Artifact { artifact: String, confine: bool },
}

/// A file of the recipe.
pub(crate) struct Entry {
    path: PathSource,
    content: ContentSource,
}

enum PathSource {
    Template(Template),
    Artifact(String),
}

enum ContentSource {
    Value(Value),
    Artifact(String),
}

impl Step for WriteFiles {
    const TYPE: &'static str = "write_files";
    type Config = WriteFilesConfig;
    const TRAITS: StepTraits = StepTraits::new().writes_files_at("files.path", Some("root"));

    fn new(config: WriteFilesConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        let source = match (config.files, config.files_key) {
            (Some(files), _) => Source::Entries(
                files
                    .into_iter()
                    .enumerate()
                    .map(|(index, file)| Entry::new(index, file))
                    .collect::<Result<_, _>>()?,
            ),
            (None, Some(artifact)) => Source::Artifact {
                artifact,
                confine: config.confine,
            },
            (None, None) => {
                let message = "missing: set `files` or `files_key`";
                return Err(ConfigError::new("files", message));
            }
        };
        let root = config.root;
        Ok(Self { source, root })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        write_all(&self.source, &self.root, scope, context).await
    }
}

impl Entry {
    fn new(index: usize, file: FileEntry) -> Result<Self, ConfigError> {
        let missing = |what| {
            let message = format!("missing `{what}` or `{what}_key`");
            ConfigError::new(format!("files[{index}]"), message)
        };
        let path = match (file.path, file.path_key) {
            (Some(path), _) => PathSource::Template(path),
            (None, Some(name)) => PathSource::Artifact(name),
            (None, None) => return Err(missing("path")),
        };
        let content = match (file.content, file.content_key) {
            (Some(value), _) => ContentSource::Value(value),
            (None, Some(name)) => ContentSource::Artifact(name),
            (None, None) => return Err(missing("content")),
        };
        Ok(Self { path, content })
    }

    fn resolve(&self, context: &Context) -> Result<(String, String), StepError> {
        let path = match &self.path {
            PathSource::Template(path) => path.render(context).in_field("path")?,
            PathSource::Artifact(name) => {
                let path = artifact(context, "path_key", name)?;
                render_path(&to_text(path), name, context)?
            }
        };
        if path.is_empty() {
            let template = match &self.path {
                PathSource::Template(path) => path.text().to_owned(),
                PathSource::Artifact(name) => name.clone(),
            };
            return Err(WriteFilesError::EmptyPath { template }.into());
        }
        let content = match &self.content {
            ContentSource::Value(value) => to_text(value),
            ContentSource::Artifact(name) => to_text(artifact(context, "content_key", name)?),
        };
        Ok((path, content))
    }
}

/// Writes the files of `source` to the directory `root`.
pub(crate) async fn write_all(
    source: &Source,
    root: &Template,
    scope: &Scope,
    context: &Context,
) -> Result<(), StepError> {
    let root = PathBuf::from(root.render(context).in_field("root")?);
    let confined_to = match source {
        Source::Artifact { confine: true, .. } => Some(root.clone()),
        _ => None,
    };
    let files = match source {
        Source::Entries(entries) => {
            let mut files = Vec::with_capacity(entries.len());
            for entry in entries {
                let (path, content) = entry.resolve(context)?;
                files.push((normalize(&root.join(path)), content));
            }
            files
        }
        Source::Artifact { artifact, confine } => {
            files_in(artifact, context, |path| match is_confined(path) {
                false if *confine => Err(WriteFilesError::OutsideRoot {
                    path: path.to_owned(),
                    root: root.clone(),
                }),
                _ => Ok(normalize(&root.join(path))),
            })?
        }
    };
    scope
        .blocking(move || {
            if let Some(root) = confined_to
                && let Some((path, _)) = files.iter().find(|(path, _)| escapes(path, &root))
            {
                let path = path.display().to_string();
                return Err(WriteFilesError::OutsideRoot { path, root }.into());
            }
            for (path, content) in &files {
                write_text(path, content)?;
            }
            Ok::<_, StepError>(())
        })
        .await
}

/// Returns the files of an artifact; `resolve` returns the path to write to.
fn files_in(
    name: &str,
    context: &Context,
    resolve: impl Fn(&str) -> Result<PathBuf, WriteFilesError>,
) -> Result<Vec<(PathBuf, String)>, StepError> {
    let read_file = |file: &Value, index: Option<usize>| {
        let (Some(path), Some(content)) = (file.get("path"), file.get("content")) else {
            let name = name.to_owned();
            return Err(WriteFilesError::InvalidFile { name, index }.into());
        };
        let path = render_path(&to_text(path), name, context)?;
        if path.is_empty() {
            let template = to_text(&file["path"]);
            return Err(WriteFilesError::EmptyPath { template }.into());
        }
        Ok((resolve(&path)?, to_text(content)))
    };
    match artifact(context, "files_key", name)? {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, file)| read_file(file, Some(index)))
            .collect(),
        file => Ok(vec![read_file(file, None)?]),
    }
}

fn artifact<'c>(
    context: &'c Context,
    field: &'static str,
    name: &str,
) -> Result<&'c Value, WriteFilesError> {
    context
        .get(name)
        .ok_or_else(|| WriteFilesError::ArtifactNotFound {
            field,
            name: name.to_owned(),
        })
}

/// Renders a path from an artifact, which is a template as well.
fn render_path(path: &str, artifact: &str, context: &Context) -> Result<String, StepError> {
    Template::parse(path)
        .and_then(|path| path.render(context))
        .in_field(artifact)
}

/// Converts a value to the content of a file.
fn to_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        structured @ (Value::Array(_) | Value::Object(_)) => format!("{structured:#}"),
        scalar => scalar.to_string(),
    }
}
