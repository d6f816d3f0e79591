//! Suggestions for misspelled names.

/// Returns the candidate that is most like `name`, if it is similar enough.
pub fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<String> {
    /// Minimum similarity of a suggestion.
    const LIKE: f64 = 0.75;
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, candidate)| *likeness >= LIKE && is_mostly(name, candidate))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.to_owned())
}

/// Whether two names are mostly the same, or the name is a prefix of the candidate. Names that only
/// share a prefix differ: `absolute_url`, `abs`.
fn is_mostly(name: &str, candidate: &str) -> bool {
    let length = name.chars().count();
    let longest = length.max(candidate.chars().count());
    (length >= 3 && candidate.starts_with(name))
        || 2 * strsim::osa_distance(name, candidate) <= longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_suggested_only_where_it_is_close() {
        let names = ["abs", "upcase", "sort_natural", "url_encode"];
        let suggestion = |name| nearest(name, names.into_iter());
        assert_eq!(suggestion("upcas").as_deref(), Some("upcase"));
        assert_eq!(
            suggestion("sort_naturally").as_deref(),
            Some("sort_natural")
        );
        assert_eq!(suggestion("sort").as_deref(), Some("sort_natural"));
        for other in ["absolute_url", "up", "url_escape_path", "x"] {
            assert_eq!(suggestion(other), None, "{other}");
        }
    }
}
