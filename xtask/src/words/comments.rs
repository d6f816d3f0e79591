//! Finds the comments of a Rust file. Knows strings and characters well enough to skip them.

pub(crate) const DOC_ATTRIBUTE: &str = "#[doc = \"";

/// Returns the comments of a Rust file with their markers, each with its line, counted from 1.
/// A `#[doc = "…"]` is a comment, too.
pub(crate) fn comments(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < source.len() {
        let rest = &source[at..];
        let (length, is_comment) = token(rest);
        let text = &rest[..length];
        if is_comment {
            found.push((line, text));
        }
        line += text.matches('\n').count();
        at += length;
    }
    found
}

/// Length of the token at the start of a text, and whether it is a comment.
fn token(rest: &str) -> (usize, bool) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), true);
    } else if rest.starts_with("/*") {
        return (block(rest), true);
    } else if let Some(value) = rest.strip_prefix(DOC_ATTRIBUTE) {
        return (DOC_ATTRIBUTE.len() + quoted(value, '"'), true);
    }
    let first = rest.chars().next().unwrap_or_default();
    let length = match first {
        '"' => 1 + quoted(&rest[1..], '"'),
        // A lifetime has one quote only.
        '\'' if rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'') => {
            1 + quoted(&rest[1..], '\'')
        }
        _ if first.is_alphanumeric() || first == '_' => {
            let is_word = |char: char| char.is_alphanumeric() || char == '_';
            let word = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
            word + raw_string(&rest[..word], &rest[word..])
        }
        _ => first.len_utf8(),
    };
    (length, false)
}

/// Length of the raw string that follows a word, 0 if none does.
fn raw_string(prefix: &str, rest: &str) -> usize {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    match rest[hashes..].strip_prefix('"') {
        Some(value) if matches!(prefix, "r" | "br" | "cr") => {
            let end = format!("\"{}", &rest[..hashes]);
            let length = value.find(&end).map_or(value.len(), |at| at + end.len());
            hashes + 1 + length
        }
        _ => 0,
    }
}

/// Length of a quoted text after its opening quote, with the closing one.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = rest.find(|char| {
        let ends = char == quote && !escaped;
        escaped = char == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |at| at + 1)
}

/// Length of a block comment; they nest.
fn block(rest: &str) -> usize {
    let mut depth = 0;
    for (at, _) in rest.match_indices(['*', '/']) {
        match rest.get(at..at + 2) {
            Some("/*") => depth += 1,
            Some("*/") if depth == 1 => return at + 2,
            Some("*/") => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}
