//! `conditional`: conditions and branches.

use serde_json::{Value, json};

use crate::lab::Lab;

fn branches(condition: Value) -> Value {
    let mark = |value| json!({"steps": [{"type": "set_context", "key": "branch", "value": value}]});
    json!([{
        "type": "conditional",
        "condition": condition,
        "if_true": mark(true),
        "if_false": mark(false),
    }])
}

async fn holds(condition: Value) -> Value {
    Lab::new().run(branches(condition)).await.artifacts()["branch"].take()
}

#[tokio::test]
async fn a_condition_is_a_boolean_or_an_expression() {
    for condition in [
        json!(true),
        json!("true"),
        json!(" True\n"),
        json!("1 < 2 and 'a' in ['a']"),
    ] {
        assert_eq!(holds(condition.clone()).await, true, "{condition}");
    }
    for condition in [
        json!(false),
        json!("FALSE"),
        json!("not(true)"),
        json!("or(false, '')"),
    ] {
        assert_eq!(holds(condition.clone()).await, false, "{condition}");
    }
}

#[tokio::test]
async fn a_condition_can_check_files() {
    let lab = Lab::new();
    let (old, new) = (lab.file("old's.txt", ""), lab.file("new.txt", ""));
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    std::fs::File::open(&old)
        .unwrap()
        .set_modified(past)
        .unwrap();
    for (condition, expected) in [
        (format!("file_exists(\"{old}\")"), true),
        ("file_exists('no/such')".to_owned(), false),
        ("file_exists(1)".to_owned(), false),
        (format!("all_files_exist([\"{old}\", '{new}'])"), true),
        (format!("all_files_exist(['{new}', 'no/such'])"), false),
        (format!("all_files_exist('{new}')"), false),
        (format!("file_is_newer('{new}', \"{old}\")"), true),
        (format!("file_is_newer(\"{old}\", '{new}')"), false),
        (format!("file_is_newer('{new}', 'no/such')"), false),
        (
            format!("file_exists('{new}') and not file_exists('no/such')"),
            true,
        ),
    ] {
        assert_eq!(holds(json!(condition)).await, expected, "{condition}");
    }
}

#[tokio::test]
async fn a_branch_runs_on_the_context_of_the_step() {
    let lab = Lab::new();
    let steps = json!([{
        "type": "conditional",
        "condition": true,
        "if_true": {"steps": [
            {"type": "set_context", "key": "a", "value": 1},
            {"type": "work", "name": "b", "copy": "a"},
        ]},
    }]);
    assert_eq!(lab.run(steps).await.artifacts(), json!({"a": 1, "b": 1}));
}

#[tokio::test]
async fn a_missing_branch_does_nothing() {
    let lab = Lab::new();
    for branch in [json!(null), json!({}), json!({"steps": []})] {
        let steps = json!([{"type": "conditional", "condition": true, "if_true": branch}]);
        assert_eq!(lab.run(steps).await.artifacts(), json!({}));
    }
    let steps = json!([{"type": "conditional", "condition": false}]);
    assert_eq!(lab.run(steps).await.artifacts(), json!({}));
}

#[tokio::test]
async fn an_error_names_the_branch() {
    let lab = Lab::new();
    for (condition, noun) in [(true, "if_true step"), (false, "if_false step")] {
        let branch = json!({"steps": [{"type": "set_context", "key": "a", "value": 1}, {"type": "work", "fail": "x"}]});
        let steps = json!([
            {"type": "conditional", "condition": condition, "if_true": branch, "if_false": branch},
        ]);
        let error = lab.run(steps).await.error();
        assert_eq!(
            error,
            format!("recipe: step 0 (conditional): {noun} 1 (work): x")
        );
    }
    let events = lab.log.events();
    assert!(
        events.contains(&"failed 0.if_true[1]".to_owned()),
        "{events:?}"
    );
}

#[tokio::test]
async fn an_invalid_condition_is_an_error() {
    let lab = Lab::new();
    let mut errors = Vec::new();
    for condition in [
        " ",
        "{{ not_given }}",
        "1 ==",
        "{{ 1 }} ==",
        "draft == 'x'",
        "{{ 'draft' }} == 'x'",
        "1 == NONE",
        "open('x')",
        "1 == 1 and all_file_exist(['x'])",
        "file_exists and true",
        "file_is_newer('a')",
        "'{{ 3 }}' > 5",
        "1 < 'a' < 3",
        "[1, None] < [1, 2]",
        "3 in 'abc'",
        "'a' is 'a'",
        "[1, 2",
        "true true",
    ] {
        let error = lab.run(branches(json!(condition))).await.error();
        errors.push(error.replace("recipe: step 0 (conditional): ", ""));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    condition: empty, expected true, false or an expression
    condition is empty after rendering, expected true, false or an expression
    condition: invalid `1 ==`: unexpected end of condition, expected a value (column 5)
    invalid condition: `1 ==`: unexpected end of condition, expected a value (column 5)
    condition: unknown name draft: write artifacts as {{ draft }} and strings in quotes
    invalid condition: `draft == 'x'`: unknown name draft: write artifacts as {{ draft }} and strings in quotes
    condition: unknown name NONE: use None
    condition: invalid `open('x')`: unknown function: open (column 1)
    condition: invalid `1 == 1 and all_file_exist(['x'])`: unknown function: all_file_exist, did you mean all_files_exist? (column 12)
    condition: invalid `file_exists and true`: missing arguments of file_exists(…) (column 1)
    condition: invalid `file_is_newer('a')`: file_is_newer(…): expected 2 arguments, found 1 (column 1)
    invalid condition: `'3' > 5`: `>` is not supported between a string and a number (column 5)
    condition: invalid `1 < 'a' < 3`: `<` is not supported between a number and a string (column 3)
    condition: invalid `[1, None] < [1, 2]`: `<` is not supported between None and a number (column 11)
    condition: invalid `3 in 'abc'`: `in` is not supported between a number and a string (column 3)
    condition: invalid `'a' is 'a'`: `is` only compares with None, True and False, use `==` (column 5)
    condition: invalid `[1, 2`: unexpected end of condition, expected `,` or `]` (column 6)
    condition: invalid `true true`: unexpected `true`, expected an operator or the end of the condition (column 6)
    ");
}
