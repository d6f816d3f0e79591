//! `conditional`: which branch runs, and on what.

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
async fn a_condition_is_a_bool_or_an_expression() {
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
async fn a_condition_can_look_at_files() {
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
async fn a_branch_works_on_the_context_of_the_step() {
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
async fn a_branch_that_is_not_there_does_nothing() {
    let lab = Lab::new();
    for branch in [json!(null), json!({}), json!({"steps": []})] {
        let steps = json!([{"type": "conditional", "condition": true, "if_true": branch}]);
        assert_eq!(lab.run(steps).await.artifacts(), json!({}));
    }
    let steps = json!([{"type": "conditional", "condition": false}]);
    assert_eq!(lab.run(steps).await.artifacts(), json!({}));
}

#[tokio::test]
async fn a_failing_branch_is_named() {
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
async fn what_is_not_a_condition_is_an_error_that_shows_it() {
    let lab = Lab::new();
    for (condition, message) in [
        (" ", "condition: empty, write true, false or an expression"),
        (
            "{{ not_given }}",
            "the condition is empty after rendering, write true, false or an expression",
        ),
        (
            "1 ==",
            "condition: `1 ==` cannot be evaluated: a value is missing at the end (column 5)",
        ),
        (
            "{{ 1 }} ==",
            "condition `1 ==` cannot be evaluated: a value is missing at the end (column 5)",
        ),
        (
            "draft == 'x'",
            "condition: nothing is called draft; artifacts are written {{ draft }}, text in quotes",
        ),
        (
            "{{ 'draft' }} == 'x'",
            "condition `draft == 'x'` cannot be evaluated: nothing is called draft; artifacts are written \
             {{ draft }}, text in quotes",
        ),
        ("1 == NONE", "condition: nothing is called NONE; write None"),
        (
            "open('x')",
            "condition: `open('x')` cannot be evaluated: no function is called open (column 1)",
        ),
        (
            "1 == 1 and all_file_exist(['x'])",
            "condition: `1 == 1 and all_file_exist(['x'])` cannot be evaluated: no function is called \
             all_file_exist, did you mean all_files_exist? (column 12)",
        ),
        (
            "file_exists and true",
            "condition: `file_exists and true` cannot be evaluated: file_exists is a function, write \
             file_exists(…) (column 1)",
        ),
        (
            "file_is_newer('a')",
            "condition: `file_is_newer('a')` cannot be evaluated: file_is_newer takes 2 in its brackets, not 1 \
             (column 1)",
        ),
        (
            "'{{ 3 }}' > 5",
            "condition `'3' > 5` cannot be evaluated: `>` is not defined between text and a number (column 5)",
        ),
        (
            "1 < 'a' < 3",
            "condition: `1 < 'a' < 3` cannot be evaluated: `<` is not defined between a number and text (column 3)",
        ),
        (
            "[1, None] < [1, 2]",
            "condition: `[1, None] < [1, 2]` cannot be evaluated: `<` is not defined between None and a number \
             (column 11)",
        ),
        (
            "3 in 'abc'",
            "condition: `3 in 'abc'` cannot be evaluated: `in` is not defined between a number and text (column 3)",
        ),
        (
            "'a' is 'a'",
            "condition: `'a' is 'a'` cannot be evaluated: `is` compares with None, True and False only, write `==` \
             (column 5)",
        ),
        (
            "[1, 2",
            "condition: `[1, 2` cannot be evaluated: `,` or `]` is missing at the end (column 6)",
        ),
        (
            "true true",
            "condition: `true true` cannot be evaluated: `true` stands where an operator or the end is expected \
             (column 6)",
        ),
    ] {
        let error = lab.run(branches(json!(condition))).await.error();
        assert_eq!(error, format!("recipe: step 0 (conditional): {message}"));
    }
}
