//! `recipe schema`: the schemas that editors use.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn the_recipe_schema_is_json_and_knows_every_step_type() {
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
fn an_unknown_type_is_named_with_the_nearest() {
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
