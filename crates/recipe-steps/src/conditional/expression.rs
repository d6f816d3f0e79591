//! Conditions after rendering: an expression that can reach a few functions and nothing else.
//!
//! It is written as in Python, and means the same or is an error: conditions were expressions of Python in the
//! reference. Bounded before it is parsed are its length and depth, and while it is evaluated the work and the memory
//! that it may cause.

use recipe_core::StepError;

use super::expression_error::ExpressionError;
use super::tree::Tree;
use super::{complexity, evaluator, parser, tokens};

/// The longest expression, in bytes: a list of a thousand paths and more.
const LONGEST: usize = 256 << 10;

/// A condition that is not an expression, or cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// Nothing is left after rendering.
    #[error("the condition is empty after rendering, write true, false or an expression")]
    Empty,
    /// It is longer than any condition should be.
    #[error("condition `{expression}` is over {limit} bytes after rendering")]
    TooLong {
        /// The beginning of the condition, rendered.
        expression: String,
        /// The most that is allowed, in bytes.
        limit: usize,
    },
    /// Its parts hold one another, or follow one another, without end.
    #[error(
        "condition `{expression}` is too complex, the most is {operators} operators between two commas and \
         {brackets} brackets in one another"
    )]
    TooComplex {
        /// The beginning of the condition, rendered.
        expression: String,
        /// The most operators.
        operators: usize,
        /// The most brackets.
        brackets: usize,
    },
    /// It is not an expression, or has no value.
    #[error("condition `{expression}` cannot be evaluated")]
    Invalid {
        /// The condition, rendered; only its beginning if it is long.
        expression: String,
        /// What is wrong with it, and where.
        source: ExpressionError,
    },
}

impl From<ConditionError> for StepError {
    fn from(error: ConditionError) -> Self {
        StepError::failed(error)
    }
}

/// Whether a rendered condition holds.
pub(super) fn evaluate(text: &str) -> Result<bool, ConditionError> {
    let text = text.trim();
    if let Some(decided) = decided(text)? {
        return Ok(decided);
    }
    let tree = parse(text)?;
    evaluator::is_true(&tree).map_err(|error| invalid(text, error))
}

/// Whether a rendered condition holds; `None` where it asks for files, which may have changed when it is evaluated.
///
/// # Errors
/// When it is empty or not an expression, or cannot be evaluated.
pub fn evaluate_condition(text: &str) -> Result<Option<bool>, ConditionError> {
    match asks_for_files(text) {
        true => check_condition(text).map(|()| None),
        false => evaluate(text).map(Some),
    }
}

/// Whether a condition may look at files: nothing else in it can block.
pub(super) fn asks_for_files(text: &str) -> bool {
    text.contains("file")
}

/// Whether a condition that needs no rendering is one at all.
///
/// # Errors
/// When it is empty, not an expression, or longer or deeper than a condition may be.
pub fn check_condition(text: &str) -> Result<(), ConditionError> {
    let text = text.trim();
    match decided(text)? {
        Some(_) => Ok(()),
        None => parse(text).map(drop),
    }
}

/// The truth of a condition that is `true` or `false` as it stands.
fn decided(text: &str) -> Result<Option<bool>, ConditionError> {
    if text.is_empty() {
        return Err(ConditionError::Empty);
    }
    Ok(if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    })
}

/// An expression that is short and shallow enough, ready to evaluate.
fn parse(text: &str) -> Result<Tree, ConditionError> {
    if text.len() > LONGEST {
        return Err(ConditionError::TooLong {
            expression: beginning(text),
            limit: LONGEST,
        });
    }
    let tokens = tokens::tokens(text).map_err(|error| invalid(text, error))?;
    if !complexity::is_bearable(&tokens) {
        return Err(ConditionError::TooComplex {
            expression: beginning(text),
            operators: complexity::MOST_OPERATORS,
            brackets: complexity::MOST_BRACKETS,
        });
    }
    parser::parse(tokens).map_err(|error| invalid(text, error))
}

fn invalid(text: &str, source: ExpressionError) -> ConditionError {
    ConditionError::Invalid {
        expression: beginning(text),
        source,
    }
}

