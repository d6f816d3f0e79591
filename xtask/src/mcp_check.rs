//! Checks the Model Context Protocol with third-party packages: recipes that call tools of servers,
//! and clients that call recipes.
//!
//! The checks are in `tests/mcp`. Those that cannot be installed are skipped with a message.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::node;
use crate::programs::succeeds;
use crate::python;
use crate::recipe_program::{self, Profile};

/// Builds the program, installs the packages if missing, and runs the checks in a directory.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    let target = recipe_program::target(&program);
    // Packages from before 2026 conflict with current ones.
    let today = environment(folder, "requirements.txt", &target.join("mcp-check"))?;
    let old = environment(
        folder,
        "requirements-old.txt",
        &target.join("mcp-check-old"),
    )?;
    let node = node::install(folder)?;
    if !node {
        skipped("what runs on Node.js");
    }
    let mut checks = Vec::new();
    let mut python = |python: &Option<PathBuf>, script: &str, rest: &[&Path]| {
        if let Some(python) = python {
            // No bytecode beside the scripts.
            let mut check = Command::new(python);
            check.arg("-B").arg(folder.join(script)).arg(&program);
            check.args(rest);
            checks.push(check);
        }
    };
    python(&today, "tools_of_servers.py", &[]);
    python(&today, "recipes_as_tools.py", &[]);
    python(&old, "clients/old_python.py", &[]);
    if let (Some(old), true) = (&old, node) {
        python(&today, "tools_of_many_servers.py", &[old]);
        python(&today, "tools_of_edge_case_servers.py", &[old]);
    }
    if node {
        let mut check = Command::new("node");
        check.arg(folder.join("clients/typescript.mjs"));
        check.arg(&program);
        checks.push(check);
    }
    println!("checking tools and recipes as tools with third-party packages");
    for check in &mut checks {
        if !succeeds(check)? {
            eprintln!(
                "what speaks the protocol is in crates/recipe-llm/src: mend it and try again"
            );
            return Ok(ExitCode::FAILURE);
        }
    }
    if let Some(python) = &today {
        // Newer versions are not a failure, nor is failing to look them up.
        succeeds(
            Command::new(python)
                .arg("-B")
                .arg(folder.join("outdated.py")),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns a Python with these packages. `None` if they cannot be installed.
fn environment(folder: &Path, requirements: &str, home: &Path) -> io::Result<Option<PathBuf>> {
    let python = python::environment(&folder.join(requirements), home, &["--no-deps"])?;
    if python.is_none() {
        skipped(&format!("checks that need tests/mcp/{requirements}"));
    }
    Ok(python)
}

fn skipped(checks: &str) {
    println!("skipped, since packages cannot be installed: {checks}");
}
