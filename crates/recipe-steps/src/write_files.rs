//! `write_files`: files from the recipe or from data, each whole or not at all.

use std::path::PathBuf;

use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{ConfigError, Context, InField, Scope, Step, StepBuilder, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::data_path::{confined, leads_out, normal};
use crate::file::write_text;

/// Writes files; folders on the way are made. Each file appears whole or not at all.
///
/// Objects and lists are written as indented JSON, null as an empty file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "write_files")]
#[non_exhaustive]
pub struct WriteFilesConfig {
    /// The files to write. Goes before `files_key`.
    #[serde(default)]
    pub files: Option<Vec<FileEntry>>,
    /// The artifact that holds a file `{path, content}` or a list of them, from a model for example.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "reads"))]
    pub files_key: Option<String>,
    /// The folder the files go to; the working directory by default. A template.
    #[serde(default = "default_root")]
    pub root: Template,
    /// Whether paths from `files_key` must stay inside `root`: true by default.
    #[serde(default = "recipe_core::internal::yes")]
    pub confine: bool,
}

/// One file to write.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileEntry {
    /// The path, relative to `root`. A template.
    #[serde(default)]
    pub path: Option<Template>,
    /// The artifact that holds the path, instead of `path`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "reads"))]
    pub path_key: Option<String>,
    /// The content, written as it stands: text, or any JSON value.
    #[serde(default, deserialize_with = "present")]
    pub content: Option<Value>,
    /// The artifact that holds the content, instead of `content`.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "reads"))]
    pub content_key: Option<String>,
}

pub(crate) fn default_root() -> Template {
    Template::parse(".").expect("a text without tags is a template")
}

/// A field that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Files that cannot be written as they are described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteFilesError {
    /// An artifact that a field names does not exist.
    #[error("{field}: no artifact named {name}")]
    NoArtifact {
        /// The field.
        field: &'static str,
        /// The artifact.
        name: String,
    },
    /// An artifact is no file and no list of files.
    #[error("{name}{}: a file needs a `path` and `content`", at(.index))]
    NoFile {
        /// The artifact.
        name: String,
        /// Which entry of the list, where it is one.
        index: Option<usize>,
    },
    /// A path that came out of data leads out of the root folder.
    #[error("path {path:?} leads out of {}, set `confine` to false to allow that", .root.display())]
    OutsideRoot {
        /// The path.
        path: String,
        /// The root folder.
        root: PathBuf,
    },
    /// A path is empty.
    #[error("a file path is empty after rendering: {template:?}")]
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

/// Where the files to write are described.
pub(crate) enum Source {
    Entries(Vec<Entry>),
    Artifact { artifact: String, confine: bool },
}

/// One file of the recipe, with one source for its path and one for its content.
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
                let message = "write either `files` or `files_key`";
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
            let message = format!("a file needs a `{what}` or a `{what}_key`");
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
                render_path(&text_of(path), name, context)?
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
            ContentSource::Value(value) => text_of(value),
            ContentSource::Artifact(name) => text_of(artifact(context, "content_key", name)?),
        };
        Ok((path, content))
    }
}

/// Writes what `source` describes into the folder `root`.
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
                files.push((normal(&root.join(path)), content));
            }
            files
        }
        Source::Artifact { artifact, confine } => {
            files_in(artifact, context, |path| match confined(path) {
                false if *confine => Err(WriteFilesError::OutsideRoot {
                    path: path.to_owned(),
                    root: root.clone(),
                }),
                _ => Ok(normal(&root.join(path))),
            })?
        }
    };
    scope
        .blocking(move || {
            if let Some(root) = confined_to
                && let Some((path, _)) = files.iter().find(|(path, _)| leads_out(path, &root))
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

/// The files that an artifact holds; `place` says where one goes.
fn files_in(
    name: &str,
    context: &Context,
    place: impl Fn(&str) -> Result<PathBuf, WriteFilesError>,
) -> Result<Vec<(PathBuf, String)>, StepError> {
    let one = |file: &Value, index: Option<usize>| {
        let (Some(path), Some(content)) = (file.get("path"), file.get("content")) else {
            let name = name.to_owned();
            return Err(WriteFilesError::NoFile { name, index }.into());
        };
        let path = render_path(&text_of(path), name, context)?;
        if path.is_empty() {
            let template = text_of(&file["path"]);
            return Err(WriteFilesError::EmptyPath { template }.into());
        }
        Ok((place(&path)?, text_of(content)))
    };
    match artifact(context, "files_key", name)? {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, file)| one(file, Some(index)))
            .collect(),
        file => Ok(vec![one(file, None)?]),
    }
}

fn artifact<'c>(
    context: &'c Context,
    field: &'static str,
    name: &str,
) -> Result<&'c Value, WriteFilesError> {
    context
        .get(name)
        .ok_or_else(|| WriteFilesError::NoArtifact {
            field,
            name: name.to_owned(),
        })
}

/// Paths in data are templates too.
fn render_path(path: &str, artifact: &str, context: &Context) -> Result<String, StepError> {
    Template::parse(path)
        .and_then(|path| path.render(context))
        .in_field(artifact)
}

/// A value as the content of a file.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        structured @ (Value::Array(_) | Value::Object(_)) => format!("{structured:#}"),
        scalar => scalar.to_string(),
    }
}
