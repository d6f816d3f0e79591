//! Reading recipe files for a run.
//!
//! A file is read at each use, since an earlier step may have written it; a text that was prepared before is
//! not parsed again (docs/design.md §4).

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Registry;
use crate::document::{Format, Problems, Recipe, Severity};
use crate::error::RecipeError;
use crate::registry::PreparedRecipe;

/// The largest recipe file that is read, in bytes.
const LARGEST_FILE: u64 = 64 << 20;

/// How much recipe text is remembered in one run, in bytes. A run that writes recipes without end must not
/// fill the memory with them.
const REMEMBERED: usize = 64 << 20;

/// The largest recipe file that is read where it is needed, in bytes; see [`quick_size`].
const LARGEST_QUICK_FILE: u64 = 64 << 10;

/// The recipes one run has prepared.
pub(crate) struct Loader {
    registry: Arc<Registry>,
    strict: bool,
    prepared: Mutex<Prepared>,
}

#[derive(Default)]
struct Prepared {
    by_text: HashMap<(Arc<str>, Format), Arc<PreparedRecipe>>,
    /// What files held when they were read last.
    by_path: HashMap<PathBuf, (Arc<str>, Arc<PreparedRecipe>)>,
    bytes: usize,
}

impl Prepared {
    /// Makes room for so many bytes.
    fn make_room(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.bytes > REMEMBERED {
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

    /// A recipe from the text of a file, with what deserves a warning the first time it is seen.
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
        // The text that is remembered and counted already, which another file may have had as well.
        if let Some(((text, _), _)) = cache.by_text.get_key_value(&key) {
            let text = text.clone();
            cache.make_room(path.as_os_str().len());
            cache.by_path.insert(path, (text, prepared.clone()));
        }
        Ok((prepared, warnings))
    }

    /// A recipe from a text, with what deserves a warning the first time it is seen.
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

    /// A recipe from a document.
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
        // The cache is whole between any two statements, so a panic elsewhere leaves nothing broken.
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recipe {
    /// Reads a recipe from a file; the extension tells the format.
    ///
    /// # Errors
    /// When the file cannot be read or is no recipe.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RecipeError> {
        let path = path.as_ref();
        let text = read_recipe_file(path)?;
        Ok(Self::parse(text, Format::from_path(path))?)
    }
}

/// How large a file is, if reading it again takes less than having another thread read it: handing over costs several times
/// what reading a small file does that the system still has in memory. A pipe in its place may block without end.
pub(crate) fn quick_size(path: &Path) -> Option<u64> {
    let file = std::fs::metadata(path).ok()?;
    (file.is_file() && file.len() <= LARGEST_QUICK_FILE).then_some(file.len())
}

/// The text of a recipe file, at most 64 MiB.
///
/// # Errors
/// When the file cannot be read, is larger, or is not UTF-8 text.
pub fn read_recipe_file(path: &Path) -> Result<String, RecipeError> {
    read_text(path, None)
}

/// See [`read_recipe_file`]. With its size known, a file is read in one piece.
pub(super) fn read_text(path: &Path, size: Option<u64>) -> Result<String, RecipeError> {
    let file = std::fs::File::open(path).map_err(RecipeError::from_open)?;
    let size = size.unwrap_or_else(|| file.metadata().map_or(0, |file| file.len()));
    // Room for one byte more, into which the end is read.
    let mut bytes = Vec::with_capacity(size.min(LARGEST_FILE) as usize + 1);
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(RecipeError::Unreadable)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(RecipeError::TooLarge {
            limit: LARGEST_FILE,
        });
    }
    String::from_utf8(bytes).map_err(|error| RecipeError::NotText {
        offset: error.utf8_error().valid_up_to(),
    })
}
