//! `cargo xtask cycles`: module cycles in each crate of the workspace.
//!
//! A module depends on another if its code names or imports an item of it. A re-export is not a
//! dependency: a `mod.rs` that only declares and re-exports is never in a cycle, and an item named
//! through it counts for the module that defines it. Tests are excluded.

mod crates;
mod graph;
mod modules;
mod references;
mod resolve;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use graph::Cycle;
use modules::Modules;
#[cfg(test)]
pub(crate) use references::is_test_item;

/// Allowed cycles of a crate: in the core a step runs steps.
const ALLOWED: [(&str, usize); 1] = [("recipe-core", 1)];

const ADVICE: &str = "\
To undo a cycle, remove an edge: move the items it names into a module that needs neither of the two, pass them as
arguments, or join two modules that are one idea. Removing one edge marked `*` is enough.";

/// Prints the cycles of each crate.
///
/// # Errors
///
/// If the crates cannot be listed, or a source file cannot be read or parsed.
pub(crate) fn run(workspace: &Path) -> io::Result<ExitCode> {
    let mut too_many = Vec::new();
    for root in crates::roots(workspace)? {
        let modules = Modules::read(&root.file)?;
        let cycles = graph::cycles(&resolve::needs(&modules));
        let allowed = ALLOWED.iter().find(|(name, _)| *name == root.name);
        let allowed = allowed.map_or(0, |(_, count)| *count);
        println!(
            "{}: {} modules, {} cycles",
            root.name,
            modules.len(),
            cycles.len()
        );
        for cycle in &cycles {
            print(cycle, &modules, workspace);
        }
        if cycles.len() > allowed {
            let count = cycles.len();
            too_many.push(format!("{}: {count} cycles, allowed: {allowed}", root.name));
        }
    }
    if too_many.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: {}\n\n{ADVICE}", too_many.join("\nerror: "));
    Ok(ExitCode::FAILURE)
}

fn print(cycle: &Cycle, modules: &Modules, workspace: &Path) {
    println!("  cycle of {} modules:", cycle.modules.len());
    for edge in &cycle.edges {
        let file = &modules.get(edge.from).file;
        let file = file.strip_prefix(workspace).unwrap_or(file).display();
        let names: Vec<&str> = edge.items.keys().map(String::as_str).collect();
        println!(
            "  {} {} -> {}: {} ({file}:{})",
            if edge.ends_cycle { '*' } else { ' ' },
            modules.name(edge.from),
            modules.name(edge.to),
            names.join(", "),
            edge.items.values().min().unwrap_or(&0),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Edges within cycles of a crate of these files; the first one is its root.
    fn edges(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let modules = Modules::read(&folder.path().join(files[0].0)).unwrap();
        let cycles = graph::cycles(&resolve::needs(&modules));
        let edges = cycles.iter().flat_map(|cycle| &cycle.edges);
        let name = |index| modules.name(index);
        edges
            .map(|edge| format!("{} -> {}", name(edge.from), name(edge.to)))
            .collect()
    }

    #[test]
    fn modules_that_name_one_another_are_a_cycle_however_they_do() {
        let root = ("lib.rs", "mod a; mod b;");
        let a = ("a.rs", "use crate::b::B; pub struct A(B); pub fn yes() {}");
        for b in [
            "use super::a::A; pub struct B;",
            "use crate::a; pub struct B(a::A);",
            "use super::*; pub struct B(a::A);",
            "pub struct B; impl B { fn f() { assert!(x, \"{}\", crate::a::A); } }",
            "pub struct B { #[serde(default = \"crate::a::yes\")] x: bool }",
        ] {
            assert_eq!(edges(&[root, a, ("b.rs", b)]), ["a -> b", "b -> a"], "{b}");
        }
    }

    #[test]
    fn a_name_counts_as_its_own_modules_wherever_it_is_exported() {
        let files = [
            ("lib.rs", "mod a; pub use a::{x::*, y::Y};"),
            ("a/mod.rs", "pub mod x; pub mod y; pub(crate) use x::X;"),
            ("a/x.rs", "use crate::Y; pub struct X(Y);"),
            ("a/y.rs", "pub struct Y; fn f() { super::X; }"),
        ];
        assert_eq!(edges(&files), ["a::x -> a::y", "a::y -> a::x"]);
    }

    #[test]
    fn a_parent_is_in_a_cycle_only_with_items_of_its_own() {
        let child = ("x.rs", "pub struct X(super::Shared);");
        let root = ("lib.rs", "mod x; pub use x::X; pub struct Shared;");
        assert_eq!(edges(&[root, child]), Vec::<String>::new());
        let root = (
            "lib.rs",
            "mod x; use x::X; pub struct Shared; pub fn f(x: X) {}",
        );
        assert_eq!(edges(&[root, child]), ["crate -> x", "x -> crate"]);
    }

    #[test]
    fn tests_and_other_crates_do_not_count() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub struct A(crate::b::B);"),
            (
                "b.rs",
                "use c::A; pub(super) struct B; #[cfg(test)] mod tests { use crate::a::A; } #[cfg(test)] use crate::a;",
            ),
        ];
        assert_eq!(edges(&files), Vec::<String>::new());
    }
}
