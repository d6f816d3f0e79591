//! Recipes that call recipes: whether they exist, and whether their calls are endless.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use recipe_lint::Linter;

/// Writes files to a temporary directory and returns the messages about one.
fn lint(files: &[(&str, &str)], linted: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    // Paths in recipes are relative to the working directory; these are absolute, so that tests can
    // run in parallel.
    let root = folder.path().display().to_string();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text.replace("$", &root)).unwrap();
    }
    let file = Path::new(&root).join(linted);
    let linted = Linter::new(recipe_steps::registry()).lint(&file);
    let messages = linted.diagnostics.into_iter();
    messages
        .map(|found| format!("{}: {}", found.code, found.message.replace(&root, "$")))
        .collect()
}

#[test]
fn a_missing_recipe_is_reported() {
    let main = r#"[{"type": "execute_recipe", "recipe_path": "$/gone.json"},
        {"type": "execute_recipe", "recipe_path": "$/{{ which }}.json"},
        {"type": "parallel", "substeps": [{"type": "execute_recipe", "recipe_path": "$/sub.json"}]}]"#;
    assert_eq!(
        lint(&[("main.json", main), ("sub.json", "[]")], "main.json"),
        ["missing-recipe: step 0 (execute_recipe): recipe file not found: $/gone.json"]
    );
}

#[test]
fn a_recipe_that_a_step_may_write_need_not_exist() {
    let main = r#"[{"type": "write_files", "files": [{"path": "$/made.json", "content": "[]"}]},
        {"type": "execute_recipe", "recipe_path": "$/made.json"}]"#;
    assert_eq!(lint(&[("main.json", main)], "main.json"), [""; 0]);
}

#[test]
fn endless_calls_are_reported() {
    let a = r#"[{"type": "execute_recipe", "recipe_path": "$/b.yaml"}]"#;
    let b = "- type: parallel\n  substeps:\n    - {type: execute_recipe, recipe_path: $/a.json}\n";
    let files = [("a.json", a), ("b.yaml", b)];
    assert_eq!(
        lint(&files, "a.json"),
        [
            "call-cycle: step 0 (execute_recipe): endless recipe calls: $/a.json > $/b.yaml > $/a.json"
        ]
    );
    assert_eq!(lint(&files, "b.yaml").len(), 1);
    let other = r#"[{"type": "execute_recipe", "recipe_path": "$/a.json"}]"#;
    assert_eq!(
        lint(&[files[0], files[1], ("c.json", other)], "c.json"),
        [""; 0]
    );
}

#[test]
fn a_condition_may_end_a_cycle_of_calls() {
    let a = r#"[{"type": "conditional", "condition": "{{ more }}", "if_true": {"steps": [
        {"type": "execute_recipe", "recipe_path": "$/a.json"}]}}]"#;
    assert_eq!(lint(&[("a.json", a)], "a.json"), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_diagnostic_too() {
    assert_eq!(
        lint(&[], "none.json"),
        ["unreadable: recipe file not found"]
    );
    assert!(lint(&[], ".")[0].starts_with("unreadable: cannot read recipe file"));
}
