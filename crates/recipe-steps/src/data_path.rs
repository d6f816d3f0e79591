//! Paths that come out of data, which must stay inside the folder they are joined to.

use std::path::{Component, Path, PathBuf};

/// Whether a path stays inside the folder it is joined to.
pub(crate) fn confined(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Whether a path inside `root` leads out of it through a link.
pub(crate) fn leads_out(path: &Path, root: &Path) -> bool {
    // What does not exist yet is no link.
    let real = path.ancestors().find_map(|part| part.canonicalize().ok());
    matches!((real, root.canonicalize()), (Some(real), Ok(root)) if !real.starts_with(&root))
}

/// A path without `.` parts.
pub(crate) fn normal(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}
