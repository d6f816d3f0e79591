//! Crates of the workspace, from cargo.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// Root of a library or a program.
pub(super) struct Root {
    /// Name of the target, as in its manifest.
    pub(super) name: String,
    pub(super) file: PathBuf,
}

/// Lists the libraries and programs of the workspace, without tests, benchmarks and examples.
pub(super) fn roots(workspace: &Path) -> io::Result<Vec<Root>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(workspace)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let targets = metadata.packages.into_iter().flat_map(|p| p.targets);
    let is_program = |target: &Target| {
        target
            .kind
            .iter()
            .any(|kind| kind == "lib" || kind == "bin")
    };
    let roots = targets.filter(is_program).map(|target| Root {
        name: target.name.replace('_', "-"),
        file: target.src_path,
    });
    Ok(roots.collect())
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
}
