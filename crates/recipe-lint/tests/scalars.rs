//! Unquoted scalars with a warning `ambiguous-scalar`. Their meanings in YAML 1.1 are those of
//! PyYAML 6.0.4; times with a leading zero, which it reads as text, are numbers to other parsers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use recipe_lint::{Code, Linter};

/// Warning about a value in a recipe, and the suggested replacement.
fn warning(scalar: &str) -> Option<(String, String)> {
    let text = format!("- type: set_context\n  key: k\n  value: [{scalar}]\n");
    let linter = Linter::new(recipe_steps::registry());
    let linted = linter.lint_text(Path::new("r.yaml"), text.clone().into());
    let mut found = linted
        .diagnostics
        .iter()
        .filter(|found| found.code == Code::AmbiguousScalar);
    let warning = found.next()?;
    assert_eq!(&text[warning.span.clone()], scalar);
    Some((warning.message.clone(), warning.suggestion.clone().unwrap()))
}

#[test]
fn scalars_with_two_meanings_are_shown_with_both() {
    for (scalar, meanings) in [
        ("yes", "yes is text, and true in YAML 1.1"),
        ("Yes", "Yes is text, and true in YAML 1.1"),
        ("NO", "NO is text, and false in YAML 1.1"),
        ("on", "on is text, and true in YAML 1.1"),
        ("OFF", "OFF is text, and false in YAML 1.1"),
        ("0123", "0123 is the number 123, and 83 in YAML 1.1"),
        ("-017", "-017 is the number -17, and -15 in YAML 1.1"),
        ("08", "08 is the number 8, and text in YAML 1.1"),
        ("00", "00 is the number 0"),
        (
            "012:30",
            "012:30 is text, and a number in base 60 in YAML 1.1",
        ),
        (
            "12:30",
            "12:30 is text, and a number in base 60 in YAML 1.1",
        ),
        (
            "12:30:45",
            "12:30:45 is text, and a number in base 60 in YAML 1.1",
        ),
        ("1_000", "1_000 is text, and 1000 in YAML 1.1"),
        ("1_000.5", "1_000.5 is text, and 1000.5 in YAML 1.1"),
        ("0b101", "0b101 is text, and 5 in YAML 1.1"),
        ("0o17", "0o17 is the number 15, and text in YAML 1.1"),
        ("0x1F", "0x1F is the number 31"),
        ("0x1_F", "0x1_F is text, and 31 in YAML 1.1"),
        ("+4912345", "+4912345 is the number 4912345"),
        ("1.10", "1.10 is the number 1.1"),
        (".5", ".5 is the number 0.5"),
        ("1e3", "1e3 is the number 1000.0, and text in YAML 1.1"),
        ("2024-01-01", "2024-01-01 is text, and a date in YAML 1.1"),
        (
            "2024-01-01T10:00:00Z",
            "2024-01-01T10:00:00Z is text, and a date in YAML 1.1",
        ),
    ] {
        let (message, suggestion) = warning(scalar).unwrap_or_else(|| panic!("{scalar}"));
        assert_eq!(message, format!("ambiguous scalar: {meanings}"));
        assert_eq!(suggestion, format!("\"{scalar}\""));
    }
}

#[test]
fn ordinary_scalars_are_not_reported() {
    for scalar in [
        "1",
        "-1",
        "1.5",
        "1.0",
        "0",
        "0.5",
        "true",
        "False",
        "null",
        "~",
        "text",
        "y",
        "n",
        "N",
        "yEs",
        "tRue",
        "v1.2",
        "1.2.3",
        "a:b",
        "1:60",
        "2024-13",
        "10 000",
        "\"yes\"",
        "'0123'",
        "\"12:30\"",
        "no one",
        "1a",
        "_",
        "0x",
        "1:2:x",
        "file-01.txt",
        "-",
        "12:30pm",
    ] {
        assert_eq!(warning(scalar), None, "{scalar}");
    }
}
