//! Patterns for names of templates.

/// Whether a name matches a pattern, in which `*` is any text.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.any(|at| matches(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_matches_any_text() {
        assert!(matches("filter/*/a", "filter/sort/a"));
        assert!(matches("filter/*", "filter/sort/a"));
        assert!(matches("*", ""));
        assert!(matches("*/é*é", "x/éé"));
        assert!(!matches("filter/*/b", "filter/sort/a"));
        assert!(!matches("filter", "filter/sort"));
        assert!(!matches("*é*é", "xé"));
    }
}
