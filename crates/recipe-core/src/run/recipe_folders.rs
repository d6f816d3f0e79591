//! Allowed directories of recipe files, for programs that run recipes for untrusted clients.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::loader::read_text;
use crate::error::RecipeError;

/// Directories that recipe files may be run from. By default, any.
///
/// The real path of a file counts, so neither `..` nor a symbolic link leads out of a directory.
#[derive(Debug, Clone, Default)]
pub struct RecipeFolders(Option<Arc<[PathBuf]>>);

impl RecipeFolders {
    /// Allows only these directories and their subdirectories.
    ///
    /// # Errors
    /// Fails if a directory is missing or cannot be accessed.
    pub fn only<P: AsRef<Path>>(folders: impl IntoIterator<Item = P>) -> io::Result<Self> {
        let folders = folders
            .into_iter()
            .map(|folder| folder.as_ref().canonicalize());
        Ok(Self(Some(folders.collect::<io::Result<_>>()?)))
    }

    /// Checks that a recipe file is in an allowed directory.
    ///
    /// # Errors
    /// Fails if it is outside or missing.
    pub fn check(&self, file: &Path) -> Result<(), RecipeError> {
        let Some(folders) = &self.0 else {
            return Ok(());
        };
        let file = file.canonicalize().map_err(RecipeError::from_open)?;
        match folders.iter().any(|folder| file.starts_with(folder)) {
            true => Ok(()),
            false => Err(RecipeError::Outside),
        }
    }

    /// Reads the text of a recipe file in an allowed directory; `size` is its size, if known.
    pub(super) fn read(&self, file: &Path, size: Option<u64>) -> Result<String, RecipeError> {
        self.check(file)?;
        read_text(file, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_path_of_a_file_counts() {
        let home = tempfile::tempdir().unwrap();
        let (inside, outside) = (home.path().join("in"), home.path().join("in2"));
        for folder in [&inside, &outside] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("r.json"), "[]").unwrap();
        }
        let folders = RecipeFolders::only([&inside]).unwrap();
        let check = |file: PathBuf| folders.check(&file).map_err(|error| error.to_string());
        const OUTSIDE: &str = "recipe file is outside the allowed recipe directories";
        assert_eq!(check(inside.join("r.json")), Ok(()));
        assert_eq!(check(inside.join("../in/./r.json")), Ok(()));
        assert_eq!(check(inside.join("../in2/r.json")).unwrap_err(), OUTSIDE);
        assert_eq!(check(outside.join("r.json")).unwrap_err(), OUTSIDE);
        assert_eq!(
            check(inside.join("none.json")).unwrap_err(),
            "recipe file not found"
        );
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.join("r.json"), inside.join("link.json")).unwrap();
            assert_eq!(check(inside.join("link.json")).unwrap_err(), OUTSIDE);
        }
        assert!(
            RecipeFolders::default()
                .check(&outside.join("none.json"))
                .is_ok()
        );
        assert!(RecipeFolders::only([home.path().join("none")]).is_err());
    }
}