/// The beginning of a condition, for a message.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        evaluate(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn expressions_follow_python() {
        for text in [
            "TRUE",
            "1 < 2 and 'a' != 'b'",
            "'b' in ['a', 'b']",
            "'x' not in 'abc'",
            "not false",
            "null == None",
            "2.5 >= 2",
            "(1 == 2) or (3 == 3)",
            "'text'",
            "not []",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in ["False", "0", "''", "1 > 2", "'A' == 'a'"] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn the_call_forms_nest_and_stand_beside_the_operators() {
        assert!(holds("and(true, or(false, 1 < 2), not(false))"));
        assert!(holds("true and(true)"));
        assert!(!holds("not or(true, false)"));
        assert!(holds("'and(' == 'and(' and and(true, true)"));
        assert!(holds("1 == 1 or(false)"));
    }

    #[test]
    fn nothing_else_can_be_reached() {
        for text in [
            "__import__('os').system('touch pwned')",
            "open('x')",
            "unknown",
            "''.__class__",
            "'a'|upper",
            "range(10)",
            "file_exists('a'",
            "1 = 1",
            "{% if true %}",
        ] {
            assert!(evaluate(text).is_err(), "{text}");
        }
        assert_eq!(evaluate("  "), Err(ConditionError::Empty));
    }

    #[test]
    fn no_expression_runs_for_ever_or_overflows() {
        use crate::conditional::complexity::{MOST_BRACKETS, MOST_OPERATORS};
        let chain = |first: &str, part: &str| first.to_owned() + &part.repeat(MOST_OPERATORS);
        let hostile = [
            "(".repeat(100_000),
            "not ".repeat(100_000) + "true",
            format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000)),
            "9".repeat(10_000) + " > 1",
            "10 ** 100000 > 1".to_owned(),
            "'x' * 100000000000 == ''".to_owned(),
            "'x' * 1000000000 == ''".to_owned(),
            "'x' * 99000000 == ''".to_owned(),
            "[1] * 1000000000 == []".to_owned(),
            "(1, 2) * 49000000 == []".to_owned(),
            "1 in [1] * 1000000 * 1000".to_owned(),
            format!("{} == ''", ["('x' * 9000000)"; 200].join(" + ")),
            format!("{} == ''", ["('x' * 9000000)"; 200].join(" ~ ")),
            "-".repeat(100_000) + "1",
            "1".to_owned() + &"+1".repeat(200_000),
            // As deep as is allowed, which must fit on the stack.
            chain("1", "+1"),
            chain("1", " and 1"),
            chain("1", " < 1"),
            chain("1", ".a"),
            chain("1", "[0]"),
            chain("1", "()"),
            chain("2", "**2"),
            chain("1", " if 1 else 1"),
            chain("1", " is not None"),
            chain("'a'", " 'a'"),
            "- ".repeat(MOST_OPERATORS) + "1",
            "{1: ".repeat(MOST_BRACKETS) + "1",
            "'a' * 100000 in ".repeat(MOST_OPERATORS / 2) + "'a'",
            "[[1] * 300] * 300 == 1 or ".repeat(MOST_OPERATORS / 4) + "1",
            chain("1", "|a"),
            chain("1", " is a"),
            chain("[1]", " + [1]"),
            "1 if 0 else ".repeat(MOST_OPERATORS / 2) + "1",
            "1".to_owned() + &" if 0".repeat(MOST_OPERATORS),
            "-".repeat(MOST_OPERATORS) + "1",
            "not ".repeat(MOST_OPERATORS) + "1",
            format!(
                "{}1{}",
                "(".repeat(MOST_BRACKETS),
                ")".repeat(MOST_BRACKETS)
            ),
            format!(
                "{}1{}",
                "[".repeat(MOST_BRACKETS),
                "]".repeat(MOST_BRACKETS)
            ),
            format!(
                "{}1{}",
                "{1:".repeat(MOST_BRACKETS),
                "}".repeat(MOST_BRACKETS)
            ),
            format!(
                "{}1{}",
                "-(".repeat(MOST_BRACKETS),
                ")".repeat(MOST_BRACKETS)
            ),
            "not(".repeat(MOST_BRACKETS),
            // Both at once.
            format!(
                "{}{}1{}",
                "not ".repeat(MOST_OPERATORS - MOST_BRACKETS),
                "(".repeat(MOST_BRACKETS),
                ")".repeat(MOST_BRACKETS)
            ),
        ];
        // A worker thread of the runtime has 2 MiB; most of it may be taken by what is around.
        std::thread::Builder::new()
            .stack_size(768 << 10)
            .spawn(move || {
                for text in &hostile {
                    if let Err(error) = evaluate(text) {
                        assert!(error.to_string().chars().count() < 400, "{error}");
                    }
                }
            })
            .unwrap()
            .join()
            .unwrap();
    }

    #[test]
    fn a_long_list_of_files_is_an_ordinary_condition() {
        let list = "'Cargo.toml', ".repeat(5_000);
        assert!(holds(&format!("all_files_exist([{list}])")));
        assert!(holds(&format!(
            "or({})",
            "file_exists('none'), ".repeat(200) + "1 == 1"
        )));
        assert!(holds(&["file_exists('Cargo.toml')"; 100].join(" and ")));
    }

    #[test]
    fn an_error_shows_the_beginning_of_a_long_condition() {
        let long = format!("x == '{}'", "é".repeat(1_000));
        let message = evaluate(&long).unwrap_err().to_string();
        assert!(message.starts_with("condition `x == 'ééé"), "{message}");
        assert!(message.chars().count() < 200, "{message}");
        let endless = "1".to_owned() + &"+1".repeat(1_000);
        assert!(matches!(
            evaluate(&endless),
            Err(ConditionError::TooComplex { .. })
        ));
        let huge = format!("'{}'", "x".repeat(LONGEST));
        assert!(matches!(
            evaluate(&huge),
            Err(ConditionError::TooLong { .. })
        ));
    }
}
