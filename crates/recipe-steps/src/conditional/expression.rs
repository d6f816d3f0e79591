//! Rendered conditions: expressions with access to a few functions and nothing else.
//!
//! An expression means the same as in Python, which evaluates conditions in the reference, or is an
//! error. Its length and nesting are limited before parsing, its work and memory during evaluation.

use recipe_core::StepError;

use super::expression_error::{ExpressionError, shortened};
use super::tree::Tree;
use super::{complexity, evaluator, parser, tokens};

/// Maximum length of an expression in bytes: a list of more than a thousand paths.
const MAX_LENGTH: usize = 256 << 10;

/// Maximum characters of a condition in a message.
const MAX_SHOWN: usize = 80;

/// Error of a rendered condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// The condition is empty after rendering.
    #[error("condition is empty after rendering, expected true, false or an expression")]
    Empty,
    /// The condition exceeds the length limit.
    #[error("condition too long: over {limit} bytes after rendering: `{expression}`")]
    TooLong {
        /// Start of the rendered condition.
        expression: String,
        /// Maximum length in bytes.
        limit: usize,
    },
    /// The condition exceeds the nesting limits.
    #[error(
        "condition nested too deeply: over {operators} operators between two commas or {brackets} \
         levels of brackets: `{expression}`"
    )]
    TooComplex {
        /// Start of the rendered condition.
        expression: String,
        /// Maximum number of operators between two commas.
        operators: usize,
        /// Maximum nesting depth of brackets.
        brackets: usize,
    },
    /// The condition is not a valid expression, or its evaluation fails.
    #[error("invalid condition: `{expression}`")]
    Invalid {
        /// Rendered condition, shortened.
        expression: String,
        /// The error and its column.
        source: ExpressionError,
    },
}

impl From<ConditionError> for StepError {
    fn from(error: ConditionError) -> Self {
        StepError::failed(error)
    }
}

/// Evaluates a rendered condition.
pub(super) fn evaluate(text: &str) -> Result<bool, ConditionError> {
    let text = text.trim();
    if let Some(literal) = literal(text)? {
        return Ok(literal);
    }
    let tree = parse(text)?;
    evaluator::is_true(&tree).map_err(|error| invalid(text, error))
}

/// Evaluates a rendered condition; returns `None` if it may depend on files, which can change.
///
/// # Errors
/// If the condition is invalid or its evaluation fails.
pub fn evaluate_condition(text: &str) -> Result<Option<bool>, ConditionError> {
    match may_access_files(text) {
        true => check_condition(text).map(|()| None),
        false => evaluate(text).map(Some),
    }
}

/// Whether a condition may access files; nothing else in it can block.
pub(super) fn may_access_files(text: &str) -> bool {
    text.contains("file")
}

/// Checks the syntax of a condition without templates.
///
/// # Errors
/// If the condition is empty, invalid, or exceeds a limit.
pub fn check_condition(text: &str) -> Result<(), ConditionError> {
    let text = text.trim();
    match literal(text)? {
        Some(_) => Ok(()),
        None => parse(text).map(drop),
    }
}

/// Parses a condition that is literally `true` or `false`.
fn literal(text: &str) -> Result<Option<bool>, ConditionError> {
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

/// Parses an expression within the limits.
fn parse(text: &str) -> Result<Tree, ConditionError> {
    if text.len() > MAX_LENGTH {
        return Err(ConditionError::TooLong {
            expression: shortened(text, MAX_SHOWN),
            limit: MAX_LENGTH,
        });
    }
    let tokens = tokens::tokenize(text).map_err(|error| invalid(text, error))?;
    if !complexity::is_within_limits(&tokens) {
        return Err(ConditionError::TooComplex {
            expression: shortened(text, MAX_SHOWN),
            operators: complexity::MAX_OPERATORS,
            brackets: complexity::MAX_BRACKETS,
        });
    }
    parser::parse(tokens).map_err(|error| invalid(text, error))
}

fn invalid(text: &str, source: ExpressionError) -> ConditionError {
    ConditionError::Invalid {
        expression: shortened(text, MAX_SHOWN),
        source,
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
    fn functions_and_operators_can_be_combined() {
        assert!(holds("and(true, or(false, 1 < 2), not(false))"));
        assert!(holds("true and(true)"));
        assert!(!holds("not or(true, false)"));
        assert!(holds("'and(' == 'and(' and and(true, true)"));
        assert!(holds("1 == 1 or(false)"));
    }

    #[test]
    fn only_the_documented_syntax_is_accessible() {
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
    fn hostile_expressions_neither_hang_nor_overflow_the_stack() {
        use crate::conditional::complexity::{MAX_BRACKETS, MAX_OPERATORS};
        let chain = |first: &str, part: &str| first.to_owned() + &part.repeat(MAX_OPERATORS);
        let brackets =
            |open: &str, close: &str| open.repeat(MAX_BRACKETS) + "1" + &close.repeat(MAX_BRACKETS);
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
            // At the limits, which must fit on the stack.
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
            "- ".repeat(MAX_OPERATORS) + "1",
            "{1: ".repeat(MAX_BRACKETS) + "1",
            "'a' * 100000 in ".repeat(MAX_OPERATORS / 2) + "'a'",
            "[[1] * 300] * 300 == 1 or ".repeat(MAX_OPERATORS / 4) + "1",
            chain("1", "|a"),
            chain("1", " is a"),
            chain("[1]", " + [1]"),
            "1 if 0 else ".repeat(MAX_OPERATORS / 2) + "1",
            "1".to_owned() + &" if 0".repeat(MAX_OPERATORS),
            "-".repeat(MAX_OPERATORS) + "1",
            "not ".repeat(MAX_OPERATORS) + "1",
            brackets("(", ")"),
            brackets("[", "]"),
            brackets("{1:", "}"),
            brackets("-(", ")"),
            "not(".repeat(MAX_BRACKETS),
            // Both at once.
            "not ".repeat(MAX_OPERATORS - MAX_BRACKETS) + &brackets("(", ")"),
        ];
        // A worker thread of the runtime has a 2 MiB stack, most of which may be in use already.
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
    fn long_lists_of_files_are_within_the_limits() {
        let list = "'Cargo.toml', ".repeat(5_000);
        assert!(holds(&format!("all_files_exist([{list}])")));
        assert!(holds(&format!(
            "or({})",
            "file_exists('none'), ".repeat(200) + "1 == 1"
        )));
        assert!(holds(&["file_exists('Cargo.toml')"; 100].join(" and ")));
    }

    #[test]
    fn an_error_shows_the_start_of_a_long_condition() {
        let long = format!("x == '{}'", "é".repeat(1_000));
        let message = evaluate(&long).unwrap_err().to_string();
        assert!(
            message.starts_with("invalid condition: `x == 'ééé"),
            "{message}"
        );
        assert!(message.chars().count() < 200, "{message}");
        let endless = "1".to_owned() + &"+1".repeat(1_000);
        assert!(matches!(
            evaluate(&endless),
            Err(ConditionError::TooComplex { .. })
        ));
        let huge = format!("'{}'", "x".repeat(MAX_LENGTH));
        assert!(matches!(
            evaluate(&huge),
            Err(ConditionError::TooLong { .. })
        ));
    }
}
