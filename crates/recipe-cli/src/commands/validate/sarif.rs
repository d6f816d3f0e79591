//! What is wrong, in SARIF 2.1.0, which code scanners read.

use std::env;
use std::path::Path;

use recipe_lint::{Code, Diagnostic, severity_name};
use serde_json::{Value, json};

use super::report::Report;

/// The whole output.
pub(crate) fn text(report: &Report) -> String {
    let rules: Value = Code::ALL.into_iter().map(rule).collect();
    let results: Value = report.diagnostics().map(result).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "recipe",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Value {
    json!({"id": code.name(), "shortDescription": {"text": code.description()}})
}

fn result(found: &Diagnostic) -> Value {
    let mut place = json!({"artifactLocation": {"uri": uri(&found.file)}});
    if found.code != Code::Unreadable {
        place["region"] = json!({
            "startLine": found.start.line,
            "startColumn": found.start.column,
            "endLine": found.end.line,
            "endColumn": found.end.column,
        });
    }
    // What to write instead is a word; whether quotes belong around it depends on where it stands, so it is no fix
    // that a program could apply.
    let message = match &found.suggestion {
        Some(suggestion) => format!("{}; did you mean `{suggestion}`?", found.message),
        None => found.message.clone(),
    };
    let index = Code::ALL.iter().position(|code| *code == found.code);
    json!({
        "ruleId": found.code.name(),
        "ruleIndex": index,
        "level": severity_name(found.severity),
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
    })
}

/// A file as a URI reference: relative to the working directory, if it lies there.
fn uri(file: &Path) -> String {
    let inside = env::current_dir().ok();
    let inside = inside.and_then(|folder| file.strip_prefix(folder).ok());
    let path = inside.unwrap_or(file);
    let text = path.to_string_lossy();
    let text = match cfg!(windows) {
        true => text.replace('\\', "/"),
        false => text.into_owned(),
    };
    let encoded = percent_encoded(&text);
    match (path.is_absolute(), text.starts_with('/')) {
        (true, true) => format!("file://{encoded}"),
        (true, false) => format!("file:///{encoded}"),
        (false, _) => encoded,
    }
}

fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_relative_and_encoded() {
        assert_eq!(
            uri(Path::new("a b/ü:%#?.json")),
            "a%20b/%C3%BC%3A%25%23%3F.json"
        );
        let inside = env::current_dir().unwrap().join("x/y.json");
        assert_eq!(uri(&inside), "x/y.json");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_elsewhere_is_absolute() {
        assert_eq!(
            uri(Path::new("/no where/a.json")),
            "file:///no%20where/a.json"
        );
    }
}
