//! `docpack_create`: an outline and files into a new docpack.

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
    DocpackError, MOST_BYTES, MOST_ENTRIES, OUTLINE, is_entry_name, parse_outline, resource_paths,
};
use crate::data_path::normal;
use crate::file::{FileError, read_text};
use crate::read_files::Paths;
use recipe_process::{directory_of, write_whole_file};

/// Packs an outline and the files it names into a docpack, which appears whole or not at all.
///
/// A file goes by its own name, and by a number behind it where several have the same. The resources of the outline
/// are given the names that their files have in the docpack.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "docpack_create")]
#[non_exhaustive]
pub struct DocpackCreateConfig {
    /// The outline, a JSON file, relative to the working directory. A template.
    pub outline_path: Template,
    /// The files to pack, relative to the working directory: paths separated by commas, a template that gives a
    /// list, or a list of paths. Missing files are left out with a warning. Templates.
    pub resource_files: Paths,
    /// The docpack to write, relative to the working directory; folders on the way are made. A template.
    pub output_path: Template,
    /// The artifact for what was done: an object with `output_path`, `resource_count` and `success`. A template.
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
        let resources = resource_texts(&config.resource_files, context)?;
        let output = config.output_path.render(context).in_field("output_path")?;
        if output.is_empty() {
            let field = "output_path";
            return Err(DocpackError::EmptyPath { field }.into());
        }
        let output = normal(Path::new(&output));
        let key = match &config.output_key {
            Some(key) => Some(key.render(context).in_field("output_key")?),
            None => None,
        };

        let output_path = output.display().to_string();
        let cancellation = scope.cancellation().clone();
        let packed = scope
            .blocking(move || create(Path::new(&outline), &resources, &output, cancellation))
            .await?;
        for path in &packed.left_out {
            scope.warn(&format!("resource file not found, left out: {path}"));
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

/// What `resource_files` says: texts that each hold a path, or several separated by commas.
fn resource_texts(paths: &Paths, context: &Context) -> Result<Vec<String>, StepError> {
    let list = match paths {
        Paths::Text(text) => {
            let text = text.render(context).in_field("resource_files")?;
            // This is how a template prints a list.
            return Ok(match serde_json::from_str(&text) {
                Ok(Value::Array(list)) => texts_in(&list),
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

fn texts_in(list: &[Value]) -> Vec<String> {
    let texts = list.iter().flat_map(|item| match item {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => texts_in(list),
        other => vec![other.to_string()],
    });
    texts.collect()
}

#[derive(Debug)]
pub(super) struct Packed {
    resource_count: usize,
    /// The resource files that do not exist.
    left_out: Vec<String>,
}

pub(super) fn create(
    outline_path: &Path,
    resources: &[String],
    output: &Path,
    cancellation: CancellationToken,
) -> Result<Packed, StepError> {
    let mut outline = parse_outline(read_text(outline_path)?.as_bytes(), outline_path)?;
    let (paths, left_out) = existing(resources);
    if paths.len() >= MOST_ENTRIES {
        let path = output.to_owned();
        let limit = MOST_ENTRIES;
        return Err(DocpackError::TooManyEntries { path, limit }.into());
    }
    let resources = named(paths)?;
    rename_resources(&mut outline, &resources);
    let allowance = Allowance {
        bytes: MOST_BYTES,
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
        left_out,
    })
}

/// The files that there are, and the paths at which there is none.
fn existing(texts: &[String]) -> (Vec<PathBuf>, Vec<String>) {
    let paths = texts.iter().flat_map(|text| {
        // A file may have a comma in its name.
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

/// A file and its name in the archive.
struct Resource {
    path: PathBuf,
    name: String,
}

/// Gives each file a name of its own: its file name, and of several that have the same one, numbers behind it.
fn named(paths: Vec<PathBuf>) -> Result<Vec<Resource>, DocpackError> {
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

/// `notes.md` with a number: `notes_1.md`.
fn numbered(name: &str, number: usize) -> String {
    match name.rfind('.') {
        Some(dot) if dot > 0 => format!("{}_{number}{}", &name[..dot], &name[dot..]),
        _ => format!("{name}_{number}"),
    }
}

/// Has the outline name its resources as the archive does. What is not packed keeps its file name.
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

/// The bytes of the archive.
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
                    let (path, limit) = (output.to_owned(), MOST_BYTES);
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
    fn names_are_numbered_where_several_files_have_the_same() {
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
        let resources = named(paths.map(PathBuf::from).to_vec()).unwrap();
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
    fn a_name_that_other_systems_take_for_a_path_is_refused() {
        for path in ["x/..\\a.md", "c:a.md"] {
            assert!(named(vec![path.into()]).is_err(), "{path}");
        }
    }
}
