//! Invalid numbers in fields.

use crate::harness::{Folder, Outcome};
use insta::assert_snapshot;

/// Runs a `parallel` step with this field.
fn parallel(field: &str) -> Outcome {
    let recipe = format!("[{{\"type\": \"parallel\", \"substeps\": [], {field}}}]");
    Folder::new().file("r.json", recipe).recipe("run r.json")
}

#[test]
fn delays() {
    assert_snapshot!(parallel(r#""delay": -1"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 48: step 0 (parallel): delay: invalid number of seconds: -1, expected 0 or more
    ");
    assert_snapshot!(parallel(r#""delay": 1e300"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 48: step 0 (parallel): delay: 1e300 seconds exceeds the maximum of 315360000
    ");
    assert_snapshot!(parallel(r#""delay": 1e400"#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 52: number out of range, near `": [], "delay": 1e400}]`
    "#);
    assert_snapshot!(parallel(r#""delay": NaN"#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 48: expected value, near `teps": [], "delay": NaN}]`
    "#);
    assert_snapshot!(parallel(r#""delay": "1""#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 48: step 0 (parallel): delay: expected a number, found "1"
    "#);
}

#[test]
fn timeouts() {
    assert_snapshot!(parallel(r#""timeout": 0"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 50: step 0 (parallel): timeout: invalid timeout: 0 seconds, expected more
    ");
    assert_snapshot!(parallel(r#""timeout": -0.5"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 50: step 0 (parallel): timeout: invalid number of seconds: -0.5, expected 0 or more
    ");
    assert_snapshot!(parallel(r#""timeout": 99999999999999999999999"#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 50: integer out of range: 99999999999999999999999, near `ps": [], "timeout": 99999999999999999999`
    "#);
}

#[test]
fn limits() {
    assert_snapshot!(parallel(r#""max_concurrency": 1.5"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 58: step 0 (parallel): max_concurrency: expected a whole number, found `1.5`
    ");
    assert_snapshot!(parallel(r#""max_concurrency": 1e30"#), @"
    exit code 2
    --- stderr
    error: r.json: line 1, column 58: step 0 (parallel): max_concurrency: expected a whole number, found `1e+30`
    ");
    assert_snapshot!(parallel(r#""max_concurrency": 99999999999999999999"#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 58: integer out of range: 99999999999999999999, near `"max_concurrency": 99999999999999999999`
    "#);
    assert_snapshot!(parallel(r#""max_concurrency": "2""#), @r#"
    exit code 2
    --- stderr
    error: r.json: line 1, column 58: step 0 (parallel): max_concurrency: expected a whole number, found "2"
    "#);
}

#[test]
fn the_largest_numbers_are_accepted() {
    assert_eq!(
        parallel(r#""max_concurrency": 9223372036854775807"#).code(),
        0
    );
    assert_eq!(
        parallel(r#""max_concurrency": -9223372036854775808"#).code(),
        0
    );
    assert_eq!(parallel(r#""timeout": 315360000"#).code(), 0);
    assert_eq!(parallel(r#""delay": 5e-324"#).code(), 0);
}
