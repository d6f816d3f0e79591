//! How deep an expression goes, known before it is parsed.
//!
//! Parsing, compiling and dropping an expression recurse along its tree; one that is deeper than the stack would
//! end the process. The depth is bounded here from the tokens alone, and never too low: each operator, call or
//! subscript may be one level, and so may each bracket around it. What commas part lies side by side, so a list
//! may be as long as it likes.

use super::tokens::Token;

/// How many brackets may stand in one another. Each costs the parser a dozen frames.
pub(super) const MOST_BRACKETS: usize = 24;

/// How many operators may follow or hold one another.
pub(super) const MOST_OPERATORS: usize = 400;

/// Whether an expression is shallow enough to be parsed.
pub(super) fn is_bearable(tokens: &[Token<'_>]) -> bool {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for token in tokens {
        match token.text {
            "(" | "[" | "{" => {
                // Of a call or a subscript; other brackets only seem to be an operator.
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
        if outer.len() > MOST_BRACKETS || level.above + level.depth() > MOST_OPERATORS {
            return false;
        }
    }
    true
}

/// What stands between one pair of brackets.
#[derive(Default)]
struct Level {
    /// Operators around these brackets.
    above: usize,
    /// Operators since the last comma.
    operators: usize,
    /// The deepest brackets since the last comma.
    inside: usize,
    /// The deepest of the parts that ended with a comma.
    deepest: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.deepest.max(self.operators + self.inside)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn is_bearable(text: &str) -> bool {
        super::is_bearable(&tokens(text).unwrap())
    }

    #[test]
    fn a_list_may_be_as_long_as_it_likes() {
        let list = "'some/file.md', ".repeat(5_000);
        assert!(is_bearable(&format!("all_files_exist([{list}])")));
        let calls = "not file_exists('a'), ".repeat(5_000);
        assert!(is_bearable(&format!("or({calls})")));
    }

    #[test]
    fn depth_is_bounded_however_it_comes_about() {
        for text in [
            "(".repeat(MOST_BRACKETS + 1),
            "1".to_owned() + &"+1".repeat(MOST_OPERATORS + 1),
            "not ".repeat(MOST_OPERATORS + 1),
            "x".to_owned() + &"[0]".repeat(MOST_OPERATORS + 1),
            "x".to_owned() + &"()".repeat(MOST_OPERATORS + 1),
            // Half of it inside the brackets, half of it behind.
            format!("(1{0}){0}", "+1".repeat(MOST_OPERATORS / 2)),
            format!("[1, 1{0}][0]{0}", "+1".repeat(MOST_OPERATORS / 2)),
            // Half of it before the brackets, half of it inside.
            format!("{0}({0}1)", "-".repeat(MOST_OPERATORS / 2 + 1)),
        ] {
            assert!(!is_bearable(&text), "{text}");
        }
        assert!(is_bearable(&format!(
            "(1{0})",
            "+1".repeat(MOST_OPERATORS - 1)
        )));
        assert!(is_bearable(&"a and ".repeat(MOST_OPERATORS)));
    }
}
