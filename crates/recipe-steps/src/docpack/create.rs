//! `docpack_create`: packs an outline and files into a docpack.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use recipe_core::template::Template;
use recipe_core::{
    CancellationToken, ConfigError, Context, InField, Scope, Step, StepBuilder, StepError,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::copy::{Allowance, CopyError};
use super::error::cause;
use super::{
    DocpackError, MAX_BYTES, MAX_ENTRIES, OUTLINE, is_entry_name, parse_outline, resource_paths,
};
use crate::data_path::normalize;
use crate::file::{FileError, read_text};
use crate::read_files::Paths;
use recipe_process::{directory_of, write_whole_file};

/// Packs an outline and files into a docpack, written atomically.
///
/// A file is stored under its file name, with a number appended if several files have the same. The
/// resources of the packed outline have these names.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "docpack_create")]
#[non_exhaustive]
pub struct DocpackCreateConfig {
    /// JSON file of the outline, relative to the working directory. A template.
    pub outline_path: Template,
    /// Files to pack, relative to the working directory: comma-separated paths, a template that
    /// renders to a list, or a list of paths. Missing files are skipped with a warning. Templates.
    pub resource_files: Paths,
    /// Docpack to write, relative to the working directory; missing directories are created. A
    /// template.
    pub output_path: Template,
    /// Artifact for an object with `output_path`, `resource_count` and `success`. A template.
    #[serde(default)]
    #[schemars(extend("x-artifact" = "sets"))]
    pub output_key: Option<Template>,
}

/// See [`DocpackCreateConfig`].
pub struct DocpackCreate {
    config: DocpackCreateConfig,
}

impl Step for DocpackCreate {
    const TYPE: &'static str = "docpack_create";
    type Config = DocpackCreateConfig;

    fn new(config: DocpackCreateConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self { config })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let config = &self.config;
        let outline = config
            .outline_path
            .render(context)
            .in_field("outline_path")?;
        let resources = render_resources(&config.resource_files, context)?;
        let output = config.output_path.render(context).in_field("output_path")?;
        if output.is_empty() {
            let field = "output_path";
            return Err(DocpackError::EmptyPath { field }.into());
        }
        let output = normalize(Path::new(&output));
        let key = match &config.output_key {
            Some(key) => Some(key.render(context).in_field("output_key")?),
            None => None,
        };

        let output_path = output.display().to_string();
        let cancellation = scope.cancellation().clone();
        let packed = scope
            .blocking(move || create(Path::new(&outline), &resources, &output, cancellation))
            .await?;
        for path in &packed.missing {
            scope.warn(&format!("resource file not found, skipped: {path}"));
        }
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            let count = packed.resource_count;
            let done =
                json!({"output_path": output_path, "resource_count": count, "success": true});
            context.set(key, done);
        }
        Ok(())
    }
}

/// Renders `resource_files` to strings with one path or several comma-separated ones.
fn render_resources(paths: &Paths, context: &Context) -> Result<Vec<String>, StepError> {
    let list = match paths {
        Paths::Text(text) => {
            let text = text.render(context).in_field("resource_files")?;
            // Templates print lists as JSON.
            return Ok(match serde_json::from_str(&text) {
                Ok(Value::Array(list)) => flatten(&list),
                _ => vec![text],
            });
        }
        Paths::List(list) => list,
    };
    let texts = list.iter().enumerate().map(|(index, path)| {
        path.render(context)
            .in_field(&format!("resource_files[{index}]"))
    });
    texts.collect()
}

fn flatten(list: &[Value]) -> Vec<String> {
    let texts = list.iter().flat_map(|item| match item {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => flatten(list),
        other => vec![other.to_string()],
    });
    texts.collect()
}

#[derive(Debug)]
pub(super) struct Packed {
    resource_count: usize,
    /// Resource files that do not exist.
    missing: Vec<String>,
}

pub(super) fn create(
    outline_path: &Path,
    resources: &[String],
    output: &Path,
    cancellation: CancellationToken,
) -> Result<Packed, StepError> {
    let mut outline = parse_outline(read_text(outline_path)?.as_bytes(), outline_path)?;
    let (paths, missing) = find_files(resources);
    if paths.len() >= MAX_ENTRIES {
        let path = output.to_owned();
        let limit = MAX_ENTRIES;
        return Err(DocpackError::TooManyEntries { path, limit }.into());
    }
    let resources = assign_names(paths)?;
    rename_resources(&mut outline, &resources);
    let allowance = Allowance {
        bytes: MAX_BYTES,
        cancellation,
    };
    let archive = pack(&outline, &resources, output, allowance)?;
    fs::create_dir_all(directory_of(output))
        .and_then(|()| write_whole_file(output, &archive))
        .map_err(|source| FileError::Write {
            path: output.into(),
            source,
        })?;
    Ok(Packed {
        resource_count: resources.len(),
        missing,
    })
}

