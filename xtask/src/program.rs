//! The program `recipe`, for tasks that try it.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the program and tells where it is; nothing where it does not build, which cargo has said then.
pub(crate) fn build() -> io::Result<Option<PathBuf>> {
    println!("building recipe");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "recipe-cli"]);
    if !build.status()?.success() {
        return Ok(None);
    }
    // Where cargo has put this program, it puts that one, too.
    let own = env::current_exe()?;
    let folder = own.parent().unwrap_or(Path::new("."));
    Ok(Some(
        folder
            .join("recipe")
            .with_extension(env::consts::EXE_EXTENSION),
    ))
}
