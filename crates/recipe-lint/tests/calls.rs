//! Recipes that call recipes: whether they are there, and whether they call one another without end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use recipe_lint::Linter;

/// The messages about files, which are written into the working directory of a process of its own first.
fn lint(files: &[(&str, &str)], linted: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    // Paths in recipes are relative to the working directory; in here they are absolute, so that tests may run side by
    // side.
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
fn a_recipe_that_is_not_there_is_told() {
    let main = r#"[{"type": "execute_recipe", "recipe_path": "$/gone.json"},
        {"type": "execute_recipe", "recipe_path": "$/{{ which }}.json"},
        {"type": "parallel", "substeps": [{"type": "execute_recipe", "recipe_path": "$/sub.json"}]}]"#;
    assert_eq!(
        lint(&[("main.json", main), ("sub.json", "[]")], "main.json"),
        ["missing-recipe: step 0 (execute_recipe): recipe file not found: $/gone.json"]
    );
}

#[test]
fn a_recipe_that_may_be_written_by_a_step_need_not_be_there() {
    let main = r#"[{"type": "write_files", "files": [{"path": "$/made.json", "content": "[]"}]},
        {"type": "execute_recipe", "recipe_path": "$/made.json"}]"#;
    assert_eq!(lint(&[("main.json", main)], "main.json"), [""; 0]);
}

#[test]
fn recipes_that_call_one_another_in_a_circle_are_told() {
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
fn a_circle_that_a_condition_can_end_is_fine() {
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
    assert!(lint(&[], ".")[0].starts_with("unreadable: cannot read the recipe file"));
}