/// Splits paths into existing files and missing ones.
fn find_files(texts: &[String]) -> (Vec<PathBuf>, Vec<String>) {
    let paths = texts.iter().flat_map(|text| {
        // The name of a file may contain a comma.
        if Path::new(text.trim()).is_file() {
            vec![text.trim()]
        } else {
            text.split(',').map(str::trim).collect()
        }
    });
    let mut files = Vec::new();
    let mut missing = Vec::new();
    for path in paths.filter(|path| !path.is_empty()) {
        if Path::new(path).is_file() {
            files.push(PathBuf::from(path));
        } else {
            missing.push(path.to_owned());
        }
    }
    (files, missing)
}

/// File with its name in the archive.
struct Resource {
    path: PathBuf,
    name: String,
}

/// Assigns unique names: file names, with numbers appended to duplicates.
fn assign_names(paths: Vec<PathBuf>) -> Result<Vec<Resource>, DocpackError> {
    let mut taken = HashSet::from([OUTLINE.to_owned()]);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut resources = Vec::with_capacity(paths.len());
    for path in paths {
        let file_name = path.file_name().and_then(|name| name.to_str());
        let Some(own) = file_name.filter(|name| is_entry_name(name)) else {
            return Err(DocpackError::ResourceName { path });
        };
        let before = seen.entry(own.to_owned()).or_default();
        let wanted = match *before {
            0 => own.to_owned(),
            number => numbered(own, number),
        };
        *before += 1;
        let mut name = wanted.clone();
        let mut number = 1;
        while !taken.insert(name.clone()) {
            name = numbered(&wanted, number);
            number += 1;
        }
        resources.push(Resource { path, name });
    }
    Ok(resources)
}

/// Appends a number to the stem of a file name: `notes_1.md`.
fn numbered(name: &str, number: usize) -> String {
    match name.rfind('.') {
        Some(dot) if dot > 0 => format!("{}_{number}{}", &name[..dot], &name[dot..]),
        _ => format!("{name}_{number}"),
    }
}

/// Sets the paths of resources to their names in the archive, or to their file names if not packed.
fn rename_resources(outline: &mut Map<String, Value>, resources: &[Resource]) {
    let mut names: HashMap<PathBuf, &str> = HashMap::new();
    for Resource { path, name } in resources {
        if let Ok(path) = path.canonicalize() {
            names.entry(path).or_insert(name);
        }
    }
    for path in resource_paths(outline) {
        let packed = Path::new(&*path).canonicalize().ok();
        let name = packed.and_then(|packed| names.get(&packed).copied());
        let name = name.or_else(|| Path::new(&*path).file_name()?.to_str());
        if let Some(name) = name {
            *path = name.to_owned();
        }
    }
}

/// Builds the archive in memory.
fn pack(
    outline: &Map<String, Value>,
    resources: &[Resource],
    output: &Path,
    mut allowance: Allowance,
) -> Result<Vec<u8>, StepError> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for Resource { path, name } in resources {
        let pack_error = |source: io::Error| DocpackError::Pack {
            path: path.clone(),
            source,
        };
        let mut file = File::open(path).map_err(|source| FileError::Read {
            path: path.clone(),
            source,
        })?;
        archive
            .start_file(name, options)
            .map_err(|error| pack_error(cause(error)))?;
        allowance
            .copy(&mut file, &mut archive)
            .map_err(|error| match error {
                CopyError::Read(source) => {
                    let path = path.clone();
                    FileError::Read { path, source }.into()
                }
                CopyError::Write(source) => pack_error(source).into(),
                CopyError::TooLarge => {
                    let (path, limit) = (output.to_owned(), MAX_BYTES);
                    DocpackError::TooLarge { path, limit }.into()
                }
                CopyError::Cancelled => StepError::Cancelled,
            })?;
    }
    let text = format!("{:#}", Value::Object(outline.clone()));
    let bytes = archive
        .start_file(OUTLINE, options)
        .map_err(cause)
        .and_then(|()| archive.write_all(text.as_bytes()))
        .and_then(|()| archive.finish().map_err(cause));
    let bytes = bytes.map_err(|source| DocpackError::Pack {
        path: output.to_owned(),
        source,
    })?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_names_are_numbered() {
        let paths = [
            "x/a.md",
            "y/a.md",
            "a_1.md",
            "z/a.md",
            "b",
            "c/b",
            ".env",
            "d/.env",
            "outline.json",
        ];
        let resources = assign_names(paths.map(PathBuf::from).to_vec()).unwrap();
        let names: Vec<_> = resources.iter().map(|resource| &*resource.name).collect();
        let expected = [
            "a.md",
            "a_1.md",
            "a_1_1.md",
            "a_2.md",
            "b",
            "b_1",
            ".env",
            ".env_1",
            "outline_1.json",
        ];
        assert_eq!(names, expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_a_path_on_another_system_is_an_error() {
        for path in ["x/..\\a.md", "c:a.md"] {
            assert!(assign_names(vec![path.into()]).is_err(), "{path}");
        }
    }
}
