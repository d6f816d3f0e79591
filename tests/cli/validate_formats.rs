//! `recipe validate --format`: diagnostics for other programs.

use crate::harness::Folder;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// Directory with two files, one of them with mistakes.
fn folder() -> Folder {
    Folder::new().file("right.json", "[]").file(
        "a b/ü.json",
        "[{\"type\": \"lop\"},\n {\"type\": \"set_context\", \"key\": \"é\", \"value\": 1, \"vlaue\": 2}]",
    )
}

#[test]
fn json_is_a_list_of_all_diagnostics() {
    let outcome = folder().recipe("validate . --format json");
    assert_snapshot!(outcome, @r#"
    exit code 1
    --- stdout
    [
      {
        "file": "a b/ü.json",
        "line": 1,
        "column": 11,
        "end_line": 1,
        "end_column": 16,
        "severity": "error",
        "code": "unknown-step-type",
        "message": "step 0: unknown step type: lop",
        "suggestion": "loop"
      },
      {
        "file": "a b/ü.json",
        "line": 2,
        "column": 50,
        "end_line": 2,
        "end_column": 57,
        "severity": "error",
        "code": "unknown-field",
        "message": "step 1 (set_context): unknown field: vlaue",
        "suggestion": "value"
      }
    ]
    "#);
}

#[test]
fn json_of_valid_recipes_is_an_empty_list() {
    assert_snapshot!(folder().recipe("validate right.json --format json"), @"
    exit code 0
    --- stdout
    []
    ");
}

#[test]
fn json_reports_missing_files() {
    let outcome = folder().recipe("validate missing.json --format json");
    assert_eq!((outcome.code(), &*outcome.stderr()), (2, ""));
    let list: Value = serde_json::from_str(&outcome.stdout()).unwrap();
    assert_eq!(list[0]["code"], "unreadable");
}

#[test]
fn sarif_has_the_fields_that_code_scanners_require() {
    let outcome = folder().recipe("validate . missing.json --format sarif");
    assert_eq!((outcome.code(), &*outcome.stderr()), (2, ""));
    let log: Value = serde_json::from_str(&outcome.stdout()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "recipe");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = driver["rules"].as_array().unwrap();
    assert!(
        rules
            .iter()
            .all(|rule| rule["shortDescription"]["text"].is_string())
    );
    let results = run["results"].as_array().unwrap();
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    let misspelt = results
        .iter()
        .find(|result| result["ruleId"] == "unknown-field");
    assert_snapshot!(format!("{:#}", misspelt.unwrap()), @r#"
    {
      "ruleId": "unknown-field",
      "ruleIndex": 7,
      "level": "error",
      "message": {
        "text": "step 1 (set_context): unknown field: vlaue; did you mean `value`?"
      },
      "locations": [
        {
          "physicalLocation": {
            "artifactLocation": {
              "uri": "a%20b/%C3%BC.json"
            },
            "region": {
              "startLine": 2,
              "startColumn": 50,
              "endLine": 2,
              "endColumn": 57
            }
          }
        }
      ]
    }
    "#);
    let missing = results
        .iter()
        .find(|result| result["ruleId"] == "unreadable");
    let place = json!([{"physicalLocation": {"artifactLocation": {"uri": "missing.json"}}}]);
    assert_eq!(missing.unwrap()["locations"], place);
}

#[test]
fn sarif_of_valid_recipes_has_no_results() {
    let outcome = folder().recipe("validate right.json --format sarif --deny-warnings");
    assert_eq!((outcome.code(), &*outcome.stderr()), (0, ""));
    let log: Value = serde_json::from_str(&outcome.stdout()).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
}

#[test]
fn other_formats_are_rejected() {
    assert_snapshot!(folder().recipe("validate --format xml"), @"
    exit code 2
    --- stderr
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: human, json, sarif]

    For more information, try '--help'.
    ");
}
