//! The name of this program, for texts that quote its command line.

use std::path::Path;
use std::sync::LazyLock;

static NAME: LazyLock<String> = LazyLock::new(|| {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&path).file_stem();
    name.map_or_else(
        || "recipe".into(),
        |name| name.to_string_lossy().into_owned(),
    )
});

/// Returns the name that the program was started by, such as `recipe`.
pub(crate) fn program_name() -> &'static str {
    &NAME
}
