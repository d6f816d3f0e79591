//! `recipe init`: creates a project.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Folder, Outcome};
use insta::assert_snapshot;

const FILES: [&str; 3] = [
    "hello.json",
    "schemas/recipe.schema.json",
    ".vscode/settings.json",
];

/// Runs the command that `recipe init` printed last.
#[cfg(unix)]
fn run_as_printed(folder: &Folder, init: &Outcome) -> Outcome {
    let stdout = init.stdout();
    let printed = stdout.lines().last().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_recipe")).parent().unwrap();
    let mut path = program.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = Command::new("sh");
    command
        .args(["-c", printed])
        .env("PATH", path)
        .current_dir(folder.path(""));
    folder.outcome(&mut command)
}

#[test]
fn a_project_is_created_in_the_working_directory() {
    let folder = Folder::new();
    assert_snapshot!(folder.recipe("init"), @"
    exit code 0
    --- stdout
    made  hello.json
    made  schemas/recipe.schema.json
    made  .vscode/settings.json

    Now try:
      recipe run hello.json --context name=Ada --context-out -
    ");
    assert_eq!(folder.names(), [".vscode", "hello.json", "schemas"]);
    assert_eq!(
        folder.read("schemas/recipe.schema.json"),
        folder.recipe("schema").stdout()
    );
    assert_snapshot!(folder.recipe("validate hello.json"), @"exit code 0");
    assert_snapshot!(folder.recipe("inputs hello.json"), @r#"
    exit code 0
    --- stdout
    name  string  "world"  Whom to greet.
    "#);
}

#[test]
fn the_paths_to_the_schema_are_correct() {
    let folder = Folder::new();
    folder.recipe("init");
    let recipe = folder.read_json("hello.json");
    let settings = folder.read_json(".vscode/settings.json");
    let yaml = settings["yaml.schemas"].as_object().unwrap();
    let paths = [
        recipe["$schema"].as_str(),
        settings["json.schemas"][0]["url"].as_str(),
        yaml.keys().next().map(String::as_str),
    ];
    for path in paths {
        assert!(folder.path(path.unwrap()).is_file(), "{path:?}");
    }
}

#[cfg(unix)]
#[test]
fn the_command_to_try_works_as_printed() {
    let folder = Folder::new();
    let init = folder.recipe("init");
    assert_snapshot!(run_as_printed(&folder, &init), @r#"
    exit code 0
    --- stdout
    {
      "name": "Ada",
      "greeting": "Hello Ada!"
    }
    --- stderr
    2 steps done in [time]
    "#);
    assert_eq!(folder.read("output/greeting.txt"), "Hello Ada!");

    let mut command = folder.command("init");
    let init = folder.outcome(command.arg("new/it's mine"));
    assert_snapshot!(init, @r"
    exit code 0
    --- stdout
    made  new/it's mine/hello.json
    made  new/it's mine/schemas/recipe.schema.json
    made  new/it's mine/.vscode/settings.json

    Now try:
      cd 'new/it'\''s mine' && recipe run hello.json --context name=Ada --context-out -
    ");
    assert_eq!(run_as_printed(&folder, &init).code(), 0);
    assert_eq!(
        folder.read("new/it's mine/output/greeting.txt"),
        "Hello Ada!"
    );
}

#[test]
fn init_is_idempotent() {
    let folder = Folder::new();
    folder.recipe("init p");
    fs::remove_file(folder.path("p/hello.json")).unwrap();
    assert_snapshot!(folder.recipe("init p"), @"
    exit code 0
    --- stdout
    made  p/hello.json
    kept  p/schemas/recipe.schema.json
    kept  p/.vscode/settings.json

    Now try:
      cd p && recipe run hello.json --context name=Ada --context-out -
    ");
    assert_snapshot!(folder.recipe("init p"), @"
    exit code 0
    --- stdout
    kept  p/hello.json
    kept  p/schemas/recipe.schema.json
    kept  p/.vscode/settings.json

    Now try:
      cd p && recipe run hello.json --context name=Ada --context-out -
    ");
}

#[test]
fn nothing_is_created_if_a_file_exists() {
    for name in FILES {
        let folder = Folder::new().file(name, "mine");
        let outcome = folder.recipe("init");
        assert_eq!(outcome.code(), 2);
        assert_eq!(
            outcome.stderr().lines().next().unwrap(),
            format!("error: would overwrite {name}")
        );
        assert_eq!(folder.read(name), "mine");
        assert_eq!(folder.names().len(), 1);
    }
    let folder = Folder::new()
        .file(FILES[0], "mine")
        .file(FILES[2], "{}\n")
        .file("schemas/recipe.schema.json/x", "a folder");
    assert_snapshot!(folder.recipe("init ."), @"
    exit code 2
    --- stderr
    error: would overwrite hello.json, schemas/recipe.schema.json, .vscode/settings.json
    help: nothing was changed; move what is there away, or name another folder
    ");
}

#[test]
fn a_file_instead_of_a_directory_is_reported_and_nothing_is_created() {
    let folder = Folder::new().file("schemas", "mine");
    assert_snapshot!(folder.recipe("init"), @"
    exit code 2
    --- stderr
    error: not a folder: schemas
    ");
    assert_snapshot!(folder.recipe("init schemas"), @"
    exit code 2
    --- stderr
    error: not a folder: schemas
    ");
    assert_snapshot!(folder.recipe("init schemas/sub"), @"
    exit code 2
    --- stderr
    error: not a folder: schemas
    ");
    assert_eq!(folder.names(), ["schemas"]);
}

#[cfg(unix)]
#[test]
fn a_dangling_link_counts_as_an_existing_file() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("nowhere", folder.path("hello.json")).unwrap();
    assert_snapshot!(folder.recipe("init"), @"
    exit code 2
    --- stderr
    error: would overwrite hello.json
    help: nothing was changed; move what is there away, or name another folder
    ");
    std::os::unix::fs::symlink("nowhere", folder.path("link")).unwrap();
    assert_snapshot!(folder.recipe("init link"), @"
    exit code 2
    --- stderr
    error: cannot make the folder link: File exists (os error 17)
    ");
    assert_eq!(folder.names(), ["hello.json", "link"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_created_is_reported() {
    // Not even root can create directories there.
    assert_snapshot!(Folder::new().recipe("init /proc/project"), @"
    exit code 2
    --- stderr
    error: cannot make the folder /proc/project: No such file or directory (os error 2)
    ");
}

#[test]
fn an_empty_name_is_rejected() {
    let folder = Folder::new();
    let mut command = folder.command("init");
    assert_eq!(folder.outcome(command.arg("")).code(), 2);
    assert!(folder.names().is_empty());
}
