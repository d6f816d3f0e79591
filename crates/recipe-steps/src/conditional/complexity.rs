//! Nesting limits of expressions, checked before parsing.
//!
//! Parsing, evaluating and dropping an expression recurse; a tree deeper than the stack would end
//! the process. An upper bound of the depth follows from the tokens alone: each operator, call,
//! subscript and bracket may be a level. Items between commas are siblings, so that the length of a
//! list is not limited.

use super::tokens::Token;

/// Maximum nesting depth of brackets. Each level takes the parser a dozen frames.
pub(super) const MAX_BRACKETS: usize = 24;

/// Maximum number of chained or nested operators.
pub(super) const MAX_OPERATORS: usize = 400;

/// Whether an expression is within the limits.
pub(super) fn is_within_limits(tokens: &[Token<'_>]) -> bool {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for token in tokens {
        match token.text {
            "(" | "[" | "{" => {
                // Counts calls and subscripts; counting other brackets as well is on the safe side.
                level.operators += 1;
                let above = level.above + level.operators;
                outer.push(std::mem::replace(
                    &mut level,
                    Level {
                        above,
                        ..Level::default()
                    },
                ));
            }
            ")" | "]" | "}" => {
                let inside = level.depth();
                level = outer.pop().unwrap_or_default();
                level.inside = level.inside.max(inside);
            }
            "," => {
                level.deepest = level.depth();
                level.operators = 0;
                level.inside = 0;
            }
            _ if token.is_operator() => level.operators += 1,
            _ => {}
        }
        if outer.len() > MAX_BRACKETS || level.above + level.depth() > MAX_OPERATORS {
            return false;
        }
    }
    true
}

/// Content of a pair of brackets.
#[derive(Default)]
struct Level {
    /// Operators outside the brackets.
    above: usize,
    /// Operators since the last comma.
    operators: usize,
    /// Maximum depth of inner brackets since the last comma.
    inside: usize,
    /// Maximum depth of the items that ended with a comma.
    deepest: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.deepest.max(self.operators + self.inside)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokenize;
    use super::*;

    fn is_within_limits(text: &str) -> bool {
        super::is_within_limits(&tokenize(text).unwrap())
    }

    #[test]
    fn the_length_of_a_list_is_not_limited() {
        let list = "'some/file.md', ".repeat(5_000);
        assert!(is_within_limits(&format!("all_files_exist([{list}])")));
        let calls = "not file_exists('a'), ".repeat(5_000);
        assert!(is_within_limits(&format!("or({calls})")));
    }

    #[test]
    fn depth_is_limited_in_all_forms() {
        for text in [
            "(".repeat(MAX_BRACKETS + 1),
            "1".to_owned() + &"+1".repeat(MAX_OPERATORS + 1),
            "not ".repeat(MAX_OPERATORS + 1),
            "x".to_owned() + &"[0]".repeat(MAX_OPERATORS + 1),
            "x".to_owned() + &"()".repeat(MAX_OPERATORS + 1),
            // Half of it inside the brackets, half of it after.
            format!("(1{0}){0}", "+1".repeat(MAX_OPERATORS / 2)),
            format!("[1, 1{0}][0]{0}", "+1".repeat(MAX_OPERATORS / 2)),
            // Half of it before the brackets, half of it inside.
            format!("{0}({0}1)", "-".repeat(MAX_OPERATORS / 2 + 1)),
        ] {
            assert!(!is_within_limits(&text), "{text}");
        }
        assert!(is_within_limits(&format!(
            "(1{0})",
            "+1".repeat(MAX_OPERATORS - 1)
        )));
        assert!(is_within_limits(&"a and ".repeat(MAX_OPERATORS)));
    }
}
