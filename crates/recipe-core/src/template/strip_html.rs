//! Removal of HTML tags. A `<` that only looks like a tag, as in a comparison, is kept.

/// Removes tags, comments, and the content of scripts and styles.
pub(super) fn strip_html(text: &str) -> String {
    if !(text.contains('<') && text.contains('>')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match markup_length(rest) {
            Some(length) => {
                let tag = &rest[..length];
                rest = &rest[length..];
                if let Some(name) = hidden(tag) {
                    rest = &rest[end_of_hidden(rest, name)..];
                }
            }
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Length of the tag or comment at the start of a string.
fn markup_length(text: &str) -> Option<usize> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some(4 + comment.find("-->")? + 3);
    }
    let after = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
    let first = after.chars().next()?;
    if matches!(first, '!' | '?') && after.len() == text.len() - 1 {
        return Some(text.find('>')? + 1);
    }
    let is_closing = after.len() < text.len() - 1;
    if is_closing {
        // Anything between `</` and `>` is a tag.
        return Some(text.find('>')? + 1);
    }
    if !first.is_ascii_alphabetic() {
        return None;
    }
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '>' => return Some(at + 1),
            // Only attribute values are quoted.
            None if matches!(c, '"' | '\'') && before == '=' => quote = Some(c),
            None => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    None
}

/// Name of a tag whose content is removed, too.
fn hidden(tag: &str) -> Option<&'static str> {
    let name = tag[1..]
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()?;
    ["script", "style"]
        .into_iter()
        .find(|hidden| hidden.eq_ignore_ascii_case(name))
}

/// End of the content of a hidden tag.
fn end_of_hidden(text: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let at = from + at;
        let after = &text.as_bytes()[at + 2..];
        let is_end =
            after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes());
        if is_end {
            return at;
        }
        from = at + 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results of python-liquid 2.3.6 on Python 3.11.7.
    #[test]
    fn tags_are_removed_and_comparisons_kept() {
        for (html, expected) in [
            (
                "if x < 5 and y > 3 then <b>ok</b> else a<b",
                "if x < 5 and y > 3 then ok else a<b",
            ),
            ("a < b > c", "a < b > c"),
            ("<3 > 2", "<3 > 2"),
            ("x <= 5 => y", "x <= 5 => y"),
            ("1 << 2 >> 1", "1 << 2 >> 1"),
            ("Vec<u8> x", "Vec x"),
            ("<!-- c --> x <br/> y", " x  y"),
            ("<!-- unclosed > x", "<!-- unclosed > x"),
            ("<script>a<b</script>x<style>q</style>", "x"),
            ("<scripty>x</scripty>>", "x>"),
            ("<a href=\"x>y\">z</a>", "z"),
            ("<a b=\"c>d", "<a b=\"c>d"),
            ("</b >x</ b>y", "xy"),
            ("<!DOCTYPE html><p>x", "x"),
            ("<?php x ?>y", "y"),
            ("&lt;b&gt; <i>&#39;&amp;</i>", "&lt;b&gt; &#39;&amp;"),
            ("no tags", "no tags"),
        ] {
            assert_eq!(strip_html(html), expected, "{html}");
        }
    }
}
