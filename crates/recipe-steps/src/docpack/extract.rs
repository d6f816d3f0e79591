//! `docpack_extract`: a docpack into a folder, its outline and files into the context.

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

use super::placing::{nearest_folder, place};
use super::unpack::{FILES, Unpacked, unpack};
use super::{DocpackError, OUTLINE, parse_outline, resource_paths};
use crate::data_path::{confined, normal};
use crate::file::FileError;

/// Unpacks a docpack: `outline.json` into a folder, the files into the folder `files` in it.
///
/// In the unpacked outline, as in the artifact, resources have the paths of the unpacked files.
///
/// The folder keeps what it has beside. A docpack is refused, and nothing of it is left, if it is damaged or
/// encrypted, if an entry would leave the folder, and over 1 GiB or 10,000 entries when unpacked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "docpack_extract")]
#[non_exhaustive]
pub struct DocpackExtractConfig {
    /// The `.docpack` file, relative to the working directory. A template.
    pub docpack_path: Template,
    /// The folder to unpack to, relative to the working directory; it is made if it does not exist. A template.
    pub extract_dir: Template,
    /// The artifact for the outline, in which resources have the paths of the unpacked files; `outline_data` by
    /// default. A template.
    #[serde(default = "outline_data")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub outline_key: Template,
    /// The artifact for the list of the paths of the unpacked resources; `resource_files` by default. A template.
    #[serde(default = "resource_files")]
    #[schemars(extend("x-artifact" = "sets"))]
    pub resources_key: Template,
}

fn outline_data() -> Template {
    Template::parse("outline_data").expect("a text without tags is a template")
}

fn resource_files() -> Template {
    Template::parse("resource_files").expect("a text without tags is a template")
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
        // Not the working directory, of all folders.
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
                "the docpack does not hold a resource of its outline: {path}"
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
    /// The paths of the resources that were unpacked.
    resources: Vec<String>,
    /// The paths of those that the outline names and the archive does not hold.
    missing: Vec<String>,
}

fn extract(
    docpack: &Path,
    target: &Path,
    cancellation: CancellationToken,
) -> Result<Extracted, StepError> {
    if target.exists() && !target.is_dir() {
        let path = target.into();
        return Err(DocpackError::InTheWay { path }.into());
    }
    let write_error = |source| FileError::Write {
        path: target.into(),
        source,
    };
    // Removed when it goes out of scope, with all that has not been moved away.
    let temporary = tempfile::Builder::new()
        .prefix(".recipe-")
        .tempdir_in(nearest_folder(target))
        .map_err(write_error)?;
    // Temporary folders are for their owner alone, this one is not.
    let folder = temporary.path().join("docpack");
    fs::create_dir(&folder).map_err(write_error)?;

    let unpacked = unpack(docpack, &folder, cancellation.clone())?;
    let json = fs::read(folder.join(OUTLINE)).map_err(write_error)?;
    let outline = parse_outline(&json, docpack)?;
    if cancellation.is_cancelled() {
        return Err(StepError::Cancelled);
    }
    let files = place_of(target).map_err(write_error)?.join(FILES);
    let extracted = with_places(outline, &files, &unpacked);
    // A recipe that reads the outline from here has to find its files.
    let json = serde_json::to_vec_pretty(&extracted.outline).expect("an outline is JSON");
    fs::write(folder.join(OUTLINE), json).map_err(write_error)?;
    place(&folder, target, &unpacked)?;
    Ok(extracted)
}

/// The absolute path of a folder, which need not exist.
fn place_of(target: &Path) -> io::Result<PathBuf> {
    let there = nearest_folder(target);
    let missing = target.strip_prefix(there).unwrap_or(target);
    Ok(there.canonicalize()?.join(normal(missing)))
}

/// Gives the resources of an outline the paths that their files have in the folder `files`.
fn with_places(mut outline: Map<String, Value>, files: &Path, unpacked: &Unpacked) -> Extracted {
    let mut resources = Vec::new();
    let mut missing = Vec::new();
    for path in resource_paths(&mut outline) {
        let file = normal(Path::new(&*path));
        let place = if confined(path) && unpacked.files.contains(&Path::new(FILES).join(&file)) {
            let place = files.join(file);
            resources.push(place.display().to_string());
            place
        } else {
            missing.push(path.clone());
            absolute(&*path).unwrap_or_else(|_| PathBuf::from(&*path))
        };
        *path = place.display().to_string();
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
    fn nothing_is_left_of_a_docpack_that_is_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let [outline, docpack, target] =
            ["outline.json", "p.docpack", "got"].map(|name| folder.path().join(name));
        fs::write(&outline, "{}").unwrap();
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let resources = [outline.display().to_string()];

        let created = create(&outline, &resources, &docpack, cancelled.clone());
        assert!(matches!(created, Err(StepError::Cancelled)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        create(&outline, &resources, &docpack, CancellationToken::new()).unwrap();
        let extracted = extract(&docpack, &target, cancelled);
        assert!(matches!(extracted, Err(StepError::Cancelled)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(extract(&docpack, &target, CancellationToken::new()).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
