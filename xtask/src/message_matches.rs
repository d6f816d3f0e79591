//! Tests that no code depends on the text of a message: rewording one must not change behaviour.

use std::fs;

use regex_lite::Regex;

use crate::rust_files::{crate_sources, rust_files};

/// Lines that may match a text that looks like a message: file, part of the line, reason.
const ALLOWED: [(&str, &str, &str); 5] = [
    (
        "crates/recipe-core/src/document/wording.rs",
        "",
        "serde_json and serde offer no types; tests there hold their texts",
    ),
    (
        "crates/recipe-llm/src/providers/",
        "",
        "messages and values of providers",
    ),
    (
        "crates/recipe-cli/src/",
        "error.strip_prefix(recipe)",
        "stored errors begin with the name of the recipe",
    ),
    (
        "xtask/src/bench/page.rs",
        "line.starts_with(\"model name\")",
        "/proc/cpuinfo",
    ),
    (
        "xtask/src/soak/embedding.rs",
        "said.contains(part)",
        "checks the expected error of a scenario, as a test does",
    ),
];

/// Patterns of code that depends on the text of a message.
fn shapes() -> Vec<Regex> {
    let message = r"\b\w*(message|error|reason|stderr|stdout|said|complaint)";
    let shown = r"(\(\))?(\.as_ref\(\)|\.as_deref\(\)|\.as_str\(\)|\.trim\(\)|\.to_string\(\)|\?)*";
    let reads = r"\.(contains|starts_with|ends_with|strip_prefix|strip_suffix|trim_start_matches|trim_end_matches|find|rfind|split_once|rsplit_once|matches|eq)\(";
    let shapes = [
        format!("{message}{shown}{reads}[^|]"),
        format!(r#"{message}{shown} ?(==|!=) ?&?"[^"]"#),
        format!(r"match (&|\*|&\*)?{message}(\(\))?(\.to_string\(\)|\.as_str\(\))+ "),
        format!(r"matches!\((&|\*|&\*)?{message}(\(\))?(\.to_string\(\)|\.as_str\(\))+,"),
        format!(r"(\.to_string\(\)|format!\([^;]*?\))(\.as_str\(\))?{reads}"),
        // A literal with words and a space.
        format!(r#"{reads}"([^"{{}}]*[a-z]{{3,}} [^"{{}}]*|[^"{{}}]* [a-z]{{3,}}[^"{{}}]*)""#),
    ];
    let shapes = shapes.iter().map(|shape| Regex::new(shape).unwrap());
    shapes.collect()
}

/// Code of a file without comments and tests, with each chain of calls on one line.
fn code(text: &str) -> String {
    let tests = Regex::new(r"(?m)^#\[cfg\(test\)\]\n(#\[.*\]\n)*mod \w+ \{").unwrap();
    let text = tests
        .find(text)
        .map_or(text, |tests| &text[..tests.start()]);
    let comments = Regex::new(r"(?m)^\s*//.*$").unwrap();
    let text = comments.replace_all(text, "");
    Regex::new(r"\n\s*(\.|\?)")
        .unwrap()
        .replace_all(&text, "$1")
        .into_owned()
}

/// Finds the lines that depend on a message.
fn matches(text: &str) -> Vec<String> {
    let shapes = shapes();
    let code = code(text);
    let found = code
        .lines()
        .filter(|line| shapes.iter().any(|shape| shape.is_match(line)));
    found.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn no_code_decides_by_the_text_of_a_message() {
    let workspace = crate::workspace();
    let mut files = crate_sources();
    files.extend(rust_files(&workspace.join("xtask/src")));
    files.retain(|path| !path.ends_with("tests.rs"));
    let mut found = Vec::new();
    for path in files {
        let file = path.strip_prefix(&workspace).unwrap().to_string_lossy();
        if file == "xtask/src/message_matches.rs" {
            continue;
        }
        for line in matches(&fs::read_to_string(&path).unwrap()) {
            let is_allowed = ALLOWED
                .iter()
                .any(|(allowed, part, _)| file.starts_with(allowed) && line.contains(part));
            if !is_allowed {
                found.push(format!("{file}: {line}"));
            }
        }
    }
    assert!(
        found.is_empty(),
        "give the error a kind and match on that:\n{}",
        found.join("\n")
    );
}

#[test]
fn decisions_by_a_message_are_found() {
    for line in [
        r#"if message.contains(" in template `") {"#,
        r#"if !message.starts_with("expected ") {"#,
        r#"let missing = message.strip_prefix("missing field `");"#,
        r#"if error.to_string().contains(word) {"#,
        "if error\n    .to_string()\n    .starts_with(word) {",
        r#"match error.to_string().as_str() {"#,
        r#"if problem.message == "empty" {"#,
        r#"if matches!(error.to_string().as_str(), "a") {"#,
        r#"if String::from_utf8_lossy(&second.stderr).contains("3 reused") {"#,
        r#"if text.ends_with("not found") {"#,
    ] {
        assert_eq!(matches(line).len(), 1, "{line}");
    }
    for line in [
        "// message.contains(text)",
        r#"if text.contains("{{") {"#,
        r#"if text.starts_with("0x") {"#,
        "errors.find(StepError::is_limit)",
        "#[cfg(test)]\nmod tests {\n    assert!(message.contains(\"a\"));\n}",
    ] {
        assert_eq!(matches(line), [""; 0], "{line}");
    }
}
