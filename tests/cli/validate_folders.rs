//! `recipe validate`: recipes in directories.

use crate::harness::Folder;
use insta::assert_snapshot;

const WRONG: &str = r#"{"steps": [{"type": "teleport"}]}"#;

/// Lines with locations.
fn places(folder: &Folder, arguments: &str) -> Vec<String> {
    let stderr = folder.recipe(arguments).stderr();
    let places = stderr
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--> "));
    places.map(str::to_owned).collect()
}

#[test]
fn recipes_are_found_in_all_directories_in_order_of_names() {
    let folder = Folder::new()
        .file("z.json", WRONG)
        .file("b/c/d.yml", "steps:\n- type: teleport\n")
        .file("b/a.YAML", "- type: lop\n")
        .file("a.json", WRONG);
    let expected = [
        "a.json:1:21",
        "b/a.YAML:1:9",
        "b/c/d.yml:2:9",
        "z.json:1:21",
    ];
    assert_eq!(places(&folder, "validate"), expected);
    assert_eq!(places(&folder, "validate . ./b/c z.json"), expected);
    assert_eq!(places(&folder, "validate b/c"), ["b/c/d.yml:2:9"]);
}

#[test]
fn other_files_are_ignored() {
    let folder = Folder::new()
        .file("package.json", r#"{"name": "x", "type": "module"}"#)
        .file("map.json", r#"[{"type": "Feature"}]"#)
        .file("tsconfig.json", "{\n  // strict\n  \"strict\": true,\n}")
        .file("pipeline.yml", "steps:\n- script: echo\n")
        .file("binary.json", b"\xff\xfe")
        .file("README.md", format!("```json\n{WRONG}\n```\n"))
        .file(".hidden/r.json", WRONG)
        .file(".r.json", WRONG)
        .file("node_modules/x/r.json", WRONG)
        .file("target/r.json", WRONG);
    assert_snapshot!(folder.recipe("validate"), @"
    exit code 0
    --- stderr
    note: no recipes found
    ");
    // Files on the command line are always checked.
    assert_eq!(places(&folder, "validate README.md target").len(), 2);
}

#[test]
fn an_invalid_recipe_is_found() {
    let folder = Folder::new()
        .file("comma.json", r#"{"steps": [{"type": "loop",}]}"#)
        .file("recipes/open.json", "{")
        .file("open.recipe.yaml", "a: [")
        .file("data.json", "{");
    let expected = [
        "comma.json:1:28",
        "open.recipe.yaml:1:4",
        "recipes/open.json:1:1",
    ];
    assert_eq!(places(&folder, "validate"), expected);
}

#[test]
fn a_new_project_is_valid() {
    let folder = Folder::new();
    assert_eq!(folder.recipe("init").code(), 0);
    assert_snapshot!(folder.recipe("validate --deny-warnings"), @"exit code 0");
}

#[test]
fn an_empty_directory_is_valid() {
    assert_snapshot!(Folder::new().recipe("validate"), @"
    exit code 0
    --- stderr
    note: no recipes found
    ");
    assert_snapshot!(Folder::new().recipe("validate --format json"), @"
    exit code 0
    --- stdout
    []
    ");
}

#[test]
fn a_missing_directory_is_reported() {
    assert_snapshot!(Folder::new().recipe("validate nowhere/"), @"
    exit code 2
    --- stderr
    error[unreadable]: recipe file not found
    --> nowhere

    1 error in 1 of 1 file
    ");
}

#[cfg(unix)]
#[test]
fn links_to_directories_are_not_followed() {
    let folder = Folder::new().file("a/r.json", WRONG);
    std::os::unix::fs::symlink("..", folder.path("a/up")).unwrap();
    std::os::unix::fs::symlink("a/r.json", folder.path("link.json")).unwrap();
    assert_eq!(
        places(&folder, "validate"),
        ["a/r.json:1:21", "link.json:1:21"]
    );
}

#[test]
fn hundreds_of_files_have_a_stable_order() {
    let folder = (0..300).fold(Folder::new(), |folder, i| {
        folder.file(&format!("{i:03}.json"), WRONG)
    });
    let expected: Vec<String> = (0..300).map(|i| format!("{i:03}.json:1:21")).collect();
    assert_eq!(places(&folder, "validate"), expected);
}
