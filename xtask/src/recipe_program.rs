//! Builds the program `recipe` and other programs of the workspace.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Build profile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For checks.
    Dev,
    /// For measurements.
    Release,
}

/// Builds `recipe` and returns its path. `None` if the build fails; cargo prints why.
pub(crate) fn build(profile: Profile) -> io::Result<Option<PathBuf>> {
    build_program("recipe-cli", "recipe", profile)
}

/// Builds any program of a package, like [`build`].
pub(crate) fn build_program(
    package: &str,
    program: &str,
    profile: Profile,
) -> io::Result<Option<PathBuf>> {
    println!("building {program}");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--package", package, "--bin", program])
        .args((profile == Profile::Release).then_some("--release"))
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    Ok(executable)
}

/// Target directory of a built program.
pub(crate) fn target(program: &Path) -> &Path {
    let target = program.ancestors().nth(2);
    target.expect("the program lies in target/debug or target/release")
}
