//! `docpack_extract`: unpacks a docpack into a directory, its outline into the context.

use std::fs;
use std::io;
use std::path::{Path, PathBuf, absolute};

use recipe_core::registry::StepTraits;
use recipe_core::template::Template;
use recipe_core::{
    CancellationToken, ConfigError, Context, InField, Scope, Step, StepBuilder, StepError,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::install::{install, nearest_directory};
use super::unpack::{FILES, Unpacked, unpack};
use super::{DocpackError, OUTLINE, parse_outline, resource_paths};
use crate::data_path::{is_confined, normalize};
use crate::file::FileError;

/// Unpacks a docpack: `outline.json` into a directory, the files into the directory `files` in it.
///
/// In the unpacked outline and the artifact, resources have the paths of the unpacked files. The
/// directory keeps other files. The step fails without unpacking anything if the docpack is corrupt
/// or encrypted, an entry is outside the directory, or it exceeds 1 GiB or 10,000 entries unpacked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "docpack_extract")]
#[non_exhaustive]
pub struct DocpackExtractConfig {
    /// `.docpack` file, relative to the working directory. A template.
    pub docpack_path: Template,
    /// Directory to unpack to, relative to the working directory; created if missing. A template.
    pub extract_dir: Template,
    /// Artifact for the outline, with the paths of the unpacked files; `outline_data` by default. A
    /// template.
    #[serde(default = "outline_data")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub outline_key: Template,
    /// Artifact for the list of paths of unpacked resources; `resource_files` by default. A
    /// template.
    #[serde(default = "resource_files")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub resources_key: Template,
}

fn outline_data() -> Template {
    Template::parse("outline_data").expect("a string without tags is a template")
}

fn resource_files() -> Template {
    Template::parse("resource_files").expect("a string without tags is a template")
}

/// See [`DocpackExtractConfig`].
pub struct DocpackExtract {
    config: DocpackExtractConfig,
}

impl Step for DocpackExtract {
    const TYPE: &'static str = "docpack_extract";
    type Config = DocpackExtractConfig;
    const TRAITS: StepTraits = StepTraits::new().writes_files();

    fn new(config: DocpackExtractConfig, _: &mut StepBuilder<'_>) -> Result<Self, ConfigError> {
        Ok(Self { config })
    }

    async fn execute(&self, scope: &Scope, context: &mut Context) -> Result<(), StepError> {
        let config = &self.config;
        let docpack = config
            .docpack_path
            .render(context)
            .in_field("docpack_path")?;
        let target = config.extract_dir.render(context).in_field("extract_dir")?;
        // An empty path must not mean the working directory.
        if target.is_empty() {
            let field = "extract_dir";
            return Err(DocpackError::EmptyPath { field }.into());
        }
        let outline_key = config.outline_key.render(context).in_field("outline_key")?;
        let resources_key = config
            .resources_key
            .render(context)
            .in_field("resources_key")?;

        let cancellation = scope.cancellation().clone();
        let extracted = scope
            .blocking(move || extract(Path::new(&docpack), Path::new(&target), cancellation))
            .await?;
        for path in &extracted.missing {
            scope.warn(&format!(
                "resource of the outline is not in the docpack: {path}"
            ));
        }
        context.set(outline_key, Value::Object(extracted.outline));
        context.set(resources_key, extracted.resources);
        Ok(())
    }
}

#[derive(Debug)]
struct Extracted {
    outline: Map<String, Value>,
    /// Paths of unpacked resources.
    resources: Vec<String>,
    /// Paths of resources that are not in the archive.
    missing: Vec<String>,
}

fn extract(
    docpack: &Path,
    target: &Path,
    cancellation: CancellationToken,
) -> Result<Extracted, StepError> {
    if target.exists() && !target.is_dir() {
        let path = target.into();
        return Err(DocpackError::NotADirectory { path }.into());
    }
    let write_error = |source| FileError::Write {
        path: target.into(),
        source,
    };
    // Removed when dropped, with all that has not been moved away.
    let temporary = tempfile::Builder::new()
        .prefix(".recipe-")
        .tempdir_in(nearest_directory(target))
        .map_err(write_error)?;
    // Temporary directories are only accessible to their owner, the unpacked one is not.
    let directory = temporary.path().join("docpack");
    fs::create_dir(&directory).map_err(write_error)?;

    let unpacked = unpack(docpack, &directory, cancellation.clone())?;
    let json = fs::read(directory.join(OUTLINE)).map_err(write_error)?;
    let outline = parse_outline(&json, docpack)?;
    if cancellation.is_cancelled() {
        return Err(StepError::Cancelled);
    }
    let files = absolute_path(target).map_err(write_error)?.join(FILES);
    let extracted = set_resource_paths(outline, &files, &unpacked);
    // A recipe that reads the unpacked outline must find its files.
    let json = serde_json::to_vec_pretty(&extracted.outline).expect("an outline is JSON");
    fs::write(directory.join(OUTLINE), json).map_err(write_error)?;
    install(&directory, target, &unpacked)?;
    Ok(extracted)
}

/// Returns the absolute path of a directory, which need not exist.
fn absolute_path(target: &Path) -> io::Result<PathBuf> {
    let existing = nearest_directory(target);
    let missing = target.strip_prefix(existing).unwrap_or(target);
    Ok(existing.canonicalize()?.join(normalize(missing)))
}

/// Sets the paths of resources to those of the unpacked files in the directory `files`.
fn set_resource_paths(
    mut outline: Map<String, Value>,
    files: &Path,
    unpacked: &Unpacked,
) -> Extracted {
    let mut resources = Vec::new();
    let mut missing = Vec::new();
    for path in resource_paths(&mut outline) {
        let file = normalize(Path::new(&*path));
        let unpacked_path =
            if is_confined(path) && unpacked.files.contains(&Path::new(FILES).join(&file)) {
                let file = files.join(file);
                resources.push(file.display().to_string());
                file
            } else {
                missing.push(path.clone());
                absolute(&*path).unwrap_or_else(|_| PathBuf::from(&*path))
            };
        *path = unpacked_path.display().to_string();
    }
    Extracted {
        outline,
        resources,
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::create::create;
    use super::*;

    #[test]
    fn a_cancelled_docpack_leaves_no_files() {
        let directory = tempfile::tempdir().unwrap();
        let [outline, docpack, target] =
            ["outline.json", "p.docpack", "got"].map(|name| directory.path().join(name));
        fs::write(&outline, "{}").unwrap();
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let resources = [outline.display().to_string()];

        let created = create(&outline, &resources, &docpack, cancelled.clone());
        assert!(matches!(created, Err(StepError::Cancelled)));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);

        create(&outline, &resources, &docpack, CancellationToken::new()).unwrap();
        let extracted = extract(&docpack, &target, cancelled);
        assert!(matches!(extracted, Err(StepError::Cancelled)));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
        assert!(extract(&docpack, &target, CancellationToken::new()).is_ok());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    }
}
