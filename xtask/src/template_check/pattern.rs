//! Patterns for the names of templates.

/// Whether a name fits a pattern, in which `*` is any text.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.any(|at| fits(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_text() {
        assert!(fits("filter/*/a", "filter/sort/a"));
        assert!(fits("filter/*", "filter/sort/a"));
        assert!(fits("*", ""));
        assert!(fits("*/é*é", "x/éé"));
        assert!(!fits("filter/*/b", "filter/sort/a"));
        assert!(!fits("filter", "filter/sort"));
        assert!(!fits("*é*é", "xé"));
    }
}
