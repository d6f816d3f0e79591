//! `recipe schema`: schemas for editors.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn the_recipe_schema_is_json_with_every_step_type() {
    let outcome = Folder::new().recipe("schema");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    let schema: Value = serde_json::from_str(&outcome.stdout()).unwrap();
    let types: Vec<&str> = schema["definitions"]["step"]["properties"]["type"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let listed = Folder::new().recipe("steps").stdout();
    let listed: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(types, listed);
}

#[test]
fn the_schema_of_one_type_describes_its_fields() {
    let outcome = Folder::new().recipe("schema parallel");
    let schema: Value = serde_json::from_str(&outcome.stdout()).unwrap();
    assert!(
        schema["properties"]["substeps"]["description"].is_string(),
        "{schema}"
    );
    assert!(outcome.stdout().ends_with("}\n"));
}

#[test]
fn an_unknown_type_is_reported_with_the_nearest() {
    assert_snapshot!(Folder::new().recipe("schema paralel"), @"
    exit code 2
    --- stderr
    error: unknown step type: paralel
    help: did you mean `parallel`?
    ");
    assert_snapshot!(Folder::new().recipe("schema xyz"), @"
    exit code 2
    --- stderr
    error: unknown step type: xyz
    ");
}

#[test]
fn the_schema_is_written_to_a_file_and_nothing_is_printed() {
    let folder = Folder::new().file("schema.json", "old");
    assert_snapshot!(folder.recipe("schema --out schema.json"), @"exit code 0");
    assert_eq!(folder.read("schema.json"), folder.recipe("schema").stdout());
    assert_snapshot!(folder.recipe("schema loop --out loop.json"), @"exit code 0");
    assert_eq!(
        folder.read("loop.json"),
        folder.recipe("schema loop").stdout()
    );
    assert_eq!(folder.names(), ["loop.json", "schema.json"]);
    assert_eq!(
        folder.recipe("schema loop --out -").stdout(),
        folder.read("loop.json")
    );
}

#[test]
fn a_file_that_cannot_be_written_is_reported() {
    let folder = Folder::new().file("file", "old").file("folder/x", "");
    assert_snapshot!(folder.recipe("schema --out folder"), @"
    exit code 2
    --- stderr
    error: cannot write folder: it is a folder
    ");
    assert_snapshot!(folder.recipe("schema --out missing/s.json"), @"
    exit code 2
    --- stderr
    error: cannot write missing/s.json: folder not found: missing
    ");
    assert_snapshot!(folder.recipe("schema --out file/s.json"), @"
    exit code 2
    --- stderr
    error: cannot write file/s.json: folder not found: file
    ");
    assert_snapshot!(folder.recipe("schema paralel --out file"), @"
    exit code 2
    --- stderr
    error: unknown step type: paralel
    help: did you mean `parallel`?
    ");
    assert_eq!(folder.read("file"), "old");
    assert_eq!(folder.names(), ["file", "folder"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_directory_is_reported() {
    // Not even root can create files there.
    let outcome = Folder::new().recipe("schema --out /proc/s.json");
    assert_eq!((outcome.code(), &*outcome.stdout()), (1, ""));
    let stderr = outcome.stderr();
    assert!(
        stderr.starts_with("error: cannot write /proc/s.json: "),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
