//! Loads recipe files for a run.
//!
//! A file is read at each use, since an earlier step may have written it. The same text is not
//! parsed again (docs/design.md §4).

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Registry;
use crate::document::{Format, Problems, Recipe, Severity};
use crate::error::RecipeError;
use crate::registry::PreparedRecipe;

/// Maximum size of a recipe file in bytes.
const MAX_FILE_SIZE: u64 = 64 << 20;

/// Maximum size of cached recipe texts in bytes, for runs that keep writing recipes.
const MAX_CACHE_SIZE: usize = 64 << 20;

/// Maximum size in bytes of a recipe file that is read without another thread; see [`quick_size`].
const MAX_QUICK_FILE_SIZE: u64 = 64 << 10;

/// Reads and prepares the recipes of a run.
pub(crate) struct Loader {
    registry: Arc<Registry>,
    strict: bool,
    prepared: Mutex<Prepared>,
}

#[derive(Default)]
struct Prepared {
    by_text: HashMap<(Arc<str>, Format), Arc<PreparedRecipe>>,
    /// Texts of files when they were last read.
    by_path: HashMap<PathBuf, (Arc<str>, Arc<PreparedRecipe>)>,
    bytes: usize,
}

impl Prepared {
    /// Counts bytes to be cached, and clears the cache if it gets too large.
    fn make_room(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.bytes > MAX_CACHE_SIZE {
            self.by_text.clear();
            self.by_path.clear();
            self.bytes = bytes;
        }
    }
}

impl Loader {
    pub(crate) fn new(registry: Arc<Registry>, strict: bool) -> Self {
        Self {
            registry,
            strict,
            prepared: Mutex::default(),
        }
    }

    /// Whether a file was read before in this run.
    pub(crate) fn has_read(&self, path: &Path) -> bool {
        self.lock().by_path.contains_key(path)
    }

    /// Prepares a recipe from the text of a file. Returns its warnings only the first time.
    pub(crate) fn prepare_file(
        &self,
        path: PathBuf,
        text: String,
    ) -> Result<(Arc<PreparedRecipe>, Problems), RecipeError> {
        if let Some((known, prepared)) = self.lock().by_path.get(&path)
            && **known == *text
        {
            return Ok((prepared.clone(), Problems::default()));
        }
        let format = Format::from_path(&path);
        let key = (Arc::<str>::from(text), format);
        let (prepared, warnings) = self.prepare_text(key.0.clone(), format)?;
        let mut cache = self.lock();
        // Share the text that is already cached and counted, perhaps of another file.
        if let Some(((text, _), _)) = cache.by_text.get_key_value(&key) {
            let text = text.clone();
            cache.make_room(path.as_os_str().len());
            cache.by_path.insert(path, (text, prepared.clone()));
        }
        Ok((prepared, warnings))
    }

    /// Prepares a recipe from a text. Returns its warnings only the first time.
    pub(crate) fn prepare_text(
        &self,
        text: impl Into<Arc<str>>,
        format: Format,
    ) -> Result<(Arc<PreparedRecipe>, Problems), RecipeError> {
        let key = (text.into(), format);
        if let Some(known) = self.lock().by_text.get(&key) {
            return Ok((known.clone(), Problems::default()));
        }
        let recipe = Recipe::parse(key.0.clone(), format)?;
        let (prepared, warnings) = self.prepare(&recipe)?;
        let mut cache = self.lock();
        cache.make_room(key.0.len());
        cache.by_text.insert(key, prepared.clone());
        Ok((prepared, warnings))
    }

    /// Prepares a recipe from a document.
    pub(crate) fn prepare(
        &self,
        recipe: &Recipe,
    ) -> Result<(Arc<PreparedRecipe>, Problems), RecipeError> {
        let fatal = if self.strict {
            Severity::Warning
        } else {
            Severity::Error
        };
        let (prepared, problems) = self.registry.prepare(recipe);
        if problems.any_at_least(fatal) {
            return Err(RecipeError::Invalid(problems));
        }
        Ok((Arc::new(prepared), problems))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Prepared> {
        // The cache is consistent between statements, so a panic elsewhere does not break it.
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recipe {
    /// Reads a recipe from a file, in the format of its extension.
    ///
    /// # Errors
    /// Fails if the file cannot be read or is not a recipe.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RecipeError> {
        let path = path.as_ref();
        let text = read_recipe_file(path)?;
        Ok(Self::parse(text, Format::from_path(path))?)
    }
}

/// Returns the size of a file that is faster to read than to hand to another thread, which takes
/// several times as long as reading a small file that the system has cached. `None` for others,
/// such as a pipe, which may block forever.
pub(crate) fn quick_size(path: &Path) -> Option<u64> {
    let file = std::fs::metadata(path).ok()?;
    (file.is_file() && file.len() <= MAX_QUICK_FILE_SIZE).then_some(file.len())
}

/// Reads the text of a recipe file, at most 64 MiB.
///
/// # Errors
/// Fails if the file cannot be read, is larger, or is not UTF-8.
pub fn read_recipe_file(path: &Path) -> Result<String, RecipeError> {
    read_text(path, None)
}

/// See [`read_recipe_file`]. With a known size, the file is read at once.
pub(super) fn read_text(path: &Path, size: Option<u64>) -> Result<String, RecipeError> {
    let file = std::fs::File::open(path).map_err(RecipeError::from_open)?;
    let size = size.unwrap_or_else(|| file.metadata().map_or(0, |file| file.len()));
    // One more byte, so that reading the end does not grow the buffer.
    let mut bytes = Vec::with_capacity(size.min(MAX_FILE_SIZE) as usize + 1);
    file.take(MAX_FILE_SIZE + 1)
        .read_to_end(&mut bytes)
        .map_err(RecipeError::Unreadable)?;
    if bytes.len() as u64 > MAX_FILE_SIZE {
        return Err(RecipeError::TooLarge {
            limit: MAX_FILE_SIZE,
        });
    }
    String::from_utf8(bytes).map_err(|error| RecipeError::NotText {
        offset: error.utf8_error().valid_up_to(),
    })
}
