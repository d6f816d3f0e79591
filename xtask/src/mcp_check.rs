//! The Model Context Protocol with the packages that people have at the other end: recipes that call the tools of servers, and
//! clients that call recipes.
//!
//! The checks are in `tests/mcp`; here is only what is needed to run them. What cannot be installed is left out with a line.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::node;
use crate::programs::succeeds;
use crate::python;
use crate::recipe_program::{self, Profile};

/// Builds the program, installs the packages where they are not, and runs the checks in a folder.
pub(crate) fn run(folder: &Path) -> io::Result<ExitCode> {
    let Some(program) = recipe_program::build(Profile::Dev)? else {
        return Ok(ExitCode::FAILURE);
    };
    let target = recipe_program::target(&program);
    // The packages of before 2026 do not go together with those of today.
    let today = environment(folder, "requirements.txt", &target.join("mcp-check"))?;
    let old = environment(
        folder,
        "requirements-old.txt",
        &target.join("mcp-check-old"),
    )?;
    let node = node::install(folder)?;
    if !node {
        left_out("what runs on Node.js");
    }
    let mut checks = Vec::new();
    let mut python = |python: &Option<PathBuf>, script: &str, rest: &[&Path]| {
        if let Some(python) = python {
            // Nothing is left beside the scripts.
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
    println!("checking tools and recipes as tools with the packages of others");
    for check in &mut checks {
        if !succeeds(check)? {
            eprintln!(
                "what speaks the protocol is in crates/recipe-llm/src: mend it and try again"
            );
            return Ok(ExitCode::FAILURE);
        }
    }
    if let Some(python) = &today {
        // That there is something newer is no failure, nor that it cannot be found out.
        succeeds(
            Command::new(python)
                .arg("-B")
                .arg(folder.join("outdated.py")),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A Python with these packages. `None` where they cannot be installed.
fn environment(folder: &Path, requirements: &str, home: &Path) -> io::Result<Option<PathBuf>> {
    let python = python::environment(&folder.join(requirements), home, &["--no-deps"])?;
    if python.is_none() {
        left_out(&format!("what needs tests/mcp/{requirements}"));
    }
    Ok(python)
}

fn left_out(what: &str) {
    println!("{what} is left out: it cannot be installed");
}
