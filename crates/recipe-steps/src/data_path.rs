//! Checks of paths from data, which must stay inside the directory they are joined to.

use std::path::{Component, Path, PathBuf};

/// Whether a relative path stays inside the directory it is joined to.
pub(crate) fn is_confined(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Whether a path in `root` is outside of it because of a symbolic link.
pub(crate) fn escapes(path: &Path, root: &Path) -> bool {
    // Components that do not exist are not links.
    let real = path.ancestors().find_map(|part| part.canonicalize().ok());
    matches!((real, root.canonicalize()), (Some(real), Ok(root)) if !real.starts_with(&root))
}

/// Removes `.` components.
pub(crate) fn normalize(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}
